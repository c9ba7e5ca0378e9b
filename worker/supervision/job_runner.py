"""One job on one horse, from the order to its last line in the books."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis

from jobs.assembly import ASSEMBLY_TASK
from jobs.errors import InvalidRequest, JobTimeout, JournalBusy, PoisonedJob
from jobs.queue.job_record import TASK
from jobs.queue.trace import read_trace
from worker.logs import log_facts
from worker.metrics.counters import (
    AUDIO_SECONDS,
    CHARACTERS,
    CHUNKS,
    FIRST_CHUNK_SECONDS,
    MODEL_PROCESS_RESTARTS,
    REAL_TIME_FACTOR,
    SPEAKING_SECONDS,
    Increments,
)
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import Heartbeat
from worker.supervision.job_store import HeldJob, JobStore
from worker.supervision.model_process import ChannelClosed, ModelProcess

_MEASURES = (
    (CHUNKS, "chunks"),
    (CHARACTERS, "characters"),
    (AUDIO_SECONDS, "audio_seconds"),
    (SPEAKING_SECONDS, "processing_seconds"),
)
"""Counters, and the fields of the progress that they follow."""


class JobCounters:
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


KILL_GRACE_SECONDS = 4.0
"""From the timeout raised in Python to the kill; native code that hangs never hears the first."""


class JobLimits:
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


TICK_SECONDS = 0.25
"""How often a running job is checked for a forced cancel and its limits."""

RETRY_PAUSE_SECONDS = 1.0
"""Rest after an error that may pass, so that a full disk has a moment to recover."""

MAX_DEATHS = 3
"""Horses that may die on one job without one new chunk before the job counts as poison."""

log = logging.getLogger(__name__)


class JobRunner:
    """Minds one job while the horse works on it; used once."""

    def __init__(
        self,
        job: HeldJob,
        model_process: ModelProcess,
        store: JobStore,
        heartbeat: Heartbeat,
        settings: WorkerSettings,
    ) -> None:
        """Prepare to run `job`, which this worker holds, on a horse that is ready."""
        self._job = job
        self._model_process = model_process
        self._store = store
        self._heartbeat = heartbeat
        # Making way where one cannot take the urgent job oneself would help nobody.
        self._may_yield = "interactive" in settings.queue_names
        self._has_reported = False
        self._chunks = job.chunks_at_death
        self._stop_reason = ""
        self._limits = JobLimits(
            job_seconds=job.timeout_seconds, stall_seconds=settings.stall_seconds
        )
        self._counters = JobCounters("", "")
        self.has_yielded = False
        """The job made way for an interactive one."""
        self.pause_seconds = 0.0
        """What the worker is to rest before it takes another job."""

    def run(self) -> None:
        """Carry the job through; on return it is settled, whatever happened to the horse."""
        with log_facts(job_id=self._job.job_id):
            try:
                call = self._heartbeat.insist(
                    lambda: self._store.read_call(self._job), "read the job"
                )
            except InvalidRequest as exc:
                self._fail(type(exc).__name__, str(exc))
                return
            if call is not None:
                self._run_call(*call)

    def _run_call(self, task: str, arguments: dict[str, Any]) -> None:
        # What an assembly has done is lost when it stops: making way, it might never end.
        self._may_yield &= task != ASSEMBLY_TASK
        trace = read_trace(arguments)
        with log_facts(**trace):
            log.info("job started", extra={"job_id": self._job.job_id, "queue": self._job.queue})
            self._counters = JobCounters(task, self._model_process.device)
            self._model_process.order(
                {
                    "task": task,
                    "arguments": arguments,
                    "job_id": self._job.job_id,
                    "execution_id": self._job.execution_id,
                    "trace": trace,
                }
            )
            try:
                while not self._hear(
                    self._model_process.receive(TICK_SECONDS, wake=[self._heartbeat.wake])
                ):
                    self._heartbeat.drain()
                    self._heartbeat.beat("busy")
                    if self._must_end_now():
                        return
            except ChannelClosed:
                self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("died_in_job"))
                self._model_process_died(self._model_process.bury())

    def _hear(self, message: dict[str, Any] | None) -> bool:
        """Act on a message; True when it was the last one of this job."""
        if message is None:
            return False
        match message["event"]:
            case "progress":
                self._model_process.send({"stop": self._checkpoint(message["progress"])})
                return False
            case "confirm":
                held = self._heartbeat.insist(
                    lambda: self._store.is_held(self._job), "confirm a job"
                )
                self._model_process.send({"live": bool(held)})
                return False
            case "finished":
                self._finish(message["result"])
            case "stopped":
                self._stop()
            case "failed":
                self._failed(message["name"], message["message"], retryable=message["retryable"])
        return True

    def _checkpoint(self, progress: dict[str, Any]) -> str | None:
        """Publish a chunk's progress; return why the horse is to stop, or None to go on."""
        # A job that has just begun, or begun again, gets one chunk done before it makes way.
        # One whose chunks are all done only has its file to write.
        has_chunks_left = progress["characters"] < progress["characters_total"]
        may_yield = self._may_yield and self._has_reported and has_chunks_left
        self._has_reported = True
        self._chunks = progress["chunks"]
        self._limits.restart_chunk()
        counts = self._counters.count_progress(progress)
        try:
            verdict = self._store.checkpoint(
                self._job, progress, may_yield=may_yield, counts=counts
            )
        except redis.exceptions.RedisError as exc:
            log.warning("progress not delivered, the job goes on: %s", exc)
            return "yield" if self._heartbeat.stop_signals else None
        self._counters.mark_counted(progress)
        self.has_yielded = verdict.must_yield
        self._stop_reason = verdict.cancel
        if not verdict.is_held:
            log.warning("job is another worker's by now", extra={"job_id": self._job.job_id})
        if verdict.cancel:
            return "cancel"
        if verdict.must_yield or not verdict.is_held or self._heartbeat.stop_signals:
            return "yield"
        return None

    def _finish(self, result: dict[str, Any]) -> None:
        counts = self._counters.count_result(result)
        self._settle(lambda: self._store.finish(self._job, result, counts), "record a result")
        factor, chunks = result["real_time_factor"], result["chunks"]
        facts = {"job_id": self._job.job_id, "chunks": chunks, "real_time_factor": round(factor, 4)}
        log.info(
            "job finished: %.1f s of audio in %.1f s, %.2fx real time",
            result["audio_seconds"],
            result["processing_seconds"],
            1 / factor if factor else 0.0,
            extra=facts,
        )

    def _stop(self) -> None:
        if self._stop_reason:
            reason = self._stop_reason
            self._settle(lambda: self._store.cancel(self._job, reason), "record a cancel")
            log.info("job cancelled", extra={"job_id": self._job.job_id})
        else:
            self._requeue("put back at the front", "yield" if self.has_yielded else "stop")

    def _failed(self, name: str, message: str, *, retryable: bool) -> None:
        if name == JobTimeout.__name__:
            self._timed_out()
        elif name == JournalBusy.__name__:
            # A worker that was taken for dead is still at it: it will notice, and that is no fault
            # of the job. Behind the others, so that they need not wait for it.
            self._requeue("put back, its files are in use", "busy", last=True)
            self.pause_seconds = RETRY_PAUSE_SECONDS
        elif retryable and self._job.retries_left > 0:
            retries_left = self._job.retries_left - 1
            self._requeue(
                f"failed, will be tried again: {message}", "retry", retries_left=retries_left
            )
            self.pause_seconds = RETRY_PAUSE_SECONDS
        else:
            self._fail(name, message)

    def _timed_out(self) -> None:
        """The whole job had its time: it fails. A chunk that stalled counts as a death."""
        if self._limits.is_over_time:
            self._fail(
                JobTimeout.__name__,
                f"not finished after {self._job.timeout_seconds} s; its chunks are kept, "
                "`ktts retry` goes on from them",
            )
        else:
            self._model_process_died(f"made no chunk for {self._limits.stall_seconds:.0f} s")

    def _model_process_died(self, ending: str) -> None:
        log.error("model process %s", ending, extra={"job_id": self._job.job_id})
        if self._limits.is_over_time:
            self._timed_out()
            return
        deaths = 1 if self._chunks > self._job.chunks_at_death else self._job.deaths + 1
        if deaths >= MAX_DEATHS:
            self._fail(
                PoisonedJob.__name__,
                f"the model process {ending}, for the {deaths}rd time without one new chunk; "
                "the text may trigger a fault in native code",
            )
        else:
            self._requeue(
                "put back after a death", "death", deaths=deaths, chunks_at_death=self._chunks
            )

    def _requeue(self, why: str, cause: str, *, last: bool = False, **fields: int) -> None:
        self._settle(
            lambda: self._store.requeue(self._job, cause, last=last, **fields), "put a job back"
        )
        log.info("job %s", why, extra={"job_id": self._job.job_id, "chunks": self._chunks})

    def _fail(self, name: str, message: str) -> None:
        self._settle(lambda: self._store.fail(self._job, name, message), "record a failure")
        log.error("job failed: %s: %s", name, message, extra={"job_id": self._job.job_id})

    def _settle(self, step: Callable[[], str], what: str) -> None:
        if self._heartbeat.insist(step, what) == "":
            log.warning("job is another worker's by now", extra={"job_id": self._job.job_id})

    def _must_end_now(self) -> bool:
        """Kill the horse where it must not go on; True when the job is settled by that."""
        if self._heartbeat.stop_signals > 1:
            self._model_process.kill()
            self._requeue("broken off by a second stop signal", "stop")
            return True
        if request := self._forced_cancel():
            self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("forced_cancel"))
            self._model_process.kill()
            self._stop_reason = request
            self._stop()
            return True
        if self._limits.must_interrupt():
            self._model_process.interrupt()
        elif self._limits.must_kill:
            self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("hung"))
            self._model_process.kill()
            self._timed_out()
            return True
        return False

    def _forced_cancel(self) -> str:
        try:
            request = self._store.cancel_request(self._job)
        except redis.exceptions.RedisError:
            return ""  # Redis is away: the heartbeat logs it, the request is read when it is back
        return request if request.startswith("force-") else ""
