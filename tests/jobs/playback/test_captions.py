from __future__ import annotations

import json

import pytest

from jobs.playback.caption_files import (
    VTT_HEADER,
    format_srt,
    format_timings,
    format_vtt,
    format_word,
)
from jobs.playback.captions import Cue, make_cues
from jobs.playback.chunk_timings import ChunkTiming
from jobs.playback.journal import Word
from jobs.playback.sentence_times import SpokenWord, time_sentences
from tests.builders.captions import RATE, chunk_of, parse_cues, sentences_of

LONG = (
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife; however little known the feelings or views of such a man may be."
)


def cues_of(text: str, *, seconds: float, has_words: bool = True) -> list[Cue]:
    """Return the cues of a text that was spoken as one chunk."""
    return list(make_cues(sentences_of(text, seconds=seconds, has_words=has_words)))


def test_a_sentence_is_a_cue() -> None:
    """It stands from its first word's start to its last word's end."""
    first, second = cues_of("It was dark and cold. Nobody slept well.", seconds=8)

    assert first == Cue(0.0, 5.0, ("It was dark and cold.",))
    assert second == Cue(5.0, 8.0, ("Nobody slept well.",))


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    """No cue has more than two lines of 42 characters, and each ends where a reader breathes."""
    cues = cues_of(LONG, seconds=12)

    assert [cue.lines for cue in cues] == [
        ("It is a truth universally acknowledged,",),
        ("that a single man in possession of a", "good fortune, must be in want of a wife;"),
        ("however little known the feelings", "or views of such a man may be."),
    ]


def test_chinese_and_japanese_lines_are_half_as_long() -> None:
    """A wide character counts for two: 21 on a line."""
    text = "吾輩は猫である名前はまだ無いどこで生れたかとんと見当がつかぬ" * 2

    cues = cues_of(text, seconds=15, has_words=False)

    assert all(len(line) <= 21 for cue in cues for line in cue.lines)
    assert "".join("".join(cue.lines) for cue in cues) == text


def test_a_word_wider_than_a_line_stays_whole() -> None:
    """An address is no worse for being too long than for being torn."""
    text = f"See https://example.com/{'a' * 60} today."

    cues = cues_of(text, seconds=4)

    assert [word for cue in cues for line in cue.lines for word in line.split()] == text.split()


def test_two_lines_are_about_equally_long() -> None:
    """No word is left alone on the second line."""
    [cue] = cues_of("A sentence that is a little longer than one line is.", seconds=5)

    assert cue.lines == ("A sentence that is a little", "longer than one line is.")


def test_a_short_sentence_shares_a_cue() -> None:
    """What is gone in half a second cannot be read alone."""
    cues = cues_of("No. I never said that to him. Yes.", seconds=4)

    assert [cue.lines for cue in cues] == [("No. I never said that to him. Yes.",)]


def test_a_short_sentence_before_a_silence_stands_for_a_second() -> None:
    """A heading is shown longer than it is heard, if nothing else is heard then."""
    text = "One.\n\n[pause:1s]\n\nIt began to rain in the city."
    chunks = [
        ChunkTiming(0, 17, 0, 36_000, (Word(0, 4, 0, 12_000),)),
        chunk_of(text[17:], 17, seconds=4, first_sample=36_000),
    ]

    cues = list(make_cues(time_sentences(text, chunks, sample_rate=RATE)))

    assert [(cue.start_seconds, cue.end_seconds) for cue in cues] == [(0.0, 1.0), (1.5, 5.5)]


def test_without_word_times_letters_decide() -> None:
    """A sentence with twice the letters takes about twice the time, written pauses left out."""
    text = "Abcde fghij. Abcde fghij klmno pqrst.\n\n[pause:2s]"

    first, second = sentences_of(text, seconds=9, has_words=False)

    assert first.start_seconds == 0
    assert first.end_seconds == pytest.approx(10 / 41.2 * 7, abs=0.01)
    assert second.start_seconds == pytest.approx(15.6 / 41.2 * 7, abs=0.01)
    assert second.end_seconds == pytest.approx(35.6 / 41.2 * 7, abs=0.01)
    assert first.words == second.words == ()


def test_a_sentence_over_two_chunks_is_one_cue() -> None:
    """Where the model had to take breath is not where a reader does."""
    text = "The night was long, and cold, and dark."
    chunks = [
        chunk_of(text[:20], 0, seconds=2),
        chunk_of(text[20:], 20, seconds=2, first_sample=60_000),
    ]

    [cue] = make_cues(time_sentences(text, chunks, sample_rate=RATE))

    assert (cue.start_seconds, cue.end_seconds) == (0.0, 4.5)


def test_a_sound_of_several_sentences_is_no_word_s_time() -> None:
    """Sentences get a share of it and words none: how much is heard in each is a guess."""
    text = "Un deux. Trois quatre."
    chunk = ChunkTiming(0, len(text), 0, 88_000, (Word(0, len(text), 0, 88_000),))

    first, second = time_sentences(text, [chunk], sample_rate=RATE)

    assert first.words == second.words == ()
    assert first.end_seconds == pytest.approx(88_000 / RATE * 8 / 22)
    assert second.start_seconds == pytest.approx(88_000 / RATE * 9 / 22)


def test_words_that_are_run_together_are_one() -> None:
    """``parce que`` is one sound, ``$1.5 million`` one reading: they are shown together."""
    text = "Oui, parce que je peux."
    words = (Word(0, 3, 0, 2_400), Word(5, 14, 2_400, 4_800), Word(15, 22, 4_800, 9_600))

    [sentence] = time_sentences(text, [ChunkTiming(0, 23, 0, 9_600, words)], sample_rate=RATE)

    assert sentence.words == (
        SpokenWord("Oui,", 0.0, 0.1),
        SpokenWord("parce que", 0.1, 0.2),
        SpokenWord("je peux.", 0.2, 0.4),
    )


def test_sounds_within_a_word_are_one_word() -> None:
    """``don't`` has two tokens, ``東京`` two characters; each is one word to a reader."""
    text = "Don't 東京。"
    words = (Word(0, 2, 0, 100), Word(2, 5, 100, 2_400), Word(6, 8, 2_400, 4_800))

    [sentence] = time_sentences(text, [ChunkTiming(0, 9, 0, 4_800, words)], sample_rate=RATE)

    assert sentence.words == (SpokenWord("Don't", 0.0, 0.1), SpokenWord("東京。", 0.1, 0.2))


def test_what_has_no_sound_has_no_cue() -> None:
    """A sentence that nothing is heard of is not shown; a silent word in another is."""
    text = "Hello old friend. Привет. Good ☃ bye now."
    words = (Word(0, 5, 0, 24_000), Word(6, 16, 24_000, 48_000), Word(26, 30, 48_000, 96_000))
    chunk = ChunkTiming(0, len(text), 0, 96_000, words)

    cues = make_cues(time_sentences(text, [chunk], sample_rate=RATE))

    assert [cue.lines for cue in cues] == [("Hello old friend.",), ("Good ☃ bye now.",)]


def test_the_offset_moves_everything() -> None:
    """A part's captions lie where the part is."""
    text = "Hello there, my old friend."
    chunk = chunk_of(text, seconds=3)

    [sentence] = time_sentences(text, [chunk], sample_rate=RATE, offset_samples=48_000)

    assert (sentence.start_seconds, sentence.end_seconds) == (2.0, 5.0)
    assert sentence.words[0].start_seconds == 2.0


def test_time_never_goes_back() -> None:
    """Timings out of order, of a damaged file, make no cue that ends before it begins."""
    text = "Hello there, old friend. Welcome back home."
    words = (Word(0, 24, 48_000, 96_000), Word(25, 43, 0, 24_000))

    cues = make_cues(time_sentences(text, [ChunkTiming(0, 43, 0, 96_000, words)], sample_rate=RATE))

    assert [(cue.start_seconds, cue.end_seconds) for cue in cues] == [(2.0, 4.0)]


def test_srt_and_vtt_are_written_as_their_readers_want_them() -> None:
    """Comma or point, hours past the hundredth, nothing that reads as markup."""
    cue = Cue(3_599.9996, 360_001.5, ("a < b & c", "d --> e"))

    assert format_srt(cue, 7) == "7\n01:00:00,000 --> 100:00:01,500\na < b & c\nd --> e\n\n"
    assert format_vtt(cue) == ("01:00:00.000 --> 100:00:01.500\na &lt; b &amp; c\nd --&gt; e\n\n")
    assert VTT_HEADER + format_word(SpokenWord("Yes.", 1.0, 1.0)) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:01.001\nYes.\n\n"
    )


def test_what_is_written_is_read_back() -> None:
    """A strict reader finds every cue again, to the millisecond."""
    cues = cues_of(LONG, seconds=12)

    document = "".join(format_srt(cue, number) for number, cue in enumerate(cues, 1))

    assert list(parse_cues(document)) == [
        (number, round(cue.start_seconds * 1_000), round(cue.end_seconds * 1_000), text)
        for number, cue in enumerate(cues, 1)
        for text in ["\n".join(cue.lines)]
    ]


def test_all_times_are_one_json_document() -> None:
    """Chapters hold sentences, sentences words; quotes and line breaks do no harm."""
    sentences = sentences_of("“Well”, she\u2009said. Go.", seconds=4)

    document = "".join(format_timings([('One "1"', 0.0, 5.0, sentences), ("Two", 5.0, 6.0, [])]))

    assert json.loads(document) == {
        "version": 1,
        "chapters": [
            {
                "title": 'One "1"',
                "start_seconds": 0.0,
                "end_seconds": 5.0,
                "sentences": [
                    {
                        "text": "“Well”, she said.",
                        "start_seconds": 0.0,
                        "end_seconds": 3.0,
                        "words": [
                            {"text": "“Well”,", "start_seconds": 0.0, "end_seconds": 1.0},
                            {"text": "she", "start_seconds": 1.0, "end_seconds": 2.0},
                            {"text": "said.", "start_seconds": 2.0, "end_seconds": 3.0},
                        ],
                    },
                    {
                        "text": "Go.",
                        "start_seconds": 3.0,
                        "end_seconds": 4.0,
                        "words": [{"text": "Go.", "start_seconds": 3.0, "end_seconds": 4.0}],
                    },
                ],
            },
            {"title": "Two", "start_seconds": 5.0, "end_seconds": 6.0, "sentences": []},
        ],
    }
