"""Books that are being made, as a table per book and chapter that fits the window."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from jobs.books.batch_status import OutputFacts
from jobs.request import SpeechStatus
from scripts.audiobook.make.book_progress import BookTally, ChapterTally, measure_pace
from scripts.console.progress import count, describe_hours, format_seconds, printable

MAX_TITLE_COLUMNS, MIN_TITLE_COLUMNS = 48, 16
OTHER_COLUMNS = 44
"""What a row needs beside the title."""

_AT_REST = frozenset({SpeechStatus.FINISHED, SpeechStatus.QUEUED})
"""Chapters of which there is nothing to say."""

_SUMMED_UP = (frozenset[SpeechStatus](), frozenset({SpeechStatus.FINISHED}), _AT_REST)
"""Which chapters share a line, the fewer lines there are the more of them."""


@dataclass(frozen=True, slots=True)
class _Table:
    """How the rows are written."""

    workers: Mapping[str, str]
    title_columns: int


def draw(
    books: Sequence[BookTally],
    workers: Mapping[str, str],
    *,
    lines: int | None = None,
    columns: int | None = None,
) -> list[str]:
    """Return the table, and below it what all comes to.

    Args:
        books: Those that are watched.
        workers: Those that are alive, and where each runs.
        lines: At most so many; chapters that rest are summed up, then left out. None shows all.
        columns: Longer lines are cut; None cuts nothing but titles.
    """
    room = MAX_TITLE_COLUMNS if columns is None else columns - OTHER_COLUMNS
    table = _Table(workers, min(MAX_TITLE_COLUMNS, max(MIN_TITLE_COLUMNS, room)))
    drawn: list[str] = []
    for summed_up in _SUMMED_UP:
        drawn = [line for book in books for line in _book_lines(book, table, summed_up)]
        if lines is None or len(drawn) < lines:
            break
    else:
        drawn = list(_fill(books, table, max(1, (lines or 0) - 1)))
    drawn.append(sum_up(books, len(workers)))
    shown = map(printable, drawn)
    return [line if columns is None else _fit(line, columns) for line in shown]


def sum_up(books: Sequence[BookTally], workers: int) -> str:
    """Return all books in one line: hours done, speed over all workers, time to go."""
    pace = measure_pace(books)
    made, total = describe_hours(pace.audio_seconds), describe_hours(pace.total_seconds)
    parts = [f"{pace.fraction:.0%}  {made} of about {total}"]
    if pace.speed:
        parts.append(f"{pace.speed:.1f}x real time")
    if pace.remaining_seconds is not None:
        parts.append(f"{format_seconds(pace.remaining_seconds)} left")
    if not all(book.facts.status.is_terminal for book in books):
        parts.append(count(workers, "worker") if workers else "no worker is there")
    outputs = [output for book in books for output in book.facts.outputs]
    parts += [_describe_file(out) for out in outputs if out.status is SpeechStatus.RUNNING][:1]
    return "  ".join(parts)


def describe_head(book: BookTally, title_columns: int = MAX_TITLE_COLUMNS) -> str:
    """Return one book in one line."""
    chapters = book.chapters
    done = sum(chapter.status is SpeechStatus.FINISHED for chapter in chapters)
    line = (
        f"{_fit(book.manifest.title, title_columns)}  {book.facts.status}  {book.fraction:.0%}  "
        f"{done} of {count(len(chapters), 'chapter')}  {format_seconds(book.audio_seconds)}"
    )
    return line if book.facts.status is SpeechStatus.FINISHED else f"{line}  {book.facts.batch_id}"


def _book_lines(
    book: BookTally, table: _Table, summed_up: frozenset[SpeechStatus]
) -> Iterator[str]:
    """Yield the book, a line per chapter or per run of those that are summed up, then the files."""
    yield describe_head(book, table.title_columns)
    chapters = list(enumerate(book.chapters, 1))
    digits = len(str(len(chapters)))
    width = min(table.title_columns, max(_columns(chapter.title) for _, chapter in chapters))
    for status, group in groupby(chapters, key=lambda entry: entry[1].status):
        run = list(group)
        if status not in summed_up:
            for number, chapter in run:
                yield f"  {number:>{digits}}  {_row(chapter, width, table.workers)}"
            continue
        last = f"-{run[-1][0]}" if len(run) > 1 else ""
        word = "done" if status is SpeechStatus.FINISHED else "waiting"
        yield f"  {run[0][0]:>{digits}}{last}  {word}"
    yield from (f"  {_describe_file(output)}" for output in book.facts.outputs if _has_news(output))


def _fill(books: Sequence[BookTally], table: _Table, room: int) -> Iterator[str]:
    """Yield `room` lines: the books come first, their busy chapters where there is space left."""
    if len(books) > room:
        yield from (describe_head(book, table.title_columns) for book in books[: room - 1])
        yield f"... and {count(len(books) - room + 1, 'more book')}"
        return
    spare = room - len(books)
    for book in books:
        head, *rows = _book_lines(book, table, _AT_REST)
        yield head
        shown = rows if len(rows) <= spare else rows[: max(0, spare - 1)]
        yield from shown
        if len(shown) < spare and len(shown) < len(rows):
            yield f"  ... and {len(rows) - len(shown)} more"
            spare = 0
        spare -= len(shown)


def _row(chapter: ChapterTally, width: int, workers: Mapping[str, str]) -> str:
    title = _pad(_fit(chapter.title, width), width)
    seconds = format_seconds(chapter.audio_seconds) if chapter.audio_seconds else ""
    state = _describe_state(chapter, workers)
    return f"{title}  {chapter.fraction:4.0%}  {seconds:>8}  {state}".rstrip()


def _describe_state(chapter: ChapterTally, workers: Mapping[str, str]) -> str:
    if chapter.status is SpeechStatus.FINISHED:
        return "done"
    if chapter.status is SpeechStatus.FAILED:
        return f"failed: {chapter.problem}"
    if chapter.status is SpeechStatus.RUNNING:
        places = ", ".join(workers.get(name, name) for name in chapter.workers)
        return f"on {places}" if places else "running"
    return "cancelled" if chapter.status is SpeechStatus.CANCELLED else ""


def _has_news(output: OutputFacts) -> bool:
    return output.status not in {None, SpeechStatus.FINISHED, SpeechStatus.CANCELLED}


def _describe_file(output: OutputFacts) -> str:
    if output.status is SpeechStatus.FAILED:
        return f"{output.name} failed: {output.error_message or output.error_name}"
    if output.status is SpeechStatus.RUNNING:
        return f"putting together {output.name}  {output.progress.fraction:.0%}"
    return f"{output.name} waits to be put together"


def _fit(line: str, columns: int) -> str:
    """Cut a line to the columns that a terminal needs for it."""
    if _columns(line) <= columns:
        return line
    kept, used = [], 0
    for char in line:
        used += _columns(char)
        if used > columns - 3:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "..."


def _pad(text: str, columns: int) -> str:
    return text + " " * (columns - _columns(text))


def _columns(text: str) -> int:
    """Count columns: East Asian characters take two, accents of their own none."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
