"""What is in a book before anything is spoken: its chapters, and how long they will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scripts.audiobook.book import CHARACTERS_PER_SECOND, Book
from scripts.audiobook.plan.choose import ChosenChapter
from scripts.console.progress import count, describe_hours, format_seconds, printable
from scripts.diagnosis.state import MeasuredSpeed

MAX_TITLE_CHARACTERS = 60


def estimate_seconds(chapter: ChosenChapter) -> float:
    """Return about how long a chapter's audio will be."""
    return len(chapter.text) / CHARACTERS_PER_SECOND / chapter.speed


def write_listing(book: Book, chapters: Sequence[ChosenChapter]) -> dict[str, Any]:
    """Return the document of ``--list --json``; `chapters` are those chosen."""
    return {
        "title": book.title,
        "author": book.author,
        "language": book.language,
        "chapters": [
            {"index": chapter.index, "title": chapter.title, "characters": len(chapter.text)}
            for chapter in chapters
        ],
    }


def describe_book(
    book: Book,
    chapters: Sequence[ChosenChapter],
    left_out: Sequence[str],
    measured: MeasuredSpeed | None,
) -> str:
    """Return the chapters as a table for people, and what they come to.

    Args:
        book: As it was read.
        chapters: Those chosen.
        left_out: Titles that are not spoken because they are no part of the work itself.
        measured: The speed that this machine showed last, where it has shown one.
    """
    author = f", by {book.author}" if book.author else ""
    language = f" ({book.language})" if book.language else ""
    width = max((len(_shorten(chapter.title)) for chapter in chapters), default=0)
    lines = [f"{book.title}{author}{language}"]
    lines += [_row(chapter, width) for chapter in chapters]
    lines.append(_sum_up(chapters, measured))
    if left_out:
        lines.append(f"left out: {', '.join(map(_shorten, left_out))}; --all keeps them")
    return "\n".join(map(printable, lines))


def _row(chapter: ChosenChapter, width: int) -> str:
    length = format_seconds(estimate_seconds(chapter))
    title = _shorten(chapter.title)
    return f"{chapter.index:>4}  {title:<{width}}  {len(chapter.text):>9,}  {length:>8}"


def _sum_up(chapters: Sequence[ChosenChapter], measured: MeasuredSpeed | None) -> str:
    characters = sum(len(chapter.text) for chapter in chapters)
    seconds = sum(map(estimate_seconds, chapters))
    known = f"{count(len(chapters), 'chapter')}, {characters:,} characters"
    total = f"{known}: about {describe_hours(seconds)} of audio"
    if measured is None or measured.real_time_factor <= 0:
        return f"{total}; how long it takes is known once this machine has spoken something"
    needed = describe_hours(seconds * measured.real_time_factor)
    speed = f"{1 / measured.real_time_factor:.1f}x real time on {measured.device}"
    return f"{total}, about {needed} of computing by one worker ({speed}, seen last)"


def _shorten(title: str) -> str:
    if len(title) <= MAX_TITLE_CHARACTERS:
        return title
    return f"{title[: MAX_TITLE_CHARACTERS - 3].rstrip()}..."
