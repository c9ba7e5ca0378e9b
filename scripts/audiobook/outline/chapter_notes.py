"""Parts the notes at a chapter's end, which no markup names, from the chapter."""

import re
from collections.abc import Iterator
from dataclasses import replace

from scripts.audiobook.book import HEADING_PAUSE, Chapter
from scripts.audiobook.outline.front_matter import title_reason

NOTES = "notes"
_NUMBER = re.compile(r"\s*[\[(]?(?P<number>\d{1,3})(?:[\])][.:]?|[.:]|(?=\s))\s*\S")
_MIN_LETTERS = 2
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISED = str.maketrans("0123456789", _SUPERSCRIPTS)
_LOWERED = str.maketrans(_SUPERSCRIPTS, "0123456789")


def part_notes(chapter: Chapter) -> Iterator[Chapter]:
    """Yield a chapter without notes and their numbers, and its notes as one that is skipped.

    Notes are the last paragraphs, counted from 1, below a heading that says so; without a heading
    only if each number stands in the text, right behind a word.
    """
    if chapter.skip_reason:
        yield chapter
        return
    paragraphs = chapter.text.split("\n\n")
    start = _find_notes(paragraphs)
    if start is None:
        yield chapter
        return
    numbers = {found["number"] for each in paragraphs[start:] if (found := _NUMBER.match(each))}
    head = start
    above = paragraphs[max(0, head - 2) : head]
    if above[1:] == [HEADING_PAUSE] and title_reason(above[0]) == NOTES:
        head -= len(above)
    text = "\n\n".join(paragraphs[:head])
    mark = _mark_of(numbers)
    marks = {
        each
        for found in re.findall(mark, text)
        for each in re.findall(r"\d+", found.translate(_LOWERED))
    }
    if head == start and not numbers <= marks:
        yield chapter
        return
    yield replace(
        chapter,
        text=re.sub(mark, "", text),
        places=chapter.places[:head],
        quoted=chapter.quoted[:head],
    )
    notes = "\n\n".join(paragraphs[head:])
    yield Chapter(f"{chapter.title}: Notes", notes, NOTES, chapter.places[head:])


def _find_notes(paragraphs: list[str]) -> int | None:
    """Return the index of the first counted paragraph at the end; None if there is none."""
    last = len(paragraphs)
    numbers = [int(found["number"]) if (found := _NUMBER.match(each)) else 0 for each in paragraphs]
    if not numbers or not numbers[-1]:
        # The last note may go on in a paragraph of its own.
        numbers, last = numbers[:-1], last - 1
    if not numbers or not numbers[-1]:
        return None
    wanted, at = numbers[-1], last - 1
    while at > 0 and numbers[at] == wanted and wanted > 1:
        wanted, at = wanted - 1, at - 1
        if numbers[at] == 0 and at > 0 and numbers[at - 1] == wanted:
            at -= 1
    return at if at > 0 and numbers[at] == wanted == 1 else None


def _mark_of(numbers: set[str]) -> str:
    """Return a pattern of marks: a number in brackets, or raised or right behind a word."""
    either = "|".join(sorted(numbers, key=len, reverse=True))
    word = rf"(?<=[^\W\d_]{{{_MIN_LETTERS}}}[.,;:!?”’\"»)])"
    raised = "|".join(each.translate(_RAISED) for each in either.split("|"))
    stop = r"(?:(?<=[^\W\d_]{3})|(?<=[.,;:!?”’\"»)]))"
    bare = rf"(?:{word}|(?<=[^\W\d_]{{3}}))(?:{either})(?![\w.,]*\d)(?!\w)"
    return rf"(?<=\S)\[(?:{either})\]|{stop}(?:{raised})(?![{_SUPERSCRIPTS}])|{bare}"
