"""Cuts a chapter into parts: each one a job, about a minute or two of computing.

A part ends after a paragraph, and which paragraphs those are depends on nothing but the text within
`REACH_CHARACTERS` of them: there the paragraph's hash is the smallest. So an edit moves no cut that
is farther away, and redoes the part that it is in and at times a neighbour. Only where no such
paragraph comes for too long is the text cut by its length: after a paragraph, else a sentence, else
a word.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from jobs.books.manifest import BookPart, part_name
from jobs.errors import InvalidRequest
from jobs.request import SpeechRequest
from jobs.text.boundaries import find_cut
from jobs.text.characters import SPOKEN_PUNCTUATION
from jobs.text.markup import MAX_PAUSE_SECONDS, PAUSE, read_pause, unnamed
from jobs.text.pauses import measure_pause
from scripts.audiobook.plan.inline_tags import TAG, Delivery, Stretch, read_tags
from scripts.audiobook.plan.roman_numerals import numeral_entries
from scripts.audiobook.plan.word_list import WordList

REACH_CHARACTERS = 2_500
"""Parts are at least this long, unless the chapter or a stretch between two tags is shorter."""

MAX_CHARACTERS = 9_000
"""Parts are at most this long."""

CHAPTER_PAUSE_SECONDS = 1.5

_SENTENCE_WEIGHT = 1_000
"""A longer sentence may be cut inside, where a part must end in it."""

_AROUND_CHARACTERS = 200
"""How much of the text around a cut decides on the pause there."""

_BLANK_LINES = re.compile(r"\s*\n[^\S\n]*\n\s*")
_PAUSES_AT_END = re.compile(rf"(?:{unnamed(PAUSE)})+\s*\Z", re.IGNORECASE)
_PAUSES_AT_START = re.compile(rf"(?:{unnamed(PAUSE)})+", re.IGNORECASE)


class TitledText(Protocol):
    """What is needed of a chapter."""

    @property
    def title(self) -> str:
        """For messages."""

    @property
    def text(self) -> str:
        """What is spoken."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A part in the making: a span of the chapter's text and how it is spoken."""

    start: int
    end: int
    delivery: Delivery


def cut_chapter(
    chapter: TitledText, *, voice: str, speed: float, language: str, words: WordList | None = None
) -> tuple[BookPart, ...]:
    """Return the parts of a chapter in order; none where nothing of it can be spoken.

    Args:
        chapter: Its text may hold tags, see `scripts.audiobook.plan.inline_tags`.
        voice: Who speaks where no tag says otherwise.
        speed: How fast; above 1 is faster.
        language: As `SpeechRequest` takes it.
        words: How the user wants words to be said.

    Raises:
        InvalidRequest: a voice, speed or language is none; the message names the chapter.
    """
    text = chapter.text
    try:
        stretches = read_tags(text, Delivery(voice, speed, language))
        cuts = [cut for stretch in stretches for cut in _cut_stretch(text, stretch)]
        # Between two tags there may be a dash or a pause alone, which nobody can speak.
        cuts = [cut for cut in cuts if _has_sound(text[cut.start : cut.end])]
        return tuple(
            BookPart(
                request=_make_request(text[cut.start : cut.end], cut.delivery, words),
                pause_seconds=_pause_between(text, cut, following),
            )
            for cut, following in zip_longest(cuts, cuts[1:])
        )
    except InvalidRequest as exc:
        raise type(exc)(f"chapter {chapter.title!r}: {exc}") from exc


def _make_request(text: str, delivery: Delivery, words: WordList | None) -> SpeechRequest:
    request = SpeechRequest(
        text=text,
        voice=delivery.voice,
        speed=delivery.speed,
        language=delivery.language,
        format="flac",
    )
    lexicon = numeral_entries(text, request.language)
    if words is not None:
        lexicon |= words.entries_for(text, request.language)
    if lexicon:
        request = SpeechRequest(**request.model_dump(exclude={"lexicon"}), lexicon=lexicon)
    return request.model_copy(update={"output_name": part_name(request)})


def _cut_stretch(text: str, stretch: Stretch) -> Iterator[_Cut]:
    """Cut text that is spoken in one way."""
    paragraphs = list(_find_paragraphs(text, stretch.start, stretch.end))
    begin = 0
    for end in (*_choose_ends(text, paragraphs), len(paragraphs)):
        section = paragraphs[begin:end]
        begin = end
        while section and section[-1][1] - section[0][0] > MAX_CHARACTERS:
            at, section = _split(text, section)
            yield _Cut(*at, stretch.delivery)
        if section:
            yield _Cut(section[0][0], section[-1][1], stretch.delivery)


def _find_paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of paragraphs; what has no sound of its own goes with the one before."""
    spans: list[tuple[int, int]] = []
    at = start
    for blank in [*_BLANK_LINES.finditer(text, start, end), None]:
        stop = blank.start() if blank else end
        words = text[at:stop]
        first = at + len(words) - len(words.lstrip())
        last = at + len(words.rstrip())
        if first < last:
            if spans and not _has_sound(text[first:last]):
                spans[-1] = (spans[-1][0], last)
            else:
                spans.append((first, last))
        at = blank.end() if blank else end
    yield from spans


def _choose_ends(text: str, paragraphs: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield the numbers of paragraphs before which a part ends."""
    if not paragraphs:
        return
    keys = [hashlib.sha256(text[start:end].encode()).digest() for start, end in paragraphs]
    ends = [end for _, end in paragraphs]
    first, last = paragraphs[0][0], ends[-1]
    for at, end in enumerate(ends):
        if end - first < REACH_CHARACTERS or last - end < REACH_CHARACTERS:
            continue
        # The first of equal ones: a text that repeats itself is cut as well.
        if all(keys[at] < keys[other] for other in _reach(ends, at, -1)) and all(
            keys[at] <= keys[other] for other in _reach(ends, at, 1)
        ):
            yield at + 1


def _reach(ends: Sequence[int], at: int, step: int) -> Iterator[int]:
    """Yield the paragraphs on one side of `at` that end within the reach of its end."""
    other = at + step
    while 0 <= other < len(ends) and abs(ends[other] - ends[at]) < REACH_CHARACTERS:
        yield other
        other += step


def _split(
    text: str, section: list[tuple[int, int]]
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Cut about an even share off a section that is too long; returns it and the rest."""
    first, last = section[0][0], section[-1][1]
    share = (last - first) / math.ceil((last - first) / MAX_CHARACTERS)
    places = [at for at, (_, end) in enumerate(section[:-1]) if end - first <= MAX_CHARACTERS]
    at = min(places, key=lambda at: abs(section[at][1] - first - share), default=None)
    if at is not None and section[at][1] - first >= share / 2:
        return (first, section[at][1]), section[at + 1 :]
    at = next(at for at, (_, end) in enumerate(section) if end - first > MAX_CHARACTERS)
    start, stop = section[at]
    cut = _find_sentence_end(text, start, stop, first, share)
    rest_start = cut + len(text[cut:stop]) - len(text[cut:stop].lstrip())
    end = start + len(text[start:cut].rstrip())
    return (first, end), [(rest_start, stop), *section[at + 1 :]]


def _find_sentence_end(text: str, start: int, stop: int, first: int, share: float) -> int:
    """Return the cut in the paragraph from `start` to `stop` that is nearest to an even share."""
    best = at = start
    while at - first <= MAX_CHARACTERS and at < stop:
        if at > start and (best == start or abs(at - first - share) < abs(best - first - share)):
            best = at
        at = find_cut(text, at, _SENTENCE_WEIGHT).end
    return best


def _has_sound(text: str) -> bool:
    return any(char.isalnum() or char in SPOKEN_PUNCTUATION for char in PAUSE.sub("", text))


def _pause_between(text: str, cut: _Cut, following: _Cut | None) -> float:
    """Return the silence after a part: what an uncut text would have there, less what is in it."""
    before = _silence(_PAUSES_AT_END.search(text[cut.start : cut.end]))
    if following is None:
        return max(0.0, CHAPTER_PAUSE_SECONDS - before)
    after = _silence(_PAUSES_AT_START.match(text, following.start))
    between = TAG.sub("", text[cut.end : following.start])
    spoken = text[max(0, cut.end - _AROUND_CHARACTERS) : cut.end]
    gap = "".join(re.findall(r"\s+", between))
    upcoming = text[following.start : following.start + _AROUND_CHARACTERS]
    asked, _ = measure_pause(spoken + gap + upcoming, 0, len(spoken + gap))
    written = min(before + _silence(between) + after, MAX_PAUSE_SECONDS)
    return max(0.0, round(max(asked, written) - before - after, 3))


def _silence(pauses: re.Match[str] | str | None) -> float:
    written = pauses[0] if isinstance(pauses, re.Match) else pauses or ""
    return sum(map(read_pause, PAUSE.finditer(written)))
