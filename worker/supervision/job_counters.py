"""What one run of a job adds to the metrics' counters, each chunk once."""

import time
from typing import Any

from jobs.queue.job_record import TASK
from jobs.queue.lua_calls import Counts
from worker.metrics.counters import (
    AUDIO_SECONDS,
    CHARACTERS,
    CHUNKS,
    FIRST_CHUNK_SECONDS,
    REAL_TIME_FACTOR,
    SPEAKING_SECONDS,
)

_MEASURES = (
    (CHUNKS, "chunks"),
    (CHARACTERS, "characters"),
    (AUDIO_SECONDS, "audio_seconds"),
    (SPEAKING_SECONDS, "processing_seconds"),
)
"""Counters, and the fields of the progress that they follow."""


class JobCounters:
    """Compares each progress with the one before; a job that speaks nothing counts nothing."""

    def __init__(self, task: str, device: str) -> None:
        """Begin with the run.

        Args:
            task: Name of the job's function.
            device: Where the model runs, for example ``cuda:1``.
        """
        self._speaks = task == TASK
        self._device = device.partition(":")[0]
        self._started = time.monotonic()
        self._counted: dict[str, Any] | None = None
        self._has_spoken = False

    def count_progress(self, progress: dict[str, Any]) -> Counts:
        """Return what has been added since the last progress that was counted."""
        if self._counted is None:
            self._counted = progress  # earlier runs did this much
        before = self._counted
        if not self._speaks or progress["chunks"] == before["chunks"]:
            return {}
        self._has_spoken = True
        done = {kind.field(self._device): progress[name] - before[name] for kind, name in _MEASURES}
        if before["chunks"]:
            return done
        return {**done, **FIRST_CHUNK_SECONDS.observe(time.monotonic() - self._started)}

    def mark_counted(self, progress: dict[str, Any]) -> None:
        """Note that Redis has counted everything up to `progress`."""
        self._counted = progress

    def count_result(self, result: dict[str, Any]) -> Counts:
        """Return what a finished job adds: its speed, if this run has spoken anything."""
        return REAL_TIME_FACTOR.observe(result["real_time_factor"]) if self._has_spoken else {}
