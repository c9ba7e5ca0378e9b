"""What one run of a job adds to the counters: each chunk that it speaks, once."""

from __future__ import annotations

import time
from typing import Any

from jobs.queue.job_record import TASK
from worker.metrics.counters import (
    AUDIO_SECONDS,
    CHARACTERS,
    CHUNKS,
    FIRST_CHUNK_SECONDS,
    REAL_TIME_FACTOR,
    SPEAKING_SECONDS,
    Increments,
)

_MEASURES = (
    (CHUNKS, "chunks"),
    (CHARACTERS, "characters"),
    (AUDIO_SECONDS, "audio_seconds"),
    (SPEAKING_SECONDS, "processing_seconds"),
)
"""Counters, and the fields of the progress that they follow."""


class Tally:
    """Counts from what the horse reports; a job that speaks nothing counts nothing."""

    def __init__(self, task: str, device: str) -> None:
        """Begin with the run.

        Args:
            task: The function that the job names.
            device: Where the model runs, for example ``cuda:1``.
        """
        self._speaks = task == TASK
        self._device = device.partition(":")[0]
        self._started = time.monotonic()
        self._counted: dict[str, Any] | None = None
        self._has_spoken = False

    def count_progress(self, progress: dict[str, Any]) -> Increments:
        """Return what has come since the last progress that was counted."""
        if self._counted is None:
            self._counted = progress  # what earlier runs had done
        before = self._counted
        if not self._speaks or progress["chunks"] == before["chunks"]:
            return {}
        self._has_spoken = True
        done = {kind.field(self._device): progress[name] - before[name] for kind, name in _MEASURES}
        if before["chunks"]:
            return done
        return {**done, **FIRST_CHUNK_SECONDS.observe(time.monotonic() - self._started)}

    def mark_counted(self, progress: dict[str, Any]) -> None:
        """Count from here on: Redis has taken all before."""
        self._counted = progress

    def count_result(self, result: dict[str, Any]) -> Increments:
        """Return what a finished job adds; nothing where all of it was there before."""
        return REAL_TIME_FACTOR.observe(result["real_time_factor"]) if self._has_spoken else {}
