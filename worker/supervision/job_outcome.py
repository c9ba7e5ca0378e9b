"""Decides how a job ends, finished, failed, cancelled or put back, and records it in Redis."""

import logging
from collections.abc import Callable
from typing import Any

from jobs.errors import JobTimeout, JournalBusy, PoisonedJob, StoreRefused, StoreUnavailable
from jobs.queue.lua_calls import Counts
from worker.supervision.heartbeat import Heartbeat
from worker.supervision.job_limits import JobLimits
from worker.supervision.job_store import HeldJob, JobStore

RETRY_PAUSE_SECONDS = 1.0
"""Pause after an error that may pass, for example a full disk."""

MAX_DEATHS = 3
"""Model processes that may die on a job without one new chunk, before the job fails as poisoned."""

log = logging.getLogger(__name__)


class JobOutcome:
    """Records the end of one run; each step is repeated until Redis takes it."""

    def __init__(
        self, job: HeldJob, store: JobStore, heartbeat: Heartbeat, limits: JobLimits
    ) -> None:
        """Prepare to record how the run of `job` under these `limits` ends."""
        self._job = job
        self._extra = {"job_id": job.job_id}
        self._store = store
        self._heartbeat = heartbeat
        self._limits = limits
        self.chunks = job.chunks_at_death
        """Chunks of the job that are complete, as far as the supervisor knows."""
        self.cancel_request = ""
        """Why the job was asked to stop; empty if nobody has cancelled it."""
        self.has_yielded = False
        """The job was interrupted for an interactive one."""
        self.ending = ""
        """finished, failed or cancelled, or the cause why it was put back."""
        self.error = ""
        """Why the run ended before the job did, or why the job failed."""
        self.lacks_store = False
        """The object store did not take the file: no job is to be taken until it does."""
        self.pause_seconds = 0.0
        """Time to wait before the worker takes another job."""

    def finish(self, result: dict[str, Any], counts: Counts) -> None:
        """Record the result, and add `counts` to the counters."""
        self.ending = "finished"
        self._settle(lambda: self._store.finish(self._job, result, counts), "record a result")
        factor = result["real_time_factor"]
        log.info(
            "job finished: %.1f s of audio in %.1f s, %.2fx real time",
            result["audio_seconds"],
            result["processing_seconds"],
            1 / factor if factor else 0.0,
            extra={
                **self._extra,
                "chunks": result["chunks"],
                "real_time_factor": round(factor, 4),
            },
        )

    def stop(self) -> None:
        """Record that the run was stopped at a chunk: cancelled, or to be continued."""
        if self.cancel_request:
            reason = self.cancel_request
            self.ending = "cancelled"
            self._settle(lambda: self._store.cancel(self._job, reason), "record a cancel")
            log.info("job cancelled", extra=self._extra)
        else:
            self.requeue("put back at the front", "yield" if self.has_yielded else "stop")

    def handle_error(self, name: str, message: str, *, retryable: bool) -> None:
        """Record an error of the model process: try the job again or let it fail."""
        self.lacks_store = name in {StoreUnavailable.__name__, StoreRefused.__name__}
        if name == JobTimeout.__name__:
            self.time_out()
        elif name == JournalBusy.__name__:
            # A worker that counts as dead still writes the job's journal. The job did nothing wrong
            # and goes to the back of its queue, so that the jobs behind it need not wait.
            self.requeue("put back, its files are in use", "busy", last=True)
            self.pause_seconds = RETRY_PAUSE_SECONDS
        elif name == StoreUnavailable.__name__:
            # The file lies here complete; the job did nothing wrong, and it costs no retry.
            self.requeue(f"put back: {message}", "store")
            self.pause_seconds = RETRY_PAUSE_SECONDS
        elif retryable and self._job.retries_left > 0:
            retries_left = self._job.retries_left - 1
            why = f"failed, will be tried again: {message}"
            self.requeue(why, "retry", retries_left=retries_left)
            self.pause_seconds = RETRY_PAUSE_SECONDS
        else:
            self.fail(name, message)

    def time_out(self) -> None:
        """Fail a job that took too long as a whole; a stalled chunk counts as a death instead."""
        if self._limits.is_over_time:
            self.fail(
                JobTimeout.__name__,
                f"not finished after {self._job.timeout_seconds} s; its chunks are kept, "
                "`ktts retry` goes on from them",
            )
        else:
            self.handle_death(f"made no chunk for {self._limits.stall_seconds:.0f} s")

    def handle_death(self, ending: str) -> None:
        """Put the job back after the model process died, unless it died too often."""
        log.error("model process %s", ending, extra=self._extra)
        if self._limits.is_over_time:
            self.time_out()
            return
        deaths = 1 if self.chunks > self._job.chunks_at_death else self._job.deaths + 1
        if deaths >= MAX_DEATHS:
            self.fail(
                PoisonedJob.__name__,
                f"the model process {ending}, for the {deaths}rd time without one new chunk; "
                "the text may trigger a fault in native code",
            )
        else:
            self.requeue(
                "put back after a death", "death", deaths=deaths, chunks_at_death=self.chunks
            )

    def requeue(self, why: str, cause: str, *, last: bool = False, **fields: int) -> None:
        """Put the job back into its queue; `why` is logged and `cause` counted."""
        self.ending, self.error = cause, why if cause in {"retry", "death"} else ""
        self._settle(
            lambda: self._store.requeue(self._job, cause, last=last, **fields), "put a job back"
        )
        log.info("job %s", why, extra={**self._extra, "chunks": self.chunks})

    def fail(self, name: str, message: str) -> None:
        """Record that the job failed for good."""
        self.ending, self.error = "failed", f"{name}: {message}"
        self._settle(lambda: self._store.fail(self._job, name, message), "record a failure")
        log.error("job failed: %s: %s", name, message, extra=self._extra)

    def log_lost(self) -> None:
        """Log that the job was taken from this worker."""
        log.warning("another worker holds this job by now", extra=self._extra)

    def _settle(self, step: Callable[[], str], what: str) -> None:
        if self._heartbeat.insist(step, what) == "":
            self.log_lost()
