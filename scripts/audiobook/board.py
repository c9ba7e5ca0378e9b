"""Books that are being made, as a table per book and chapter that fits the window."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from jobs.speech import SpeechStatus
from jobs.standing import OutputFacts
from scripts.audiobook.tally import BookTally, ChapterTally, measure_pace
from scripts.progress import count, describe_hours, format_bar, format_seconds, printable

MAX_TITLE_COLUMNS = 48

_AT_REST = {SpeechStatus.FINISHED, SpeechStatus.QUEUED}
"""Chapters of which there is nothing to say."""


def draw(
    books: Sequence[BookTally],
    workers: int,
    *,
    lines: int | None = None,
    columns: int | None = None,
) -> list[str]:
    """Return the table, and below it what all comes to.

    Args:
        books: Those that are watched.
        workers: How many are alive.
        lines: At most so many; chapters that rest are summed up, then left out. None shows all.
        columns: Longer lines are cut; None cuts nothing.
    """
    drawn: list[str] = []
    for view in (_every_chapter, _open_chapters, _busy_chapters):
        drawn = [line for book in books for line in view(book)]
        if lines is None or len(drawn) < lines:
            break
    else:
        drawn = list(_fill(books, max(1, (lines or 0) - 1)))
    drawn.append(sum_up(books, workers))
    shown = map(printable, drawn)
    return [line if columns is None else _fit(line, columns) for line in shown]


def sum_up(books: Sequence[BookTally], workers: int) -> str:
    """Return all books in one line: hours done, speed over all workers, time to go."""
    pace = measure_pace(books)
    parts = [
        format_bar(pace.fraction),
        f"{describe_hours(pace.audio_seconds)} of about {describe_hours(pace.total_seconds)}",
    ]
    if pace.speed:
        parts.append(f"{pace.speed:.1f}x real time")
    if pace.remaining_seconds is not None:
        parts.append(f"{format_seconds(pace.remaining_seconds)} left")
    if not all(book.facts.status.is_terminal for book in books):
        parts.append(count(workers, "worker") if workers else "no worker is there")
    outputs = [output for book in books for output in book.facts.outputs]
    parts += [_describe_file(out) for out in outputs if out.status is SpeechStatus.RUNNING][:1]
    return "  ".join(parts)


def describe_head(book: BookTally) -> str:
    """Return one book in one line."""
    chapters = book.chapters
    done = sum(chapter.status is SpeechStatus.FINISHED for chapter in chapters)
    line = (
        f"{book.manifest.title}  {book.facts.status}  {book.fraction:4.0%}  "
        f"{done} of {count(len(chapters), 'chapter')}  {format_seconds(book.audio_seconds)}"
    )
    return line if book.facts.status is SpeechStatus.FINISHED else f"{line}  {book.facts.batch_id}"


def _every_chapter(book: BookTally) -> Iterator[str]:
    yield describe_head(book)
    yield from _rows(book, lambda _chapter: False)


def _open_chapters(book: BookTally) -> Iterator[str]:
    yield describe_head(book)
    yield from _rows(book, lambda chapter: chapter.status is SpeechStatus.FINISHED)


def _busy_chapters(book: BookTally) -> Iterator[str]:
    yield describe_head(book)
    yield from _rows(book, lambda chapter: chapter.status in _AT_REST)


def _fill(books: Sequence[BookTally], room: int) -> Iterator[str]:
    """Yield `room` lines: the books come first, their busy chapters where there is space left."""
    if len(books) > room:
        yield from map(describe_head, books[: room - 1])
        yield f"... and {count(len(books) - room + 1, 'more book')}"
        return
    spare = room - len(books)
    for book in books:
        head, *rows = _busy_chapters(book)
        yield head
        shown = rows if len(rows) <= spare else rows[: max(0, spare - 1)]
        yield from shown
        if len(shown) < spare and len(shown) < len(rows):
            yield f"  ... and {len(rows) - len(shown)} more"
            spare = 0
        spare -= len(shown)


def _rows(book: BookTally, is_summed_up: Callable[[ChapterTally], bool]) -> Iterator[str]:
    """Yield a line per chapter, one for each run of those that are summed up, then the files."""
    chapters = list(enumerate(book.chapters, 1))
    digits = len(str(len(chapters)))
    width = min(MAX_TITLE_COLUMNS, max(_columns(chapter.title) for _, chapter in chapters))
    for summed_up, group in groupby(chapters, key=lambda entry: is_summed_up(entry[1])):
        run = list(group)
        if not summed_up:
            yield from (f"  {number:>{digits}}  {_row(chapter, width)}" for number, chapter in run)
            continue
        for status, same in groupby(run, key=lambda entry: entry[1].status):
            numbers = [number for number, _ in same]
            word = "done" if status is SpeechStatus.FINISHED else "waiting"
            last = f"-{numbers[-1]}" if len(numbers) > 1 else ""
            yield f"  {numbers[0]:>{digits}}{last}  {word}"
    yield from (f"  {_describe_file(output)}" for output in book.facts.outputs if _has_news(output))


def _row(chapter: ChapterTally, width: int) -> str:
    title = _pad(_fit(chapter.title, width), width)
    seconds = format_seconds(chapter.audio_seconds) if chapter.audio_seconds else ""
    return f"{title}  {chapter.fraction:4.0%}  {seconds:>8}  {_describe_state(chapter)}".rstrip()


def _describe_state(chapter: ChapterTally) -> str:
    if chapter.status is SpeechStatus.FINISHED:
        return "done"
    if chapter.status is SpeechStatus.FAILED:
        return f"failed: {chapter.problem}"
    if chapter.status is SpeechStatus.RUNNING:
        return f"on {', '.join(chapter.workers)}" if chapter.workers else "running"
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
