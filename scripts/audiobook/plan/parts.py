"""Cuts a chapter into parts: each is one job of about one or two minutes of computing.

A part ends after a paragraph. Paragraphs with the smallest hash within `REACH_CHARACTERS` on both
sides end a part, so an edit moves only cuts that are nearer than that: the part with the edit is
spoken again, at times a neighbour too. If no such paragraph comes within `MAX_CHARACTERS`, the text
is cut by its length: after a paragraph, else a sentence, else a word.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from jobs.books.manifest import BookPart
from jobs.errors import InvalidRequest
from jobs.request import SpeechRequest, part_name
from jobs.text.boundaries import find_cut
from jobs.text.characters import SPOKEN_PUNCTUATION
from jobs.text.markup import BARE_PAUSE, PAUSE, read_pause, unnamed, write_pause
from jobs.text.pauses import PauseTable, measure_pause, scale_pauses
from jobs.text.ssml import is_ssml
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK
from scripts.audiobook.plan.inline_tags import TAG, TextSpan, read_tags
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.audiobook.plan.roman_numerals import numeral_entries
from scripts.audiobook.plan.word_list import WordList

REACH_CHARACTERS = 2_500
"""Parts are at least this long, unless the chapter or the text between two tags is shorter."""

MAX_CHARACTERS = 9_000
"""Parts are at most this long."""

_SENTENCE_WEIGHT = 1_000
"""Longest sentence in characters that is kept whole where a cut by length falls into it."""

_CONTEXT_CHARACTERS = 200
"""Characters on each side of a cut from which the pause there is computed."""

_NOT_SSML = "\u2060"
"""Word joiner, without width or sound; it stands before what a book quotes of SSML."""

_BLANK_LINES = re.compile(r"\s*\n[^\S\n]*\n\s*")
_PAUSES_AT_END = re.compile(rf"(?:{unnamed(PAUSE)})+\s*\Z", re.IGNORECASE)
_PAUSES_AT_START = re.compile(rf"(?:{unnamed(PAUSE)})+", re.IGNORECASE)


def cut_chapter(chapter: PlannedChapter, words: WordList | None = None) -> tuple[BookPart, ...]:
    """Return the parts of a chapter in order; none if it holds nothing to speak.

    Args:
        chapter: Its text may hold tags, see `scripts.audiobook.plan.inline_tags`.
        words: The user's word list.

    Raises:
        InvalidRequest: a voice, speed or language does not exist; the message names the chapter.
    """
    pauses = scale_pauses(chapter.pause_scale)
    chapter = replace(chapter, text=_scale_breaks(chapter.text, pauses))
    text = chapter.text
    try:
        spans = [part for span in read_tags(chapter) for part in _cut_span(text, span)]
        # Between two tags there may be only a dash or a pause, which cannot be spoken.
        spans = [span for span in spans if _has_sound(text[span.start : span.end])]
        return tuple(
            BookPart(
                request=_make_request(text, span, words, chapter),
                speaker=span.speaker,
                pause_seconds=_pause_between(text, span, following, pauses),
            )
            for span, following in zip_longest(spans, spans[1:])
        )
    except InvalidRequest as exc:
        raise type(exc)(f"chapter {chapter.title!r}: {exc}") from exc


def _make_request(
    text: str, span: TextSpan, words: WordList | None, chapter: PlannedChapter
) -> SpeechRequest:
    text = text[span.start : span.end]
    if is_ssml(text):
        text = _NOT_SSML + text
    request = SpeechRequest(
        text=text,
        voice=span.voice,
        speed=span.speed,
        language=span.language,
        format="flac",
        reading=chapter.reading,
        pause_scale=chapter.pause_scale,
    )
    lexicon = numeral_entries(text, request.language) if chapter.has_numerals else {}
    if words is not None:
        lexicon |= words.entries_for(text, request.language)
    if lexicon:
        request = SpeechRequest(**request.model_dump(exclude={"lexicon"}), lexicon=lexicon)
    return request.model_copy(update={"output_name": part_name(request)})


def _cut_span(text: str, span: TextSpan) -> Iterator[TextSpan]:
    """Yield the parts of a span."""
    paragraphs = list(_find_paragraphs(text, span.start, span.end))
    begin = 0
    for end in (*_choose_ends(text, paragraphs), len(paragraphs)):
        section = paragraphs[begin:end]
        begin = end
        while section and section[-1][1] - section[0][0] > MAX_CHARACTERS:
            (start, stop), section = _split(text, section)
            yield replace(span, start=start, end=stop)
        if section:
            yield replace(span, start=section[0][0], end=section[-1][1])


def _find_paragraphs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of paragraphs; a paragraph without sound is joined to the one before."""
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
    """Yield the indexes of paragraphs before which a part ends."""
    if not paragraphs:
        return
    keys = [hashlib.sha256(text[start:end].encode()).digest() for start, end in paragraphs]
    ends = [end for _, end in paragraphs]
    first, last = paragraphs[0][0], ends[-1]
    for at, end in enumerate(ends):
        if end - first < REACH_CHARACTERS or last - end < REACH_CHARACTERS:
            continue
        # Of equal hashes the first counts, so that a text that repeats itself is cut too.
        if all(keys[at] < keys[other] for other in _reach(ends, at, -1)) and all(
            keys[at] <= keys[other] for other in _reach(ends, at, 1)
        ):
            yield at + 1


def _reach(ends: Sequence[int], at: int, step: int) -> Iterator[int]:
    """Yield the paragraphs on one side of `at` whose ends are within reach of its end."""
    other = at + step
    while 0 <= other < len(ends) and abs(ends[other] - ends[at]) < REACH_CHARACTERS:
        yield other
        other += step


def _split(
    text: str, section: list[tuple[int, int]]
) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Cut about an even share off a section that is too long; returns the share and the rest."""
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
    """Return the sentence end in ``text[start:stop]`` that is nearest to an even share."""
    best = at = start
    while at - first <= MAX_CHARACTERS and at < stop:
        if at > start and (best == start or abs(at - first - share) < abs(best - first - share)):
            best = at
        at = find_cut(text, at, _SENTENCE_WEIGHT).end
    return best


def _has_sound(text: str) -> bool:
    return any(char.isalnum() or char in SPOKEN_PUNCTUATION for char in BARE_PAUSE.sub("", text))


def _scale_breaks(text: str, pauses: PauseTable) -> str:
    """Return `text` with the pauses that its reader put after headings and at scene breaks."""
    lengths = {
        HEADING_PAUSE: write_pause(pauses.heading_seconds),
        SCENE_BREAK: write_pause(pauses.scene_seconds),
    }
    return "\n\n".join(lengths.get(paragraph, paragraph) for paragraph in text.split("\n\n"))


def _pause_between(
    text: str, span: TextSpan, following: TextSpan | None, pauses: PauseTable
) -> float:
    """Return the silence after a part: the pause of the uncut text less what the parts contain."""
    before = _silence(_PAUSES_AT_END.search(text[span.start : span.end]))
    if following is None:
        return max(0.0, pauses.chapter_seconds - before)
    after = _silence(_PAUSES_AT_START.match(text, following.start))
    between = TAG.sub("", text[span.end : following.start])
    spoken = text[max(0, span.end - _CONTEXT_CHARACTERS) : span.end]
    gap = "".join(re.findall(r"\s+", between))
    upcoming = text[following.start : following.start + _CONTEXT_CHARACTERS]
    asked, _ = measure_pause(spoken + gap + upcoming, 0, len(spoken + gap), pauses)
    if asked == pauses.sentence_seconds:
        asked = pauses.part_seconds
    written = min(before + _silence(between) + after, pauses.longest_seconds)
    return max(0.0, round(max(asked, written) - before - after, 3))


def _silence(pauses: re.Match[str] | str | None) -> float:
    written = pauses[0] if isinstance(pauses, re.Match) else pauses or ""
    return sum(map(read_pause, BARE_PAUSE.finditer(written)))
