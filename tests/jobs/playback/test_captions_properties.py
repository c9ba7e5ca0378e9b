from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.playback.caption_files import VTT_HEADER, format_srt, format_vtt, format_word
from jobs.playback.captions import Cue, make_cues
from jobs.playback.chunk_timings import ChunkTiming
from jobs.playback.journal import Word
from jobs.playback.sentence_times import SpokenSentence, time_sentences
from jobs.text.markup import PAUSE, SOUND, SPEED, VOICE
from tests.builders.captions import RATE, parse_cues

pytestmark = pytest.mark.slow

_WORDS = (
    "word a Mr. U.S. 3.14 e.g. «Oui» ¿Qué? गया। don't well—no (x) 東京に行った。 「はい」、 你好！ "
    "ー & <b> --> … -- *** “No!” end. yes, one; Two e\u0301t\u0301 [1] [sic] 1. 🙂 [ ]( \ufeff "
    "[Kokoro](/kˈO/) [pause:1s] [voice:am_adam] [speed:50%] [W3C](say:web) [7](as:digits)"
)
WORDS = st.sampled_from([*_WORDS.split(), "x" * 50])
SPACES = st.sampled_from([" ", "  ", "\n", "\n\n", "\t", "", "\u00a0", "\u2029", " [pause:20ms] "])
TEXTS = st.lists(st.tuples(WORDS, SPACES), min_size=1, max_size=60).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)
SPANS = st.integers(0, 20_000)


@st.composite
def spoken_texts(draw: st.DrawFn) -> tuple[str, list[ChunkTiming]]:
    """Draw a text and chunks that tile it, some with words, all in order."""
    text = draw(TEXTS)
    places = sorted(draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=4)))
    edges = [0, *(place for place in places if place < len(text)), len(text)]
    chunks = []
    now = 0
    for start, end in pairwise(edges):
        first, words = now, []
        for match in re.finditer(r"\w+", text[start:end]) if draw(st.booleans()) else ():
            begin = now + draw(SPANS)
            now = begin + draw(SPANS)
            words.append(Word(start + match.start(), start + match.end(), begin, now))
        now += draw(SPANS) + (0 if words else 500 * (end - start))
        chunks.append(ChunkTiming(start, end, first, now, tuple(words)))
    return text, chunks


def caption(spoken: tuple[str, list[ChunkTiming]]) -> tuple[list[SpokenSentence], list[Cue]]:
    """Return sentences and cues."""
    sentences = list(time_sentences(spoken[0], spoken[1], sample_rate=RATE))
    return sentences, list(make_cues(sentences))


def letters(text: str) -> str:
    """Return what of `text` can be spoken, markup left out."""
    plain = SOUND.sub(lambda match: match["word"], text)
    for markup in (PAUSE, VOICE, SPEED):
        plain = markup.sub(" ", plain)
    return "".join(filter(str.isalnum, plain))


def columns(line: str) -> int:
    """Return how wide `line` is."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else unicodedata.category(char) != "Mn"
        for char in line
    )


@settings(max_examples=150, deadline=None)
@given(spoken_texts())
def test_cues_follow_each_other(spoken: tuple[str, list[ChunkTiming]]) -> None:
    """Cues come in order, each has a length, and none begins before the one before has ended."""
    _, cues = caption(spoken)

    times = [(round(1_000 * cue.start_seconds), round(1_000 * cue.end_seconds)) for cue in cues]
    assert all(start < end for start, end in times)
    assert all(end <= start for (_, end), (start, _) in pairwise(times))


@settings(max_examples=150, deadline=None)
@given(spoken_texts())
def test_what_is_spoken_is_shown_once(spoken: tuple[str, list[ChunkTiming]]) -> None:
    """Every word that has a sound is in exactly one cue, whole, in the order of the text."""
    text, chunks = spoken
    sentences, cues = caption(spoken)

    shown = " ".join(" ".join(cue.lines) for cue in cues)
    assert letters(shown) == "".join(letters(sentence.text) for sentence in sentences)
    in_words = [word.text for sentence in sentences for word in sentence.shown]
    assert shown.replace(" ", "") == "".join(in_words).replace(" ", "")
    if all(not chunk.words and chunk.end_sample > chunk.start_sample for chunk in chunks):
        assert letters(shown) == letters(text)


@settings(max_examples=150, deadline=None)
@given(spoken_texts())
def test_cues_fit_on_the_screen(spoken: tuple[str, list[ChunkTiming]]) -> None:
    """No line is wider than 42 columns, but for a single word that is."""
    sentences, cues = caption(spoken)

    words = {word.text for sentence in sentences for word in sentence.shown}
    assert all(columns(line) <= 42 or line in words for cue in cues for line in cue.lines)


@settings(max_examples=200, deadline=None)
@given(spoken_texts())
def test_both_files_read_back(spoken: tuple[str, list[ChunkTiming]]) -> None:
    """Strict readers of SRT and WebVTT find the same cues, whatever the text holds."""
    sentences, cues = caption(spoken)
    srt = "".join(format_srt(cue, number) for number, cue in enumerate(cues, 1))
    vtt = VTT_HEADER + "".join(map(format_vtt, cues))
    words = "".join(format_word(word) for sentence in sentences for word in sentence.words)

    numbers = [number for number, *_ in parse_cues(srt)]
    assert numbers == list(range(1, len(cues) + 1))
    plain = [
        (start, end, text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        for _, start, end, text in parse_cues(vtt.removeprefix(VTT_HEADER))
    ]
    assert plain == [(start, end, text) for _, start, end, text in parse_cues(srt)]
    assert all(start < end for _, start, end, _ in parse_cues(words))
