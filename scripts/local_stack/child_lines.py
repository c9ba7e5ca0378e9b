"""What a person is shown of what workers, janitor and gateway log: a line a job, and trouble."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from scripts.console.job_ids import ID_CHARACTERS

_LINE = re.compile(r"(?P<name>\S+) \| (?P<at>\d\d:\d\d:\d\d) (?P<level>[A-Z]+) +(?P<logger>\S+): ")
_READY = re.compile(r' is ready on ([^\s"]+)')
_JOB_ID = re.compile(r" job_id=(\S+)")
_FIELD = re.compile(r" (?:job_id|chunks|real_time_factor|queue)=\S+")
_OUTCOME = "worker.supervision.job_outcome"
"""Logs how each job ends."""


def shorten_line(line: str) -> str:
    """Return what a person wants to know of a line of log; empty if that is nothing.

    A line of ``INFO`` tells how a job ended, or it is left out; what is no line of a log, the last
    words of a program for example, stays as it is.
    """
    found = _LINE.match(line)
    if found is None:
        return line
    if found["level"] in {"DEBUG", "INFO"} and found["logger"] != _OUTCOME:
        return ""
    message = _FIELD.sub("", line[found.end() :])
    if job := _JOB_ID.search(line):
        message = f"job {job[1][:ID_CHARACTERS]} {message.removeprefix('job ')}"
    return f"{found['name']} | {found['at']} {message}"


class ChildLines:
    """Shows the lines of all programs, and says once when every worker is ready."""

    def __init__(self, workers: int, tell: Callable[[str], None], *, has_all: bool) -> None:
        """Wait for so many `workers`; with `has_all` every line is shown as it is."""
        self._workers = workers
        self._tell = tell
        self._has_all = has_all
        self._ready: dict[str, str] = {}
        self._lock = threading.Lock()
        self._began = time.monotonic()

    def show(self, line: str) -> None:
        """Take one line, with the name of its program before it; called by several threads."""
        shown = line if self._has_all else shorten_line(line)
        if shown:
            self._tell(shown)
        if found := _READY.search(line):
            self._count(line.partition(" ")[0], found[1])

    def _count(self, name: str, device: str) -> None:
        with self._lock:
            was_ready = len(self._ready) >= self._workers
            self._ready[name] = device
            if was_ready or len(self._ready) < self._workers:
                return
        devices = ", ".join(sorted(set(self._ready.values())))
        noun = "worker" if self._workers == 1 else "workers"
        seconds = time.monotonic() - self._began
        self._tell(
            f"ready    {self._workers} {noun} on {devices} after {seconds:.0f} s; "
            "in another terminal: ktts speak 'Hello.'"
        )
