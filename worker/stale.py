"""Unfinished work that nobody will go on with, removed by age."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator

from jobs.errors import JournalBusy
from worker.lock import hold_lock
from worker.settings import WorkerSettings


def remove_stale_work(settings: WorkerSettings, is_live: Callable[[str], bool]) -> Iterator[str]:
    """Remove work directories untouched for `partial_ttl_seconds`; yields their names.

    Never that of a job that waits or runs, nor one that a process holds locked.
    """
    if not settings.work_dir.is_dir():
        return
    oldest = time.time() - settings.partial_ttl_seconds
    for path in settings.work_dir.iterdir():
        touched = max((entry.stat().st_mtime for entry in [path, *path.glob("*")]), default=0)
        if not path.is_dir() or touched > oldest or is_live(path.name.partition(".")[0]):
            continue
        try:
            with hold_lock(path):
                shutil.rmtree(path)
        except JournalBusy:
            continue
        yield path.name
