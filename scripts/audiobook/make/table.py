"""Draws books being made, chapter by chapter, so that they fit the window."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

from jobs.books.batch_status import BatchStatus, ChapterProgress
from jobs.request import SpeechStatus
from scripts.audiobook.make.book_progress import count_finished, measure_pace
from scripts.console.progress import count, describe_hours, format_seconds
from scripts.console.screen import STYLES, draw_progress, make_table, make_text

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

MAX_TITLE_COLUMNS, MIN_TITLE_COLUMNS = 48, 16
OTHER_COLUMNS = 44
"""Columns of a row without its title."""

SUM_LINES = 2
"""Lines of the sum in a narrow window."""

_AT_REST = frozenset({SpeechStatus.FINISHED, SpeechStatus.QUEUED})
"""States of chapters that need no row of their own."""

_SUMMED_UP = (frozenset[SpeechStatus](), frozenset({SpeechStatus.FINISHED}), _AT_REST)
"""States whose chapters share a line: more of them, the fewer lines there are."""


def draw_books(
    books: Sequence[BatchStatus],
    workers: Mapping[str, str],
    *,
    columns: int,
    lines: int = sys.maxsize,
) -> Group:
    """Draw the books by chapters, and their sum: in a window of few lines above them.

    Args:
        books: The watched books.
        workers: Live workers by name, and where each runs.
        columns: Width of the window.
        lines: Of the window. If they do not suffice, chapters of one state share a line; if that
            is not enough, several books have no chapters.
    """
    from rich.console import Group

    width = min(MAX_TITLE_COLUMNS, max(MIN_TITLE_COLUMNS, columns - OTHER_COLUMNS))
    is_cut = lines < sys.maxsize
    tables: list[Table] = []
    for summed_up in _SUMMED_UP:
        tables = [_draw_rows(book, workers, summed_up, width, is_cut=is_cut) for book in books]
        height = len(books) + sum(table.row_count for table in tables) + SUM_LINES
        if height <= lines or (len(books) == 1 and summed_up is _AT_REST):
            break
    else:
        tables = []
    parts: list[RenderableType] = []
    for book, table in zip_longest(books, tables):
        parts.append(make_text(describe_head(book, width), "bold", is_cut=is_cut))
        parts += [table] if table else []
    total = draw_progress(measure_pace(books).fraction, sum_up(books, len(workers)))
    return Group(total, *parts) if is_cut else Group(*parts, total)


def sum_up(books: Sequence[BatchStatus], workers: int) -> str:
    """Return all books in one line: hours done, speed over all workers, time to go."""
    pace = measure_pace(books)
    made, total = describe_hours(pace.audio_seconds), describe_hours(pace.total_seconds)
    parts = [f"{pace.fraction:.0%}  {made} of about {total}"]
    if pace.speed:
        parts.append(f"{pace.speed:.1f}x real time")
    if pace.remaining_seconds is not None:
        parts.append(f"{format_seconds(pace.remaining_seconds)} left")
    if not all(book.status.is_terminal for book in books):
        parts.append(count(workers, "worker") if workers else "no worker is there")
    outputs = [output for book in books for output in book.outputs]
    running = [output for output in outputs if output.status is SpeechStatus.RUNNING]
    parts += [f"putting together {out.name}  {out.progress.fraction:.0%}" for out in running[:1]]
    return "  ".join(parts)


def describe_head(book: BatchStatus, title_columns: int = MAX_TITLE_COLUMNS) -> str:
    """Return one book in one line."""
    title = make_text(book.manifest.title)
    title.truncate(title_columns, overflow="ellipsis")
    done = f"{count_finished(book)} of {count(len(book.chapters), 'chapter')}"
    line = (
        f"{title}  {book.status}  {book.fraction:.0%}  {done}  {format_seconds(book.audio_seconds)}"
    )
    return line if book.status is SpeechStatus.FINISHED else f"{line}  {book.batch_id}"


def _draw_rows(
    book: BatchStatus,
    workers: Mapping[str, str],
    summed_up: frozenset[SpeechStatus],
    title_columns: int,
    *,
    is_cut: bool,
) -> Table:
    """Draw a row for each chapter or run of those that are summed up, then for the files."""
    table = make_table()
    table.add_column(justify="right")
    table.add_column(max_width=title_columns)
    table.add_column(justify="right", min_width=4)
    table.add_column(justify="right", min_width=8)

    def add(number: str, title: str, share: str = "", length: str = "", state: str = "") -> None:
        table.add_row(
            make_text(f"  {number}"),
            make_text(title, is_cut=True),
            make_text(share),
            make_text(length),
            make_text(state, STYLES.get(status or "", ""), is_cut=is_cut),
        )

    status: SpeechStatus | None
    chapters = enumerate(book.chapters, 1)
    for status, group in groupby(chapters, key=lambda entry: entry[1].status):
        run = list(group)
        if status in summed_up:
            last = f"-{run[-1][0]}" if len(run) > 1 else ""
            word = "done" if status is SpeechStatus.FINISHED else "waiting"
            add(f"{run[0][0]}{last}", word)
            continue
        for number, chapter in run:
            seconds = format_seconds(chapter.audio_seconds) if chapter.audio_seconds else ""
            state = _describe_state(chapter, workers)
            add(str(number), chapter.title, f"{chapter.fraction:.0%}", seconds, state)
    for output in book.outputs:
        status = output.status
        if status is SpeechStatus.FAILED:
            reason = output.error_message or output.error_name
            add("", output.name, state=f"failed: {reason}")
        elif status is SpeechStatus.RUNNING:
            share = f"{output.progress.fraction:.0%}"
            add("", output.name, share, state="putting together")
        elif status is SpeechStatus.QUEUED:
            add("", output.name, state="waits to be put together")
    return table


def _describe_state(chapter: ChapterProgress, workers: Mapping[str, str]) -> str:
    if chapter.status is SpeechStatus.FINISHED:
        return "done"
    if chapter.status is SpeechStatus.FAILED:
        return f"failed: {chapter.problem}"
    if chapter.status is SpeechStatus.RUNNING:
        places = ", ".join(workers.get(name, name) for name in chapter.workers)
        return f"on {places}" if places else "running"
    return "cancelled" if chapter.status is SpeechStatus.CANCELLED else ""
