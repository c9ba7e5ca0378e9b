"""Checks the worker of this machine or container: ``python -m worker.health``.

A worker is healthy if its heartbeat is fresh, its model is loaded, its model process is alive and
not stopped, Redis answers, and both volumes can be written. The worker itself is not asked, because
a hung worker cannot answer: Redis has its heartbeat and state, the kernel its processes, and a
trial file shows whether a volume can be written.

Prints one line for each fault. Exit codes: 0 healthy, 1 not.
"""

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

import redis

from jobs.errors import SpeechError
from jobs.files.stores import find_store
from jobs.queue.connection import open_connection
from jobs.queue.overview import read_worker_fields
from worker.settings import WorkerSettings
from worker.volume import inspect_volume

_HALTED = {
    "stopped": "is stopped",
    "tracing-stop": "is stopped by a debugger",
    "zombie": "is dead",
    "dead": "is dead",
}
"""The statuses, by psutil's names, of processes that do not run, now or ever again."""


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
    try:
        if store := find_store(settings.output_dir):
            store.check()
    except SpeechError as exc:
        yield f"store: {exc}"


def _find_worker_faults(connection: redis.Redis) -> Iterator[str]:
    hostname = socket.gethostname()
    try:
        workers = read_worker_fields(connection, "hostname", "pid", "fault").values()
    except SpeechError as exc:
        yield str(exc)  # whether there is a heartbeat is not known
        return
    here = [worker for worker in workers if worker["hostname"] == hostname]
    if not here:
        yield f"heartbeat: no worker of host {hostname} has sent one lately"
    for worker in here:
        if worker.get("fault"):
            yield f"volume: {worker['fault']}"
        if worker["state"] == "starting":
            yield "model: not loaded yet"
        yield from find_model_process_faults(int(worker["pid"]))


def find_model_process_faults(parent: int) -> Iterator[str]:
    """Yield what is wrong with the model process of the worker whose process id is `parent`."""
    states = list(read_children(parent))
    if not states:
        yield f"model process: the worker (process {parent}) has none"
    for pid, status in states:
        if status in _HALTED:
            yield f"model process: {pid} {_HALTED[status]}"


def read_children(parent: int) -> Iterator[tuple[int, str]]:
    """Yield process id and status of each child of `parent`."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        for child in psutil.Process(parent).children():
            with suppress(psutil.NoSuchProcess):  # it has just ended
                yield child.pid, child.status()


if __name__ == "__main__":
    sys.exit(main())
