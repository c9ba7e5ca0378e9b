"""Draws books being made, chapter by chapter, so that they fit the window."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
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

Row = tuple[str, str, str, str, str, str]
"""Number, title, share, length and state of a chapter or file, and the style of the state."""


def draw_books(
    columns: int,
    lines: int | None,
    *,
    books: Sequence[BatchStatus],
    workers: Mapping[str, str],
) -> Group:
    """Draw the books by chapters, and their sum below.

    Args:
        columns: Width of the window.
        lines: Most lines; first idle chapters share lines, then all are left out. None: no limit.
        books: The watched books.
        workers: Live workers by name, and where each runs.
    """
    from rich.console import Group

    width = min(MAX_TITLE_COLUMNS, max(MIN_TITLE_COLUMNS, columns - OTHER_COLUMNS))
    parts: list[RenderableType] = []
    shown = _fit(books, workers, sys.maxsize if lines is None else lines - SUM_LINES)
    for book, rows in shown:
        parts.append(make_text(describe_head(book, width), "bold", is_cut=lines is not None))
        if rows:
            parts.append(_draw_rows(rows, width, is_cut=lines is not None))
    if len(shown) < len(books):
        parts.append(make_text(f"... and {count(len(books) - len(shown), 'more book')}"))
    pace = measure_pace(books)
    text = sum_up(books, len(workers))
    return Group(*parts, draw_progress(columns, lines, fraction=pace.fraction, text=text))


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


def _fit(
    books: Sequence[BatchStatus], workers: Mapping[str, str], room: int
) -> list[tuple[BatchStatus, list[Row]]]:
    """Return the books that fit into `room` lines, each with its rows.

    First chapters of one state share a row. If that is not enough, every book gets its line, and
    rows fill the space that is left.
    """
    shown: list[tuple[BatchStatus, list[Row]]] = []
    for summed_up in _SUMMED_UP:
        shown = [(book, list(_list_rows(book, workers, summed_up))) for book in books]
        if len(books) + sum(len(rows) for _, rows in shown) <= room:
            return shown
    shown = shown if len(books) <= room else shown[: max(0, room - 1)]
    spare = max(0, room - len(books))
    for _, rows in shown:
        if len(rows) > spare:
            rest = f"... and {len(rows) - spare + 1} more"
            rows[max(0, spare - 1) :] = [("", rest, "", "", "", "")][:spare]
        spare -= len(rows)
    return shown


def _list_rows(
    book: BatchStatus, workers: Mapping[str, str], summed_up: frozenset[SpeechStatus]
) -> Iterator[Row]:
    """Yield a row for each chapter or run of those that are summed up, then the files."""
    chapters = enumerate(book.chapters, 1)
    for status, group in groupby(chapters, key=lambda entry: entry[1].status):
        run = list(group)
        if status not in summed_up:
            for number, chapter in run:
                seconds = format_seconds(chapter.audio_seconds) if chapter.audio_seconds else ""
                state = _describe_state(chapter, workers)
                style = STYLES.get(status, "")
                yield str(number), chapter.title, f"{chapter.fraction:.0%}", seconds, state, style
            continue
        last = f"-{run[-1][0]}" if len(run) > 1 else ""
        word = "done" if status is SpeechStatus.FINISHED else "waiting"
        yield f"{run[0][0]}{last}", word, "", "", "", ""
    for output in book.outputs:
        style = STYLES.get(output.status or "", "")
        if output.status is SpeechStatus.FAILED:
            reason = output.error_message or output.error_name
            yield "", output.name, "", "", f"failed: {reason}", style
        elif output.status is SpeechStatus.RUNNING:
            yield "", output.name, f"{output.progress.fraction:.0%}", "", "putting together", style
        elif output.status is SpeechStatus.QUEUED:
            yield "", output.name, "", "", "waits to be put together", style


def _draw_rows(rows: Sequence[Row], title_columns: int, *, is_cut: bool) -> Table:
    table = make_table()
    table.add_column(justify="right")
    table.add_column(max_width=title_columns)
    table.add_column(justify="right", min_width=4)
    table.add_column(justify="right", min_width=8)
    for number, title, share, length, state, style in rows:
        table.add_row(
            make_text(f"  {number}"),
            make_text(title, is_cut=True),
            make_text(share),
            make_text(length),
            make_text(state, style, is_cut=is_cut),
        )
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
