"""Runs one job on the model process and records the outcome."""

import logging
from typing import Any

import redis

from jobs.assembly import ASSEMBLY_TASK
from jobs.errors import InvalidRequest
from jobs.telemetry.logs import log_context
from jobs.telemetry.spans import Tracer
from jobs.telemetry.trace import read_trace
from worker.metrics.counters import MODEL_PROCESS_RESTARTS
from worker.settings import WorkerSettings
from worker.supervision.channel import ChannelClosed
from worker.supervision.heartbeat import Heartbeat
from worker.supervision.job_counters import JobCounters
from worker.supervision.job_limits import JobLimits
from worker.supervision.job_outcome import JobOutcome
from worker.supervision.job_spans import JobSpans
from worker.supervision.job_store import HeldJob, JobOrigin, JobStore
from worker.supervision.model_process import ModelProcess
from worker.volume import MountWatch

TICK_SECONDS = 0.25
"""How often a running job's limits and a forced cancel are checked."""

log = logging.getLogger(__name__)


class JobRunner:
    """Supervises one job while the model process works on it; used once."""

    def __init__(
        self,
        job: HeldJob,
        model_process: ModelProcess,
        store: JobStore,
        heartbeat: Heartbeat,
        settings: WorkerSettings,
        *,
        mounts: MountWatch,
        tracer: Tracer | None = None,
    ) -> None:
        """Prepare to run `job`, which this worker holds, on a model process that is ready."""
        self._job = job
        self._model_process = model_process
        self._store = store
        self._heartbeat = heartbeat
        # A worker that cannot take the interactive job gains nothing by yielding to it.
        self._may_yield = "interactive" in settings.queue_names
        self._has_reported = False
        self._mounts = mounts
        self._traces = tracer is not None
        self._spans = JobSpans(tracer)
        self._limits = JobLimits(
            job_seconds=job.timeout_seconds, stall_seconds=settings.stall_seconds
        )
        self._counters = JobCounters("", "")
        self.outcome = JobOutcome(job, store, heartbeat, self._limits)

    def run(self) -> None:
        """Run the job; on return it is settled, even if the model process has died."""
        with log_context(job_id=self._job.job_id):
            try:
                call = self._heartbeat.insist(
                    lambda: self._store.read_call(self._job), "read the job"
                )
            except InvalidRequest as exc:
                self.outcome.fail(type(exc).__name__, str(exc))
                return
            if call is not None:
                self._run_call(*call)

    def _run_call(self, task: str, arguments: dict[str, Any]) -> None:
        # An assembly starts again from nothing after an interruption: yielding, it might never end.
        self._may_yield &= task != ASSEMBLY_TASK
        trace = read_trace(arguments)
        with log_context(**trace):
            log.info("job started", extra={"job_id": self._job.job_id, "queue": self._job.queue})
            if self._traces:
                self._spans.begin(self._job, self._read_origin(), task, trace)
            self._counters = JobCounters(task, self._model_process.device)
            self._model_process.start_job(
                {
                    "task": task,
                    "arguments": arguments,
                    "job_id": self._job.job_id,
                    "execution_id": self._job.execution_id,
                    "trace": trace,
                }
            )
            try:
                while not self._handle(
                    self._model_process.receive(TICK_SECONDS, wake=[self._heartbeat.wake])
                ):
                    self._heartbeat.drain()
                    self._heartbeat.beat("busy")
                    if self._must_end_now():
                        return
            except ChannelClosed:
                self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("died_in_job"))
                self.outcome.handle_death(self._model_process.await_exit())
            finally:
                self._spans.end(self.outcome)

    def _read_origin(self) -> JobOrigin:
        try:
            return self._store.read_origin(self._job)
        except redis.exceptions.RedisError:
            return JobOrigin()  # no job waits for its telemetry

    def _handle(self, message: dict[str, Any] | None) -> bool:
        """Act on a message of the model process; return True if it was this job's last one."""
        if message is None:
            return False
        match message["event"]:
            case "progress":
                self._spans.see_progress(message["progress"])
                self._model_process.send({"stop": self._checkpoint(message["progress"])})
                return False
            case "confirm":
                held = self._heartbeat.insist(
                    lambda: self._store.is_held(self._job), "confirm a job"
                )
                # A file that is put into a mount point is hidden when its volume comes back.
                self._model_process.send({"live": bool(held) and not self._mounts.find_gone()})
                return False
            case "finished":
                result = message["result"]
                self.outcome.finish(result, self._counters.count_result(result))
            case "stopped":
                self.outcome.stop()
            case "failed":
                self.outcome.handle_error(
                    message["name"], message["message"], retryable=message["retryable"]
                )
        return True

    def _checkpoint(self, progress: dict[str, Any]) -> str | None:
        """Publish a chunk's progress; return "cancel" or "yield" to stop the job there, or None."""
        # A job completes at least one chunk before it yields, or two workers could pass it to and
        # fro. A job whose chunks are all done has only its file to write and does not yield.
        has_chunks_left = progress["characters"] < progress["characters_total"]
        may_yield = self._may_yield and self._has_reported and has_chunks_left
        self._has_reported = True
        self.outcome.chunks = progress["chunks"]
        self._limits.restart_chunk()
        counts = self._counters.count_progress(progress)
        try:
            answer = self._store.checkpoint(self._job, progress, may_yield=may_yield, counts=counts)
        except redis.exceptions.RedisError as exc:
            log.warning("progress not delivered, the job goes on: %s", exc)
            return "yield" if self._heartbeat.stop_signals else None
        self._counters.mark_counted(progress)
        self.outcome.has_yielded = answer.must_yield
        self.outcome.cancel_request = answer.cancel
        if not answer.is_held:
            self.outcome.log_lost()
        if answer.cancel:
            return "cancel"
        if gone := self._mounts.find_gone():
            log.warning("%s; the job waits for it", gone, extra={"job_id": self._job.job_id})
            return "yield"
        if answer.must_yield or not answer.is_held or self._heartbeat.stop_signals:
            return "yield"
        return None

    def _must_end_now(self) -> bool:
        """Kill or interrupt the model process if it must; return True if that settled the job."""
        if self._heartbeat.stop_signals > 1:
            self._model_process.kill()
            self.outcome.requeue("broken off by a second stop signal", "stop")
            return True
        if request := self._read_forced_cancel():
            self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("forced_cancel"))
            self._model_process.kill()
            self.outcome.cancel_request = request
            self.outcome.stop()
            return True
        if self._limits.must_interrupt():
            self._model_process.interrupt()
        elif self._limits.must_kill:
            self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("hung"))
            self._model_process.kill()
            self.outcome.time_out()
            return True
        return False

    def _read_forced_cancel(self) -> str:
        try:
            request = self._store.cancel_request(self._job)
        except redis.exceptions.RedisError:
            return ""  # the heartbeat logs that Redis is away; the request is read again
        return request if request.startswith("force-") else ""
