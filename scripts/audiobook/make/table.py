"""Draws books being made, chapter by chapter: a board each in a window, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from jobs.books.batch_status import BatchStatus, ChapterProgress
from jobs.request import SpeechStatus
from scripts.audiobook.make.book_progress import count_finished, measure_pace
from scripts.console.job_ids import ID_CHARACTERS
from scripts.console.progress import count, describe_hours, format_seconds
from scripts.console.screen import (
    GAP,
    PLAIN_COLUMNS,
    STYLES,
    Bar,
    FactLine,
    draw_progress,
    make_table,
    make_text,
    printable,
)

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.panel import Panel
    from rich.table import Table

MAX_TITLE_COLUMNS, MIN_TITLE_COLUMNS = 48, 8
MAX_BOARD_COLUMNS, LEAST_BAR_COLUMNS = 110, 72
"""Of a board; a narrower one than the second has no bar for each chapter."""

BOARD_LINES, EDGE_COLUMNS = 5, 4
"""Of a board beside its rows: its edges, the bar, the sum and a blank line."""

_FIGURES = frozenset({0, 3})
"""Columns of a board's rows that hold figures."""

_AT_REST = frozenset({SpeechStatus.FINISHED, SpeechStatus.QUEUED})
"""States of chapters that need no row of their own."""

_SUMMED_UP = (frozenset[SpeechStatus](), frozenset({SpeechStatus.FINISHED}), _AT_REST)
"""States whose chapters share a line: more of them, the fewer lines there are."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A chapter, a run of those that are summed up, or a file."""

    number: str
    title: str
    fraction: float | None = None
    length: str = ""
    state: str = ""
    problem: str = ""
    status: SpeechStatus | None = None


def draw_books(
    books: Sequence[BatchStatus],
    workers: Mapping[str, str],
    *,
    columns: int,
    lines: int = sys.maxsize,
) -> Group:
    """Draw the books by chapters, and the sum of several above them; below them in a pipe.

    Args:
        books: The watched books.
        workers: Live workers by name, and where each runs.
        columns: Width of the window.
        lines: Of the window. If they do not suffice, chapters of one state share a line; if that
            is not enough, several books have no chapters.
    """
    from rich.console import Group

    if columns >= PLAIN_COLUMNS:
        return Group(*_draw_plain(books, workers))
    width = min(columns, MAX_BOARD_COLUMNS)
    parts: list[RenderableType] = []
    if len(books) > 1:
        fraction = measure_pace(books).fraction
        sums = FactLine(*list_sums(books, len(workers)))
        parts = [make_text(f"{len(books)} books", "bold"), Bar(fraction, width), sums]
    for summed_up in _SUMMED_UP:
        rows = [list(_list_rows(book, workers, summed_up)) for book in books]
        height = sum(BOARD_LINES + len(each) + _count_problems(each) for each in rows)
        if height + len(parts) <= lines or (len(books) == 1 and summed_up is _AT_REST):
            boards = zip(books, rows, strict=True)
            present = len(workers) if len(books) == 1 else None
            return Group(*parts, *(_draw_board(*each, present, width) for each in boards))
    return Group(*parts, *(draw_head(book, width) for book in books))


def list_sums(books: Sequence[BatchStatus], workers: int | None) -> list[str]:
    """Return all books in a few facts: share, time to go, speed over all workers, hours done.

    Without `workers` nothing is said of them.
    """
    pace = measure_pace(books)
    made, total = describe_hours(pace.audio_seconds), describe_hours(pace.total_seconds)
    running = [
        output for book in books for output in book.outputs if output.status is SpeechStatus.RUNNING
    ]
    parts = [f"{pace.fraction:.0%}"]
    is_over = all(book.status.is_terminal for book in books)
    if workers == 0 and not is_over:
        parts.append("no worker yet")
    parts += [f"putting together {out.name}  {out.progress.fraction:.0%}" for out in running[:1]]
    if pace.remaining_seconds is not None:
        parts.append(f"{format_seconds(pace.remaining_seconds)} left")
    if pace.speed:
        parts.append(f"{pace.speed:.1f}x real time")
    if len(books) == 1:
        parts.append(f"{count_finished(books[0])} of {count(len(books[0].chapters), 'chapter')}")
    if workers and not is_over:
        parts.append(count(workers, "worker"))
    return [*parts, f"{made} of about {total}"]


def sum_up(books: Sequence[BatchStatus], workers: int) -> str:
    """Return all books in one line."""
    return GAP.join(list_sums(books, workers))


def list_head(book: BatchStatus) -> list[str]:
    """Return one book in a few facts, its title first."""
    return [
        printable(book.manifest.title),
        str(book.status),
        f"{book.fraction:.0%}",
        *([book.batch_id] if book.status is not SpeechStatus.FINISHED else []),
        f"{count_finished(book)} of {count(len(book.chapters), 'chapter')}",
        format_seconds(book.audio_seconds),
    ]


def draw_head(book: BatchStatus, columns: int) -> FactLine:
    """Draw one book in one line."""
    title, status, *facts = list_head(book)
    name = make_text(title, "bold")
    if columns < PLAIN_COLUMNS:
        name.truncate(columns // 3, overflow="ellipsis")
        facts = [each[:ID_CHARACTERS] if each == book.batch_id else each for each in facts]
    return FactLine(name, make_text(status, STYLES.get(status, "")), *facts)


def _list_rows(
    book: BatchStatus, workers: Mapping[str, str], summed_up: frozenset[SpeechStatus]
) -> Iterator[_Row]:
    """Yield a row for each chapter or run of those that are summed up, then for the files."""
    chapters = enumerate(book.chapters, 1)
    for status, group in groupby(chapters, key=lambda entry: entry[1].status):
        run = list(group)
        if status in summed_up:
            last = f"-{run[-1][0]}" if len(run) > 1 else ""
            word = "done" if status is SpeechStatus.FINISHED else "waiting"
            yield _Row(f"{run[0][0]}{last}", word, status=status)
            continue
        for number, chapter in run:
            seconds = format_seconds(chapter.audio_seconds) if chapter.audio_seconds else ""
            state = _describe_state(chapter, workers)
            row = (str(number), chapter.title, chapter.fraction, seconds, state, chapter.problem)
            yield _Row(*row, status)
    for output in book.outputs:
        if output.status is SpeechStatus.FAILED:
            reason = output.error_message or output.error_name
            yield _Row("", output.name, state="failed", problem=reason, status=output.status)
        elif output.status is SpeechStatus.RUNNING:
            share = output.progress.fraction
            yield _Row("", output.name, share, state="putting together", status=output.status)
        elif output.status is SpeechStatus.QUEUED:
            yield _Row("", output.name, state="waits to be put together", status=output.status)


def _count_problems(rows: Sequence[_Row]) -> int:
    return sum(bool(row.problem) for row in rows)


def _describe_state(chapter: ChapterProgress, workers: Mapping[str, str]) -> str:
    if chapter.status is SpeechStatus.FINISHED:
        return "done"
    if chapter.status is SpeechStatus.RUNNING:
        places = ", ".join(workers.get(name, name) for name in chapter.workers)
        return f"on {places}" if places else "running"
    is_over = chapter.status in {SpeechStatus.FAILED, SpeechStatus.CANCELLED}
    return str(chapter.status) if is_over else ""


def _draw_board(book: BatchStatus, rows: Sequence[_Row], workers: int | None, width: int) -> Panel:
    """Draw a book as its cover has it, its bar and sum, and its rows; problems below their rows."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.panel import Panel

    inner = width - EDGE_COLUMNS
    author = f", by {book.manifest.author}" if book.manifest.author else ""
    title = make_text("").append(printable(book.manifest.title), "bold default")
    title.append(printable(author), "default")
    title.truncate(inner - 2, overflow="ellipsis")
    sums = FactLine(*list_sums([book], workers))
    parts: list[RenderableType] = [Bar(book.fraction, inner), sums, ""]
    has_bars = width >= LEAST_BAR_COLUMNS
    widths = [max((len(row.number) for row in rows), default=0), 16 if has_bars else 4, 7]
    rest = inner - sum(widths) - 4 * len(GAP)
    title_width = min(MAX_TITLE_COLUMNS, max(MIN_TITLE_COLUMNS, rest * 3 // 5))
    widths = [widths[0], title_width, *widths[1:], max(1, rest - title_width)]
    table = _make_rows(widths)
    for row in rows:
        text = f"{row.fraction:4.0%}" if row.fraction else ""
        table.add_row(
            make_text(row.number, "dim"),
            make_text(row.title, is_cut=True),
            draw_progress(row.fraction, text) if row.fraction and has_bars else make_text(text),
            make_text(row.length),
            make_text(row.state, STYLES.get(row.status or "", ""), is_cut=True),
        )
        if row.problem:
            problem = make_text(row.problem, STYLES["failed"], is_cut=True)
            parts += [table, Padding(problem, (0, 0, 0, widths[0] + len(GAP)))]
            table = _make_rows(widths)
    parts += [table] if table.row_count else []
    status = make_text("").append(str(book.status), STYLES.get(book.status, "default"))
    return Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=status.append(f" {book.batch_id[:ID_CHARACTERS]}"),
        subtitle_align="right",
        border_style="bright_black",
        width=width,
    )


def _make_rows(widths: Sequence[int]) -> Table:
    """Return a table of fixed columns, so that those after a problem stand below those before."""
    table = make_table()
    for at, width in enumerate(widths):
        table.add_column(width=width, justify="right" if at in _FIGURES else "left")
    return table


def _draw_plain(
    books: Sequence[BatchStatus], workers: Mapping[str, str]
) -> Iterator[RenderableType]:
    """Yield a head and a table of all chapters for each book, and the sum, for a pipe."""
    for book in books:
        yield draw_head(book, PLAIN_COLUMNS)
        table = make_table()
        table.add_column(justify="right")
        table.add_column(max_width=MAX_TITLE_COLUMNS)
        table.add_column(justify="right", min_width=4)
        table.add_column(justify="right", min_width=8)
        for row in _list_rows(book, workers, frozenset()):
            share = f"{row.fraction:.0%}" if row.fraction is not None else ""
            state = f"failed: {row.problem}" if row.problem else row.state
            cells = (f"  {row.number}", row.title, share, row.length, state)
            table.add_row(*map(make_text, cells))
        yield table
    yield draw_progress(measure_pace(books).fraction, sum_up(books, len(workers)))
