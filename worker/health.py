"""Checks the worker of this machine or container: ``python -m worker.health``.

A worker is healthy if its heartbeat is fresh, its model is loaded, its model process is alive and
not stopped, Redis answers, and both volumes can be written. The worker itself is not asked, because
a hung worker cannot answer: Redis has its heartbeat and state, /proc (Linux only) its processes,
and a trial file shows whether a volume can be written.

Prints one line for each fault. Exit codes: 0 healthy, 1 not.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import redis

from jobs.errors import SpeechError
from jobs.queue.connection import open_connection
from jobs.queue.overview import read_worker_fields
from worker.settings import WorkerSettings
from worker.volume import inspect_volume

PROC = Path("/proc")

_HALTED = {"T": "is stopped", "t": "is stopped by a debugger", "Z": "is dead", "X": "is dead"}
"""The kernel's letters for the states of a process that does not run."""


def main() -> int:
    """Check everything and print the faults; return the exit code."""
    try:
        faults = list(find_faults(WorkerSettings()))
    except SpeechError as exc:
        faults = [str(exc)]
    for line in faults or ["healthy"]:
        print(line)  # noqa: T201 - what Docker keeps and `docker inspect` shows
    return 1 if faults else 0


def find_faults(settings: WorkerSettings) -> Iterator[str]:
    """Yield one line for each thing that keeps the worker on this host from working."""
    # No retries: the next check comes in a few seconds.
    with open_connection(settings.redis_url, attempts=0) as connection:
        yield from _find_worker_faults(connection)
    for directory in (settings.output_dir, settings.work_dir):
        state = inspect_volume(directory)
        if not state.writable:
            yield f"volume: {state.path} {state.detail}"


def _find_worker_faults(connection: redis.Redis) -> Iterator[str]:
    hostname = socket.gethostname()
    try:
        workers = read_worker_fields(connection, "hostname", "pid").values()
    except SpeechError as exc:
        yield str(exc)  # whether there is a heartbeat is not known
        return
    here = [worker for worker in workers if worker["hostname"] == hostname]
    if not here:
        yield f"heartbeat: no worker of host {hostname} has sent one lately"
    for worker in here:
        if worker["state"] == "starting":
            yield "model: not loaded yet"
        yield from find_model_process_faults(int(worker["pid"]))


def find_model_process_faults(parent: int, proc: Path = PROC) -> Iterator[str]:
    """Yield what is wrong with the model process of the worker whose process id is `parent`.

    Args:
        parent: Process id of the worker.
        proc: Directory in which the kernel shows its processes.
    """
    states = list(read_children(parent, proc))
    if not states:
        yield f"model process: the worker (process {parent}) has none"
    for pid, letter in states:
        if letter in _HALTED:
            yield f"model process: {pid} {_HALTED[letter]}"


def read_children(parent: int, proc: Path) -> Iterator[tuple[int, str]]:
    """Yield process id and state of each child of `parent`."""
    for entry in proc.glob("[0-9]*/stat"):
        try:
            # "pid (name) state parent ..."; the name may hold spaces and brackets.
            letter, its_parent, *_ = entry.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue  # it has just ended
        if int(its_parent) == parent:
            yield int(entry.parent.name), letter


if __name__ == "__main__":
    sys.exit(main())
