"""What the system shows of a worker's processes, read from real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import eventually
from worker.health import find_model_process_faults

PARENT = """if True:
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    print(child.pid, flush=True)
    input()
"""


@contextmanager
def worker_with_child() -> Iterator[tuple[int, int]]:
    """Yield the process ids of a process and of its only child, which wait for nothing."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        try:
            yield parent.pid, child
        finally:
            os.kill(child, signal.SIGKILL)
            parent.kill()


def await_faults(parent: int, faults: list[str]) -> None:
    """Return when these and no others are found."""
    eventually(lambda: list(find_model_process_faults(parent)) == faults, 10)


def test_a_model_process_that_waits_is_alive() -> None:
    """Sleeping is well."""
    with worker_with_child() as (parent, _):
        await_faults(parent, [])


def test_a_model_process_that_does_not_run_is_a_fault() -> None:
    """A stopped process and one that has ended hold a model that speaks no more."""
    with worker_with_child() as (parent, child):
        os.kill(child, signal.SIGSTOP)
        await_faults(parent, [f"model process: {child} is stopped"])
        os.kill(child, signal.SIGKILL)
        await_faults(parent, [f"model process: {child} is dead"])


def test_a_worker_without_a_model_process_is_a_fault() -> None:
    """Other workers' model processes do not count; nor does a worker that has ended."""
    with worker_with_child() as (_, child):
        await_faults(child, [f"model process: the worker (process {child}) has none"])
    await_faults(child, [f"model process: the worker (process {child}) has none"])
