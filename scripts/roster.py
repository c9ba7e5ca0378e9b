"""The workers as a table: who does what, how fast, on which device, with how much memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jobs import JobFacts
from jobs.queue.overview import WorkerFacts
from scripts.progress import describe_speed

HEADER = ("worker", "state", "device", "memory", "speed", "done", "job")

NAME_CHARACTERS = 8
"""Of a worker's name, which is 32 random digits; the host stands before it."""


def list_workers(workers: Sequence[WorkerFacts], jobs: Iterable[JobFacts]) -> list[tuple[str, ...]]:
    """Return the header and a row for each worker; those at work come first.

    Args:
        workers: Those that are alive.
        jobs: Among them those that run.
    """
    running = {job.worker: job for job in jobs if job.worker}
    ordered = sorted(workers, key=lambda each: (each.name not in running, each.hostname, each.name))
    return [HEADER, *(_row(worker, running.get(worker.name)) for worker in ordered)]


def _row(worker: WorkerFacts, job: JobFacts | None) -> tuple[str, ...]:
    return (
        f"{worker.hostname} {worker.name[:NAME_CHARACTERS]}".strip(),
        worker.state,
        worker.device or "...",
        _memory(worker),
        describe_speed(job.progress.real_time_factor) if job else "",
        f"{job.progress.fraction:4.0%}" if job else "",
        job.output_file if job else "",
    )


def _memory(worker: WorkerFacts) -> str:
    """Return for example ``2.1 GB`` or ``1.4 GB + 0.9 GB`` of host and accelerator."""
    sizes = [worker.host_bytes, worker.accelerator_bytes]
    return " + ".join(f"{size / 1e9:.1f} GB" for size in sizes if size)
