"""Draws the queue and single jobs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jobs import JobInfo, SpeechStatus
from jobs.queue.overview import Overview, WorkerInfo
from scripts.console.job_ids import ID_CHARACTERS
from scripts.console.progress import count, describe_speed, format_seconds
from scripts.console.screen import (
    GAP,
    NO_WORKER,
    PLAIN_COLUMNS,
    STYLES,
    FactLine,
    draw_progress,
    make_table,
    make_text,
)

if TYPE_CHECKING:
    from rich.console import Group, JustifyMethod, RenderableType
    from rich.table import Table

MAX_ROWS = 40
"""Rows shown; running jobs come first, and the header counts all."""

MAX_FAILED_ROWS = 3
"""Failed jobs that are shown before those that wait."""

MAX_ERROR_CHARACTERS = 60
"""Of an error in a pipe; a window shows as much as goes into a line."""

NAME_CHARACTERS = 8
"""Of a worker's name, which is 32 random digits; the host stands before it."""

WORKER_HEADER = ("worker", "state", "device", "memory", "speed", "done", "job")
JOB_HEADER = ("job", "status", "queue", "progress", "audio", "speed", "voice", "file", "error")

WINDOW_COLUMNS = {"job": 8, "status": 10, "progress": 16, "left": 7, "audio": 7, "speed": 6}
WINDOW_COLUMNS |= {"queue": 11, "voice": 20}
"""Widths of the columns of a table of jobs in a window; the file has what is left."""

JOB_LINES = 3
"""Above and below the rows of jobs: a blank one, the header, and what is left out."""

LEAST_COLUMNS = {"left": 72, "audio": 80, "speed": 100, "queue": 120, "voice": 150}
"""Of the window, below which such a column is left out."""

LEAST_WORKER_COLUMNS = {"device": 72, "memory": 100}

_RANKS = {SpeechStatus.RUNNING: 0, SpeechStatus.FAILED: 1, SpeechStatus.QUEUED: 2}


def draw_queue(
    overview: Overview,
    jobs: Sequence[JobInfo] = (),
    workers: Sequence[WorkerInfo] = (),
    *,
    columns: int,
    lines: int = sys.maxsize,
    books: Sequence[FactLine] = (),
    unread: int = 0,
) -> Group:
    """Draw counts and books, in a pipe the other way round, then the workers and the jobs.

    Args:
        overview: The counts.
        jobs: Jobs, the running ones first; beside them there are as many as `unread` tells.
        workers: Live workers.
        columns: Width of the window; nothing is left out where it is no window.
        lines: Of the window: a third is for workers, those at work first, the rest for jobs.
        books: A line for each.
        unread: Jobs that are not among `jobs`.
    """
    from rich.console import Group

    is_window = columns < PLAIN_COLUMNS
    parts: list[RenderableType] = [*_draw_counts(overview, is_window=is_window)]
    if not overview.workers:
        parts.append(make_text(NO_WORKER, "yellow"))
    shown = max(1, lines // 4)
    heads: list[RenderableType] = [*books[:shown]]
    if len(books) > shown:
        heads.append(make_text(f"... and {count(len(books) - shown, 'book')} more"))
    parts = [*parts, *heads] if is_window else [*heads, *parts]
    room = lines - len(parts)
    if workers:
        shown = min(MAX_ROWS, max(1, lines // 3 - 2))
        rows = list_workers(workers, jobs)[:shown]
        parts += ["", _draw_workers(rows, columns)]
        if len(workers) > shown:
            parts.append(make_text(f"... and {len(workers) - shown} more"))
        room -= len(rows) + 2 + (len(workers) > shown)
    drawn = 0
    if jobs:
        drawn, tables = _draw_jobs(jobs, columns, room - JOB_LINES)
        parts += ["", *tables]
    hidden = len(jobs) - drawn + unread
    if hidden:
        parts.append(make_text(f"... and {hidden} more; --json has them all"))
    return Group(*parts)


def _draw_workers(rows: Iterable[Sequence[str]], columns: int) -> Table:
    """Draw the workers; a narrow window goes without memory, a very narrow one without device."""
    is_window = columns < PLAIN_COLUMNS
    hidden = {name for name, least in LEAST_WORKER_COLUMNS.items() if columns < least}
    table = make_table(*(name for name in WORKER_HEADER if name not in hidden))
    for row in rows:
        facts = dict(zip(WORKER_HEADER, row, strict=True))
        if "memory" in hidden:
            facts["speed"] = facts["speed"].removesuffix(" real time")
        table.add_row(
            *(
                make_text(
                    fact,
                    STYLES["running"] if fact == "busy" else "",
                    is_cut=is_window or name == "job",
                )
                for name, fact in facts.items()
                if name not in hidden
            )
        )
    for column in table.columns[1:-1]:
        column.no_wrap = True
    return table


def _draw_counts(overview: Overview, *, is_window: bool) -> Iterator[RenderableType]:
    """Yield what there is of everything, in a window with what waits in a line of its own."""
    waiting = ", ".join(f"{count} {name}" for name, count in overview.waiting.items() if count)
    where = f"{waiting}; {overview.waiting_characters:,} characters" if waiting else ""
    numbers = {
        "running": overview.running,
        "waiting": sum(overview.waiting.values()),
        "failed": overview.failed,
        "cancelled": overview.cancelled,
        "finished": overview.finished,
    }
    known = {
        name: make_text(f"{number} {name}", STYLES.get(name, "") if number else "")
        for name, number in numbers.items()
    }
    alive = f"{count(len(overview.workers), 'worker')} alive"
    if is_window:
        first = [known.pop(name) for name in ("running", "waiting", "failed")]
        yield FactLine(*first, alive, *reversed(known.values()))
        if where:
            yield make_text(f"waiting: {where}", "dim", is_cut=True)
        return
    if where:
        known["waiting"].append(f" ({where})")
    yield make_text(", ").join(known.values()).append(f"; {alive}")


def list_workers(workers: Sequence[WorkerInfo], jobs: Iterable[JobInfo]) -> list[tuple[str, ...]]:
    """Return a row under `WORKER_HEADER` for each live worker; those at work on `jobs` first."""
    running = {job.worker: job for job in jobs if job.worker}
    ordered = sorted(workers, key=lambda each: (each.name not in running, each.hostname, each.name))
    return [_worker_row(worker, running.get(worker.name)) for worker in ordered]


def _worker_row(worker: WorkerInfo, job: JobInfo | None) -> tuple[str, ...]:
    sizes = [worker.host_bytes, worker.accelerator_bytes]
    return (
        f"{worker.hostname} {worker.name[:NAME_CHARACTERS]}".strip(),
        worker.state,
        worker.device or "...",
        " + ".join(f"{size / 1e9:.1f} GB" for size in sizes if size),
        describe_speed(job.progress.real_time_factor) if job else "",
        f"{job.progress.fraction:4.0%}" if job else "",
        job.source or job.output_file if job else "",
    )


def draw_job(facts: JobInfo) -> Table:
    """Draw what is known of one job, a line for each fact."""
    fraction = _fraction(facts)
    rows = {
        "job": facts.job_id,
        "status": f"{facts.status} in queue {facts.queue}",
        "voice": facts.voice,
        "source": facts.source,
        "file": facts.result.path if facts.result else facts.output_file,
        "text": f"{facts.characters} characters",
        "progress": f"{fraction:4.0%}  {count(facts.progress.chunks, 'chunk')}",
        "audio": _audio(facts),
        "speed": _speed(facts),
        "worker": facts.worker,
        "submitted": _time(facts.enqueued_at),
        "started": _time(facts.started_at),
        "ended": _time(facts.ended_at),
        "error": f"{facts.error_name}: {facts.error_message}" if facts.error_name else "",
    }
    styles = {"status": STYLES.get(facts.status, ""), "error": "red"}
    table = make_table(gap=1)
    table.add_column(min_width=10)
    for name, text in rows.items():
        drawn: RenderableType = make_text(text, styles.get(name, ""))
        if name == "progress":
            left = (
                facts.progress.remaining_seconds if facts.status is SpeechStatus.RUNNING else None
            )
            to_go = f"{format_seconds(left)} left" if left is not None else ""
            drawn = draw_progress(fraction, text, to_go)
        if text:
            table.add_row(make_text(name, "bold"), drawn)
    return table


def _time(at: datetime | None) -> str:
    return at.astimezone().ctime() if at else ""


def _draw_jobs(
    jobs: Sequence[JobInfo], columns: int, lines: int
) -> tuple[int, list[RenderableType]]:
    """Return how many jobs are drawn, and their table; errors are below the rows in a window."""
    from rich.padding import Padding

    if columns >= PLAIN_COLUMNS:
        return min(len(jobs), MAX_ROWS), [_draw_plain_jobs(jobs[:MAX_ROWS])]
    failed = [facts for facts in jobs if facts.status is SpeechStatus.FAILED]
    late = {facts.job_id for facts in failed[MAX_FAILED_ROWS:]}
    ordered = sorted(
        jobs, key=lambda each: 3 if each.job_id in late else _RANKS.get(each.status, 3)
    )
    widths = {
        name: width
        for name, width in WINDOW_COLUMNS.items()
        if columns >= LEAST_COLUMNS.get(name, 0)
    }
    widths["file"] = max(8, columns - sum(widths.values()) - len(GAP) * len(widths))
    drawn: list[RenderableType] = []
    table, used, shown = _make_rows(widths, is_headed=True), 0, 0
    for facts in ordered[:MAX_ROWS]:
        used += 1 + bool(facts.error_message)
        if used > lines and shown:
            break
        table.add_row(*(_draw_cell(name, facts) for name in widths))
        shown += 1
        if facts.error_message:
            drawn += [
                table,
                Padding(make_text(facts.error_message, "red", is_cut=True), (0, 0, 0, len(GAP))),
            ]
            table = _make_rows(widths)
    return shown, [*drawn, *([table] if table.row_count else [])]


def _make_rows(widths: Mapping[str, int], *, is_headed: bool = False) -> Table:
    """Return a table whose columns stand where those of the others of these `widths` do."""
    table = make_table()
    table.show_header = is_headed
    for name, width in widths.items():
        is_figure = name in {"left", "audio", "speed"}
        justify: JustifyMethod = "right" if is_figure else "left"
        table.add_column(name, width=width, justify=justify, no_wrap=True)
    return table


def _draw_cell(name: str, facts: JobInfo) -> RenderableType:
    if name == "progress":
        fraction = _fraction(facts)
        return draw_progress(fraction, f"{fraction:4.0%}") if fraction else ""
    left = facts.progress.remaining_seconds if facts.status is SpeechStatus.RUNNING else None
    texts = {
        "job": facts.job_id[:ID_CHARACTERS],
        "status": facts.status,
        "left": "" if left is None else format_seconds(left),
        "audio": _audio(facts),
        "speed": _speed(facts).removesuffix(" real time"),
        "queue": facts.queue,
        "voice": facts.voice,
        "file": facts.source or facts.output_file,
    }
    style = STYLES.get(facts.status, "") if name == "status" else ""
    return make_text(texts[name], style, is_cut=True)


def _draw_plain_jobs(jobs: Iterable[JobInfo]) -> Table:
    """Draw a line for each job, with all facts, for a pipe."""
    table = make_table(*JOB_HEADER)
    table.columns[0].min_width = 32
    for facts in jobs:
        fraction, error = _fraction(facts), facts.error_message
        if len(error) > MAX_ERROR_CHARACTERS:
            error = f"{error[:MAX_ERROR_CHARACTERS]}..."
        table.add_row(
            make_text(facts.job_id),
            make_text(facts.status),
            make_text(facts.queue),
            draw_progress(fraction, f"{fraction:4.0%}"),
            *map(make_text, (_audio(facts), _speed(facts), facts.voice)),
            make_text(facts.source or facts.output_file),
            make_text(error),
        )
    return table


def _fraction(facts: JobInfo) -> float:
    return 1.0 if facts.status is SpeechStatus.FINISHED else facts.progress.fraction


def _audio(facts: JobInfo) -> str:
    seconds = facts.result.audio_seconds if facts.result else facts.progress.audio_seconds
    return format_seconds(seconds) if seconds else ""


def _speed(facts: JobInfo) -> str:
    known = facts.result or facts.progress
    return describe_speed(known.real_time_factor)
