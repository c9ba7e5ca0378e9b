"""Draws the queue and single jobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jobs import JobInfo, SpeechStatus
from jobs.queue.overview import Overview, WorkerInfo
from scripts.console.progress import count, describe_speed, format_seconds
from scripts.console.screen import (
    NO_WORKER,
    STYLES,
    draw_progress,
    make_table,
    make_text,
)

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

MAX_ROWS = 40
"""Rows shown; running jobs come first, and the header counts all."""

MAX_ERROR_CHARACTERS = 60

NAME_CHARACTERS = 8
"""Of a worker's name, which is 32 random digits; the host stands before it."""

ID_CHARACTERS = 32

WORKER_HEADER = ("worker", "state", "device", "memory", "speed", "done", "job")
JOB_HEADER = ("job", "status", "queue", "progress", "audio", "speed", "voice", "file", "error")
JOB_COLUMNS = 150
"""A window at least as wide has a line for each job; else some facts stand below others."""

STACKS = {"job, file": (0, 7, 8), "status": (1, 2), "done": (3, 4), "speed, voice": (5, 6)}
"""Which do, by their place in the header."""

STACKED_COLUMNS = 72
"""A narrower window goes without the last of these."""


def draw_queue(
    overview: Overview,
    jobs: Sequence[JobInfo] = (),
    workers: Sequence[WorkerInfo] = (),
    *,
    columns: int,
    books: Sequence[str] = (),
    unread: int = 0,
) -> Group:
    """Draw a line for each book, the counts, a table of the workers and one of the jobs.

    The running `jobs` come first; beside them there are as many as `unread` tells.
    """
    from rich.console import Group

    waiting = ", ".join(f"{count} {name}" for name, count in overview.waiting.items() if count)
    counts = (
        f"{overview.running} running, {sum(overview.waiting.values())} waiting"
        + (f" ({waiting}; {overview.waiting_characters:,} characters)" if waiting else "")
        + f", {overview.failed} failed, {overview.cancelled} cancelled, "
        f"{overview.finished} finished; {count(len(overview.workers), 'worker')} alive"
    )
    parts: list[RenderableType] = [make_text(line) for line in (*books, counts)]
    if not overview.workers:
        parts.append(make_text(NO_WORKER, "yellow"))
    if workers:
        table = make_table(*WORKER_HEADER)
        for *row, file in list_workers(workers, jobs)[:MAX_ROWS]:
            table.add_row(*map(make_text, row), make_text(file, is_cut=True))
        parts += ["", table]
    if len(workers) > MAX_ROWS:
        parts.append(make_text(f"... and {len(workers) - MAX_ROWS} more"))
    if jobs:
        parts += ["", _draw_jobs(jobs[:MAX_ROWS], columns)]
    hidden = max(0, len(jobs) - MAX_ROWS) + unread
    if hidden:
        parts.append(make_text(f"... and {hidden} more; --json has them all"))
    return Group(*parts)


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
        job.output_file if job else "",
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
            drawn = draw_progress(fraction, text)
        if text:
            table.add_row(make_text(name, "bold"), drawn)
    return table


def _time(at: datetime | None) -> str:
    return at.astimezone().ctime() if at else ""


def _draw_jobs(jobs: Iterable[JobInfo], columns: int) -> Table:
    from rich.console import Group

    is_wide = columns >= JOB_COLUMNS
    stacks = dict(list(STACKS.items())[: 3 + (columns >= STACKED_COLUMNS)])
    table = make_table(*(JOB_HEADER if is_wide else stacks))
    table.columns[0].min_width = ID_CHARACTERS
    for facts in jobs:
        fraction, error = _fraction(facts), facts.error_message
        percent = f"{fraction:4.0%}"
        if len(error) > MAX_ERROR_CHARACTERS:
            error = f"{error[:MAX_ERROR_CHARACTERS]}..."
        cells: list[RenderableType] = [
            make_text(facts.job_id),
            make_text(facts.status, STYLES.get(facts.status, "")),
            make_text(facts.queue),
            draw_progress(fraction, percent) if is_wide else make_text(percent),
            *map(
                make_text,
                (_audio(facts), _speed(facts), facts.voice, facts.source or facts.output_file),
            ),
            make_text(error, "red"),
        ]
        stacked = [Group(*(cells[at] for at in stack if cells[at])) for stack in stacks.values()]
        table.add_row(*(cells if is_wide else stacked))
    return table


def _fraction(facts: JobInfo) -> float:
    return 1.0 if facts.status is SpeechStatus.FINISHED else facts.progress.fraction


def _audio(facts: JobInfo) -> str:
    seconds = facts.result.audio_seconds if facts.result else facts.progress.audio_seconds
    return format_seconds(seconds) if seconds else ""


def _speed(facts: JobInfo) -> str:
    known = facts.result or facts.progress
    return describe_speed(known.real_time_factor)
