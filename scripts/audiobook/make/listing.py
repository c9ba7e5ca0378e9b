"""Lists the chapters of a book before anything is spoken, and how long they will be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scripts.audiobook.book import CHARACTERS_PER_SECOND, Book, Chapter
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.console.progress import count, describe_hours, format_seconds
from scripts.console.screen import make_table, make_text
from scripts.diagnosis.state import MeasuredSpeed

if TYPE_CHECKING:
    from rich.console import Group

MAX_TITLE_CHARACTERS = 60


def estimate_seconds(chapter: PlannedChapter) -> float:
    """Return the expected length of a chapter's audio."""
    return len(chapter.text) / CHARACTERS_PER_SECOND / chapter.speed


def write_listing(
    book: Book,
    chapters: Sequence[PlannedChapter],
    skipped: Sequence[Chapter] = (),
    begun: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the document of ``--list --json``: chosen chapters, skipped ones, and warnings."""
    return ({"begun": begun} if begun else {}) | {
        "title": book.title,
        "author": book.author,
        "language": book.language,
        "chapters": [
            {"index": chapter.index, "title": chapter.title, "characters": len(chapter.text)}
            for chapter in chapters
        ],
        "left_out": [
            {"title": chapter.title, "reason": chapter.skip_reason} for chapter in skipped
        ],
        "warnings": [*filter(None, [book.language_note]), *book.warnings],
    }


def draw_book(
    book: Book,
    chapters: Sequence[PlannedChapter],
    skipped: Sequence[Chapter],
    measured: MeasuredSpeed | None,
    begun: str = "",
) -> Group:
    """Draw the chapters as a table, and their sum.

    Args:
        book: The book.
        chapters: Its chosen chapters.
        skipped: Front and back matter that is not spoken.
        measured: The last speed measured on this machine, if there is one.
        begun: What of it is spoken already.
    """
    from rich.console import Group

    author = f", by {book.author}" if book.author else ""
    language = f" ({book.language})" if book.language else ""
    table = make_table()
    table.add_column(justify="right", min_width=4)
    table.add_column()
    table.add_column(justify="right", min_width=9)
    table.add_column(justify="right", min_width=8)
    for chapter in chapters:
        length = format_seconds(estimate_seconds(chapter))
        row = (str(chapter.index), _shorten(chapter.title), f"{len(chapter.text):,}", length)
        table.add_row(*map(make_text, row))
    head = make_text(f"{book.title}{author}{language}", "bold")
    below = [make_text(_sum_up(chapters, measured))]
    if skipped:
        titles = ", ".join(f"{_shorten(each.title)} ({each.skip_reason})" for each in skipped)
        below.append(make_text(f"left out: {titles}; --all keeps them", "dim"))
    if begun:
        below.append(make_text(begun))
    notes = [make_text(note) for note in (book.language_note, *book.warnings) if note]
    return Group(head, *notes, table, *below)


def _sum_up(chapters: Sequence[PlannedChapter], measured: MeasuredSpeed | None) -> str:
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
