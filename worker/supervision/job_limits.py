"""The time limits of one run of a job: for the whole job, and for a single chunk."""

import time

KILL_GRACE_SECONDS = 4.0
"""From the exception in Python to the kill: native code that hangs sees no exception."""


class JobLimits:
    """Measures a run from its creation on."""

    def __init__(self, *, job_seconds: int, stall_seconds: float) -> None:
        """Allow `job_seconds` for the run, 0 for any time, and `stall_seconds` for one chunk."""
        self.stall_seconds = stall_seconds
        self._job_seconds = job_seconds
        self._started = self._last_chunk = time.monotonic()
        self._interrupted: float | None = None

    def restart_chunk(self) -> None:
        """Note that a chunk is done."""
        self._last_chunk = time.monotonic()

    @property
    def is_over_time(self) -> bool:
        """The whole job has taken too long."""
        return bool(self._job_seconds) and time.monotonic() - self._started > self._job_seconds

    def must_interrupt(self) -> bool:
        """Return True once, when the job or a chunk has taken too long."""
        if self._interrupted is None and (
            self.is_over_time or time.monotonic() - self._last_chunk > self.stall_seconds
        ):
            self._interrupted = time.monotonic()
            return True
        return False

    @property
    def must_kill(self) -> bool:
        """The interrupt had no effect within the grace period."""
        return (
            self._interrupted is not None
            and time.monotonic() - self._interrupted > KILL_GRACE_SECONDS
        )
