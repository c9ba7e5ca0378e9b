"""Captions: sentences on the screen while they are heard, cut to what can be read.

A cue is a sentence, or a part of a long one: at most two lines of 42 columns (21 characters of
Chinese or Japanese), for at least a second where the speech leaves room. A sentence too short for
that shares a cue with its neighbour.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..text.pauses import mark_pause_seconds
from ..text.sentences import Sentence, join_words
from .sentence_times import SpokenSentence

LINE_COLUMNS = 42
LINES = 2
MIN_SECONDS = 1.0
_NO_TIME_SECONDS = 0.01
_BREATH_SECONDS = 0.4
"""A sentence that comes later than this after another stands alone, however short it is."""
_MIN_SHARE = 0.3
"""A part of a sentence holds at least this share of what is ideal, or it is cut elsewhere."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is on the screen at one time."""

    start_seconds: float
    end_seconds: float
    lines: tuple[str, ...]
    speaker: str = ""
    """Who speaks; empty for the voice of the request or the narrator."""


@dataclass(frozen=True, slots=True)
class _CueDraft:
    words: Sentence
    start_seconds: float
    end_seconds: float
    speaker: str

    @property
    def seconds(self) -> float:
        return self.end_seconds - self.start_seconds

    def join(self, following: _CueDraft) -> _CueDraft:
        return replace(self, words=self.words + following.words, end_seconds=following.end_seconds)


def make_cues(sentences: Iterable[SpokenSentence]) -> Iterator[Cue]:
    """Yield the cues of `sentences` in order; none overlaps another."""
    held: _CueDraft | None = None
    for sentence in sentences:
        for draft in _cut_sentence(sentence):
            if held is None:
                held = draft
            elif _should_join(held, draft):
                held = held.join(draft)
            else:
                yield _finish(held, draft.start_seconds)
                held = draft
    if held is not None:
        yield _finish(held, held.start_seconds + MIN_SECONDS)


def wrap_lines(words: Sentence) -> tuple[str, ...]:
    """Return `words` on as few lines as they need, two of them about equally long."""
    lines = _fill_lines(words)
    if len(lines) != LINES:
        return tuple(join_words(line) for line in lines)
    splits = ((words[:at], words[at:]) for at in range(1, len(words)))
    best = min(splits, key=lambda split: max(map(_columns, map(join_words, split))))
    return tuple(join_words(line) for line in best)


def _cut_sentence(sentence: SpokenSentence) -> Iterator[_CueDraft]:
    first = 0
    while first < len(sentence.shown):
        last = first + _find_cut(sentence.shown[first:])
        start, end = sentence.times[first][0], sentence.times[last - 1][1]
        yield _CueDraft(sentence.shown[first:last], start, end, sentence.speaker)
        first = last


def _find_cut(words: Sentence) -> int:
    """Return how many of `words` the next cue holds: up to a clause's end, else any word's."""
    fits = _count_fitting(words)
    if fits == len(words):
        return fits
    ends = _running_columns(words)
    parts = -(-ends[-1] // (LINES * LINE_COLUMNS))
    ideal = ends[-1] / parts
    clauses = [
        count
        for count in range(1, fits + 1)
        if mark_pause_seconds(words[count - 1].text) and ends[count - 1] >= _MIN_SHARE * ideal
    ]
    return min(clauses or range(1, fits + 1), key=lambda count: abs(ends[count - 1] - ideal))


def _count_fitting(words: Sentence) -> int:
    """Return how many of `words` fit on the screen; at least one."""
    return sum(map(len, _fill_lines(words, LINES)))


def _fill_lines(words: Sentence, most: int = 0) -> list[Sentence]:
    """Fill line after line; a word wider than a line stands alone. At most `most` lines, if any."""
    lines: list[Sentence] = []
    first = columns = 0
    for index, word in enumerate(words):
        added = _columns(word.text) + (1 if word.is_spaced and index > first else 0)
        if index > first and columns + added > LINE_COLUMNS:
            lines.append(words[first:index])
            if len(lines) == most:
                return lines
            first, columns, added = index, 0, _columns(word.text)
        columns += added
    return [*lines, words[first:]]


def _running_columns(words: Sentence) -> list[int]:
    """Return the columns from the first word to each."""
    ends: list[int] = []
    for word in words:
        before = ends[-1] + (1 if word.is_spaced else 0) if ends else 0
        ends.append(before + _columns(word.text))
    return ends


def _columns(text: str) -> int:
    """Return the width of `text`: two columns for a wide character, none for a mark on another."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else unicodedata.category(char) != "Mn"
        for char in text
    )


def _should_join(held: _CueDraft, draft: _CueDraft) -> bool:
    """Say whether two cues are better one: a cue without time always, a short one if it fits.

    Of two speakers each has cues of its own.
    """
    if held.speaker != draft.speaker:
        return False
    room = draft.start_seconds - held.start_seconds
    if room < _NO_TIME_SECONDS or draft.seconds < _NO_TIME_SECONDS:
        return True
    follows_at_once = draft.start_seconds - held.end_seconds < _BREATH_SECONDS
    if room >= MIN_SECONDS and not (draft.seconds < MIN_SECONDS and follows_at_once):
        return False
    joined = held.words + draft.words
    return _count_fitting(joined) == len(joined)


def _finish(draft: _CueDraft, limit_seconds: float) -> Cue:
    """Let a short cue stand for a second, but not beyond `limit_seconds`."""
    wanted = max(draft.end_seconds, draft.start_seconds + MIN_SECONDS)
    end_seconds = max(draft.end_seconds, min(wanted, limit_seconds))
    return Cue(draft.start_seconds, end_seconds, wrap_lines(draft.words), draft.speaker)
