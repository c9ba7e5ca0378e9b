"""One process at a time: the lock on a job's work directory, which dies with its holder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import JournalBusy
from jobs.playback.journal import lock_file


@contextmanager
def hold_lock(job_dir: Path) -> Iterator[None]:
    """Make `job_dir` and hold its lock.

    Raises:
        JournalBusy: another process holds it.
        OSError: the directory or the lock cannot be made.
    """
    descriptor = _take_lock(job_dir)
    try:
        yield
    finally:
        os.close(descriptor)


def _take_lock(job_dir: Path) -> int:
    while True:
        job_dir.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(lock_file(job_dir), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            continue  # its last holder has just removed the directory
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(descriptor)
            raise JournalBusy(
                f"another process is at work on job {job_dir.name}; wait until it ends"
            ) from exc
        # A holder that finishes removes the file; the lock of a removed file protects nothing.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)
