"""Jobs and queues as plain aligned text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jobs import JobInfo, SpeechStatus
from jobs.queue.overview import Overview, WorkerInfo
from scripts.console.progress import count, describe_speed, format_bar, format_seconds

WORKER_HEADER = ("worker", "state", "device", "memory", "speed", "done", "job")

NAME_CHARACTERS = 8
"""Of a worker's name, which is 32 random digits; the host stands before it."""


def list_workers(workers: Sequence[WorkerInfo], jobs: Iterable[JobInfo]) -> list[tuple[str, ...]]:
    """Return the header and a row for each worker; those at work come first.

    Args:
        workers: Those that are alive.
        jobs: Among them those that run.
    """
    running = {job.worker: job for job in jobs if job.worker}
    ordered = sorted(workers, key=lambda each: (each.name not in running, each.hostname, each.name))
    return [WORKER_HEADER, *(_worker_row(worker, running.get(worker.name)) for worker in ordered)]


def _worker_row(worker: WorkerInfo, job: JobInfo | None) -> tuple[str, ...]:
    return (
        f"{worker.hostname} {worker.name[:NAME_CHARACTERS]}".strip(),
        worker.state,
        worker.device or "...",
        _memory(worker),
        describe_speed(job.progress.real_time_factor) if job else "",
        f"{job.progress.fraction:4.0%}" if job else "",
        job.output_file if job else "",
    )


def _memory(worker: WorkerInfo) -> str:
    """Return for example ``2.1 GB`` or ``1.4 GB + 0.9 GB`` of host and accelerator."""
    sizes = [worker.host_bytes, worker.accelerator_bytes]
    return " + ".join(f"{size / 1e9:.1f} GB" for size in sizes if size)


MAX_ROWS = 40
"""Rows shown; running jobs come first, and the header counts all."""

MAX_ERROR_CHARACTERS = 60

HEADER = ("job", "status", "queue", "progress", "audio", "speed", "voice", "file", "error")


def describe_queue(
    overview: Overview,
    jobs: Sequence[JobInfo],
    workers: Sequence[WorkerInfo] = (),
    unread: int = 0,
) -> str:
    """Return counts, a table of the workers and one of the jobs.

    Args:
        overview: The counts.
        jobs: Those to show, the running ones among them and first.
        workers: Those that are alive.
        unread: Jobs that there are beside those in `jobs`.
    """
    waiting = ", ".join(f"{count} {name}" for name, count in overview.waiting.items() if count)
    lines = [
        f"{overview.running} running, {sum(overview.waiting.values())} waiting"
        + (f" ({waiting}; {overview.waiting_characters:,} characters)" if waiting else "")
        + f", {overview.failed} failed, {overview.cancelled} cancelled, "
        f"{overview.finished} finished; {count(len(overview.workers), 'worker')} alive"
    ]
    if not overview.workers:
        lines.append("no worker is running; start one with `ktts up` or `ktts worker`")
    if workers:
        lines += ["", *_align(list_workers(workers, jobs)[: MAX_ROWS + 1])]
    if len(workers) > MAX_ROWS:
        lines.append(f"... and {len(workers) - MAX_ROWS} more")
    if jobs:
        lines += ["", *_align([HEADER, *(_row(facts) for facts in jobs[:MAX_ROWS])])]
    hidden = max(0, len(jobs) - MAX_ROWS) + unread
    if hidden:
        lines.append(f"... and {hidden} more; --json has them all")
    return "\n".join(lines)


def describe_job(facts: JobInfo) -> str:
    """Return what is known of one job, a line for each fact."""
    progress = facts.progress
    lines = [
        ("job", facts.job_id),
        ("status", f"{facts.status} in queue {facts.queue}"),
        ("voice", facts.voice),
        ("file", facts.result.path if facts.result else facts.output_file),
        ("text", f"{facts.characters} characters"),
        ("progress", f"{format_bar(_fraction(facts))}  {count(progress.chunks, 'chunk')}"),
        ("audio", _audio(facts)),
        ("speed", _speed(facts)),
        ("worker", facts.worker),
        ("submitted", facts.enqueued_at and facts.enqueued_at.astimezone().ctime()),
        ("started", facts.started_at and facts.started_at.astimezone().ctime()),
        ("ended", facts.ended_at and facts.ended_at.astimezone().ctime()),
        ("error", f"{facts.error_name}: {facts.error_message}" if facts.error_name else ""),
    ]
    return "\n".join(f"{name:<10} {value}" for name, value in lines if value)


def _row(facts: JobInfo) -> tuple[str, ...]:
    error = facts.error_message
    if len(error) > MAX_ERROR_CHARACTERS:
        error = f"{error[:MAX_ERROR_CHARACTERS]}..."
    return (
        facts.job_id,
        str(facts.status),
        facts.queue,
        format_bar(_fraction(facts)),
        _audio(facts),
        _speed(facts),
        facts.voice,
        facts.output_file,
        error,
    )


def _fraction(facts: JobInfo) -> float:
    return 1.0 if facts.status is SpeechStatus.FINISHED else facts.progress.fraction


def _audio(facts: JobInfo) -> str:
    seconds = facts.result.audio_seconds if facts.result else facts.progress.audio_seconds
    return format_seconds(seconds) if seconds else ""


def _speed(facts: JobInfo) -> str:
    known = facts.result or facts.progress
    return describe_speed(known.real_time_factor)


def _align(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
