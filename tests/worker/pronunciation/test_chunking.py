"""Chunks: short first, pauses from punctuation and markup, everything accounted for."""

from __future__ import annotations

import itertools

import pytest

from jobs.errors import ChunkTooLong, EmptyText
from jobs.text.pauses import PAUSES
from tests.fakes.readers import make_phonemizer
from worker.pronunciation.chunking import Chunk, Joint, split_text
from worker.pronunciation.units import FIRST_PHONEMES, LONGEST_UNIT, TARGET_PHONEMES

SENTENCE = "The quick brown fox jumps over the lazy dog and then goes home. "


def split(text: str, **options) -> list[Chunk]:
    """Return all chunks, read letter by letter."""
    return list(split_text(text, make_phonemizer(), **options))


def test_first_chunk_is_short_and_the_others_fill_up() -> None:
    """The first audio comes early; later chunks take whole sentences up to the target."""
    sizes = [len(chunk.phonemes) for chunk in split(SENTENCE * 20)]

    assert sizes[0] <= FIRST_PHONEMES
    assert all(TARGET_PHONEMES - len(SENTENCE) < size <= TARGET_PHONEMES for size in sizes[1:-1])


def test_a_paragraph_ends_its_chunk() -> None:
    """No breath runs over a paragraph's end, whatever room is left."""
    text = "A long heading\n\nThe first line of the text.\n\nThe second line."

    assert [text[chunk.start : chunk.end] for chunk in split(text)] == [
        "A long heading\n\n",
        "The first line of the text.\n\n",
        "The second line.",
    ]


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        pytest.param("One of them.\n\nTwo of them.", [PAUSES.paragraph_seconds, 0], id="paragraph"),
        pytest.param(SENTENCE * 2, [PAUSES.sentence_seconds, 0], id="sentence"),
        pytest.param("a " * 45 + "b, " + "c " * 45, [PAUSES.clause_seconds, 0], id="clause"),
        pytest.param(
            "One of them. [pause:1.5s] Two of them.", [1.5, 0], id="longer than the mark's"
        ),
        pytest.param(
            "One of them. [pause:100ms] Two of them.", [PAUSES.sentence_seconds, 0], id="never less"
        ),
        pytest.param(
            "One of them [pause:1s][pause:500ms] Two of them [pause:2s]", [1.5, 2], id="sum and end"
        ),
        pytest.param("One of them [pause:99999s] Two of them", [60, 0], id="at most a minute"),
        pytest.param(
            "One of them [pause:40s] [pause:40s] Two of them", [60, 0], id="sum at most a minute"
        ),
    ],
)
def test_pause_after_a_chunk(text: str, pauses: list[float]) -> None:
    """Punctuation and markup do not add up: the longer of the two counts."""
    assert [chunk.pause_seconds for chunk in split(text)] == pauses


def test_a_lone_word_is_spoken_with_its_neighbour() -> None:
    """Alone it would be misheard; the paragraph's pause is made inside the chunk."""
    (chunk,) = split("Stop!\n\nThe door was open.")

    assert chunk.joints == (Joint(len("Stop!"), PAUSES.paragraph_seconds),)


def test_a_lone_word_of_another_speed_is_spoken_alone() -> None:
    """A chunk has one speed."""
    chunks = split("Stop! [speed:150%]The door was open.")

    assert [chunk.speed for chunk in chunks] == [1.0, 1.5]


@pytest.mark.parametrize(
    ("text", "pauses"),
    [
        ("This is the first sentence. And this is another.", [PAUSES.sentence_seconds]),
        ("No. Yes. Go on.", [PAUSES.short_sentence_seconds] * 2),
        ("He came — late — and sat.", [PAUSES.dash_seconds] * 2),
        ("I thought… perhaps.", [PAUSES.ellipsis_seconds]),
        ("— He came, and went —", []),
        ("Stop! [pause:2s] He did.", [2]),
    ],
    ids=["sentences", "short ones", "dashes", "ellipsis", "dashes around", "markup"],
)
def test_joints_inside_a_chunk_have_their_pause(text: str, pauses: list[float]) -> None:
    """Each stands behind its mark."""
    (chunk,) = split(text)

    assert [joint.pause_seconds for joint in chunk.joints] == pauses
    assert all(not chunk.phonemes[joint.position - 1].isalpha() for joint in chunk.joints)


@pytest.mark.parametrize("scale", [0.0, 2.0])
def test_pauses_are_scaled_but_those_that_the_text_gives_in_seconds(scale: float) -> None:
    """After chunks, at joints and at breaths the factor counts."""
    text = f"{SENTENCE}No. Wait — he did it all the time. [pause:1s] He left.\n\nYes, he left."
    usual, scaled = split(text), split(text, pause_scale=scale)

    pauses = [
        [
            seconds
            for c in chunks
            for seconds in (*(j.pause_seconds for j in c.joints), c.pause_seconds)
        ]
        for chunks in (usual, scaled)
    ]
    assert len(pauses[0]) > 5
    assert pauses[1] == [
        seconds if seconds == 1 else pytest.approx(seconds * scale) for seconds in pauses[0]
    ]


def test_a_pause_at_the_very_start_leads_the_first_chunk() -> None:
    """Silence before the first word belongs to the first chunk."""
    first, second = split("[pause:2s]One of them.\n\nTwo of them.")

    assert (first.lead_seconds, second.lead_seconds) == (2, 0)


@pytest.mark.parametrize("text", ["a [pause:] b", "a [pause:x] b", "a [pause:1] b", "a [b](c) d"])
def test_markup_that_is_none_is_read_as_text(text: str) -> None:
    """What only looks like markup is spoken, not swallowed."""
    chunks = split(text)

    assert [(c.start, c.end, c.pause_seconds) for c in chunks] == [(0, len(text), 0)]
    assert sum(map(str.isalpha, chunks[0].phonemes)) >= sum(map(str.isalpha, text))


def test_lists_what_has_no_sound_with_its_place() -> None:
    """Emoji and foreign scripts are reported where they stand in the original text."""
    text = "One 👨‍👩‍👧 two “привет”, — * three."

    (chunk,) = split(text)

    assert [(piece.text, text[piece.start : piece.end]) for piece in chunk.unspoken] == [
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("привет", "привет"),
    ]
    assert "Cyrillic" in chunk.unspoken[1].reason


def test_silent_stretches_go_with_their_neighbour() -> None:
    """What cannot be spoken never makes a chunk of its own."""
    text = "😀\n\nOne of them.\n\n***\n\n😀 😀\n\nTwo of them.\n\n👍"

    assert [text[chunk.start : chunk.end] for chunk in split(text)] == [
        "😀\n\nOne of them.\n\n***\n\n😀 😀\n\n",
        "Two of them.\n\n👍",
    ]


@pytest.mark.parametrize(
    ("text", "reason"), [("😀 😀", "emoji"), ("привет", "Cyrillic"), ("... —", "punctuation")]
)
def test_refuses_text_that_cannot_be_spoken(text: str, reason: str) -> None:
    """Nothing speakable is an error that says why."""
    with pytest.raises(EmptyText, match=reason):
        split(text)


def test_refuses_a_letter_that_the_model_would_cut() -> None:
    """A pronunciation beyond the model's ceiling is refused, never cut."""
    with pytest.raises(ChunkTooLong, match=r"'X'.* 600 phonemes"):
        split("X", lexicon={"X": "a" * 600})


def test_cuts_again_where_the_estimate_was_too_low() -> None:
    """Words that take far more phonemes than letters still make chunks that the model can read."""
    text = "One two three " * 20

    chunks = split(text, lexicon={"two": "tˈu" * 60})

    assert all(100 <= len(chunk.phonemes) <= LONGEST_UNIT for chunk in chunks[:-1])
    assert [0, *(chunk.end for chunk in chunks)] == [*(chunk.start for chunk in chunks), len(text)]


def test_uses_lexicon_and_inline_pronunciation() -> None:
    """Both replace the reading, and nothing but the reading."""
    (chunk,) = split("Cat [dog](/dˈɔɡ/), cat.", lexicon={"cat": "kˈæt"})

    assert chunk.phonemes == "kˈæt dˈɔɡ, kˈæt."


def test_reports_given_phonemes_that_the_model_does_not_know() -> None:
    """A producer's phoneme outside the vocabulary is listed; the rest of the word is spoken."""
    (chunk,) = split("A cat.", lexicon={"cat": "k7æt"})

    assert chunk.phonemes == "a kæt."
    assert [(piece.text, piece.reason) for piece in chunk.unspoken] == [
        ("cat", "the model has no sound for 7")
    ]


def test_tokens_tile_the_chunk_and_spell_its_phonemes() -> None:
    """Captions find every word: spans without gap, phonemes that join to the chunk's."""
    text = "  “One”, two\u200b — thr\u00e9e\u0301!  Four  "

    for chunk in split(text):
        ends = [chunk.start, *(token.end for token in chunk.tokens)]
        assert [token.start for token in chunk.tokens] == ends[:-1]
        assert ends[-1] == chunk.end
        assert "".join(token.phonemes for token in chunk.tokens) == chunk.phonemes


def test_a_book_starts_at_once_and_is_read_once() -> None:
    """The first chunk looks at a few sentences, and no sentence is pronounced twice."""
    text = SENTENCE * 40_000
    phonemizer = make_phonemizer()
    chunks = split_text(text, phonemizer)

    next(chunks)
    assert phonemizer._reader.read_characters < 1_000

    end = [chunk.end for chunk in itertools.islice(chunks, 200)][-1]
    assert phonemizer._reader.read_characters < end * 1.1
