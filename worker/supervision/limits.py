"""The clock of one run: how long the job and its present chunk have taken."""

from __future__ import annotations

import time

KILL_GRACE_SECONDS = 4.0
"""From the timeout raised in Python to the kill; native code that hangs never hears the first."""


class Limits:
    """Begins with the run."""

    def __init__(self, *, job_seconds: int, stall_seconds: float) -> None:
        """Allow `job_seconds` for the whole run, 0 for any, and `stall_seconds` for one chunk."""
        self.stall_seconds = stall_seconds
        self._job_seconds = job_seconds
        self._started = self._last_chunk = time.monotonic()
        self._interrupted: float | None = None

    def restart_chunk(self) -> None:
        """Note that a chunk is done."""
        self._last_chunk = time.monotonic()

    @property
    def is_over_time(self) -> bool:
        """The job has had its time."""
        return bool(self._job_seconds) and time.monotonic() - self._started > self._job_seconds

    def must_interrupt(self) -> bool:
        """Say once that job or chunk have had their time."""
        if self._interrupted is None and (
            self.is_over_time or time.monotonic() - self._last_chunk > self.stall_seconds
        ):
            self._interrupted = time.monotonic()
            return True
        return False

    @property
    def must_kill(self) -> bool:
        """The interruption was not heard."""
        return (
            self._interrupted is not None
            and time.monotonic() - self._interrupted > KILL_GRACE_SECONDS
        )
