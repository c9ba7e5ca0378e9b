"""The spans of one run of a job: the job, its wait in the queue, its chunks, and its file.

All are made by the supervisor, from what the model process reports anyway.
"""

import time
from typing import Any

from jobs.telemetry.spans import Attributes, Span, Tracer
from worker.supervision.job_outcome import JobOutcome
from worker.supervision.job_store import HeldJob, JobOrigin

BATCH_SECONDS = 10.0
"""Chunks that end within so long of each other's beginning share a span."""


class JobSpans:
    """Follows one run; without a tracer it does nothing."""

    def __init__(self, tracer: Tracer | None) -> None:
        """Prepare to make the spans with `tracer`."""
        self._tracer = tracer
        self._job: Span | None = None
        self._batch_began = self._last_report = 0.0
        self._batch: dict[str, Any] = {}
        self._progress: dict[str, Any] = {}

    def begin(self, job: HeldJob, origin: JobOrigin, task: str, labels: dict[str, str]) -> None:
        """Begin with the run.

        A first run is a child of the producer's span and begins with the wait; a later one is a
        trace of its own that is linked with the producer's.
        """
        if self._tracer is None:
            return
        now = time.time()
        producer = labels.get("traceparent") or origin.traceparent
        waited_since = now if origin.is_retry else min(origin.enqueued_seconds or now, now)
        self._job = self._tracer.start(
            "job",
            kind="CONSUMER",
            parent="" if origin.is_retry else producer,
            link=producer if origin.is_retry else "",
            at_seconds=waited_since,
            attributes={
                "ktts.job_id": job.job_id,
                "ktts.queue": job.queue,
                "ktts.task": task.rpartition(".")[2],
                "ktts.batch_id": labels.get("batch_id", ""),
            },
        )
        if not origin.is_retry:
            self._make("wait in the queue", waited_since, now)
        self._batch_began = self._last_report = now

    def see_progress(self, progress: dict[str, Any]) -> None:
        """Note what the model process reports after each chunk."""
        if self._job is None:
            return
        if not self._batch:
            self._batch = progress  # what earlier runs have done
        has_grown = progress["chunks"] > self._progress.get("chunks", progress["chunks"])
        self._progress = progress
        if has_grown:
            self._last_report = time.time()
            if self._last_report - self._batch_began >= BATCH_SECONDS:
                self._end_batch()

    def end(self, outcome: JobOutcome) -> None:
        """End all with the run."""
        if self._job is None:
            return
        self._end_batch()
        if outcome.ending == "finished":
            self._make("write the file", self._last_report, time.time())
        told = {"ktts.ending": outcome.ending, "ktts.chunks": self._progress.get("chunks", 0)}
        self._job.end(outcome.error, attributes=told)
        self._job = None

    def _end_batch(self) -> None:
        before, now = self._batch, self._progress
        if now and now["chunks"] > before["chunks"]:
            self._make(
                "speak chunks",
                self._batch_began,
                self._last_report,
                {
                    "ktts.first_chunk": before["chunks"],
                    "ktts.chunks": now["chunks"] - before["chunks"],
                    "ktts.audio_seconds": now["audio_seconds"] - before["audio_seconds"],
                },
            )
        self._batch, self._batch_began = now, self._last_report

    def _make(
        self, name: str, began: float, ended: float, attributes: Attributes | None = None
    ) -> None:
        if self._tracer is not None and self._job is not None:
            parent = self._job.traceparent
            span = self._tracer.start(name, parent=parent, at_seconds=began, attributes=attributes)
            span.end(at_seconds=ended)
