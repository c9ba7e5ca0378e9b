"""The supervisor, a worker's parent process: takes jobs and runs each on the model process.

Everything happens in one thread. While a job runs, the supervisor sends heartbeats, answers the
model process at chunk boundaries, checks the limits and notices signals. It takes a job only when a
model process is ready for it, and starts another model process when one dies. It never imports
torch.

RQ's own loop is not used: it ends when Redis is away for a moment, forks for each job, and loses
jobs on two or more queues. RQ's data is kept: its job hashes, lists, registries and worker records,
so that ``rq info`` shows the truth.
"""

import logging
import os
import signal
import socket
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

import redis
from rq.utils import now
from rq.worker import Worker

from jobs.errors import StartupError
from jobs.queue import keys, lua_calls
from jobs.queue.causes import explain
from jobs.queue.connection import as_text
from jobs.queue.overview import read_worker_keys
from jobs.telemetry.logs import log_context
from jobs.telemetry.spans import Tracer
from worker.metrics.counters import MODEL_PROCESS_RESTARTS
from worker.settings import WorkerSettings
from worker.supervision.channel import ChannelClosed
from worker.supervision.heartbeat import HEARTBEAT_SECONDS, LEASE_SECONDS, Heartbeat
from worker.supervision.job_runner import TICK_SECONDS, JobRunner
from worker.supervision.job_store import HeldJob, JobStore
from worker.supervision.model_process import ModelProcess
from worker.supervision.neighbours import find_dangers, refuse_slots
from worker.supervision.store_gate import StoreGate
from worker.supervision.trial_repeat import TrialRepeat
from worker.volume import MountWatch

MAX_FAILED_STARTS = 3
"""Model processes that may die in a row while loading before the worker ends."""

BELL_SECONDS = 1.0
"""Longest wait for the bell, and so the longest that an idle worker takes to notice a signal."""

log = logging.getLogger(__name__)


class Supervisor:
    """One worker: a loop over jobs, and the model process that runs them."""

    def __init__(
        self,
        connection: redis.Redis,
        settings: WorkerSettings,
        tracer: Tracer | None = None,
    ) -> None:
        """Prepare to serve the queues of `settings`; nothing is started yet."""
        self._tracer = tracer
        self._connection = connection
        self._settings = settings
        record = Worker(
            list(map(keys.rq_name, settings.queue_names)),
            connection=connection,
            serializer="json",
            prepare_for_work=False,
        )
        record.hostname, record.pid = socket.gethostname(), os.getpid()
        record.birth_date = record.last_heartbeat = now()
        self.name = record.name
        self._store = JobStore(connection, record.name, settings)
        self._heartbeat = Heartbeat(connection, record, self._describe)
        self._model_process: ModelProcess | None = None
        self._leased_gpu = ""
        self._rotate = True
        self._has_looked_around = False
        self._mounts = MountWatch([settings.output_dir, settings.work_dir])
        self._fault = ""
        self._is_preparing = False
        self._trial = TrialRepeat(settings)

    def run(self, *, burst: bool = False) -> None:
        """Serve until told to stop or, with `burst`, until nothing waits.

        Raises:
            StartupError: no model process gets ready.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        with log_context(worker=self.name):
            self._serve(burst=burst)

    def _serve(self, *, burst: bool) -> None:
        try:
            refuse_slots(self._connection)
            gate = StoreGate(self._settings)
            while not self._heartbeat.stop_signals:
                if not gate.is_open:
                    self._heartbeat.beat("idle")
                    self._heartbeat.sleep(BELL_SECONDS)
                    continue
                model_process = self._await_model_process()
                if model_process is None:
                    break
                job = self._take()
                if job is not None:
                    self._trial.interrupt()
                    if not self._run_job(job, model_process):
                        gate.close()
                elif burst:
                    break
                else:
                    self._trial.advance(model_process)
                    self._wait()
        except StartupError as exc:
            self._delay_exit(exc)
            raise
        finally:
            if self._model_process is not None:
                self._model_process.kill()
            self._trial.interrupt()
            self._heartbeat.end()
        log.info("worker stopped")

    def _delay_exit(self, reason: StartupError) -> None:
        """Log the reason; delay the exit so that Docker does not restart the worker immediately."""
        end = time.monotonic() + self._settings.refusal_pause_seconds
        if self._settings.refusal_pause_seconds:
            log.error("%s; ending in %g s", reason, self._settings.refusal_pause_seconds)
        while not self._heartbeat.stop_signals and (left := end - time.monotonic()) > 0:
            self._heartbeat.beat("starting")
            self._heartbeat.sleep(min(left, HEARTBEAT_SECONDS))

    def _run_job(self, job: HeldJob, model_process: ModelProcess) -> bool:
        """Run a job; return whether the object store is there for the next one."""
        runner = JobRunner(
            job,
            model_process,
            self._store,
            self._heartbeat,
            self._settings,
            mounts=self._mounts,
            tracer=self._tracer,
        )
        runner.run()
        # After yielding, rotation must not offer the worker the job that it has just put back.
        self._rotate = not runner.outcome.has_yielded
        if runner.outcome.pause_seconds:
            self._heartbeat.sleep(runner.outcome.pause_seconds)
        return not runner.outcome.lacks_store

    def _take(self) -> HeldJob | None:
        """Take a job; return None if nothing waits, or Redis or a volume is away."""
        if self._is_volume_away():
            return None
        self._heartbeat.beat("idle")
        try:
            self._look_around()
            job = self._store.take(self._settings.queue_names, rotate=self._rotate)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot look for jobs: %s; trying again", explain(exc))
            return None
        self._rotate = True
        return job

    def _is_volume_away(self) -> bool:
        """Say whether work has to wait for a file system; its record has the reason for health."""
        gone = self._mounts.find_gone()
        if gone != self._fault:
            log.warning("%s", f"{gone}; jobs wait for it" if gone else "the volume is back")
            self._fault = gone
        if gone:
            self._heartbeat.beat("idle")
            self._heartbeat.sleep(BELL_SECONDS)
        return bool(gone)

    def _look_around(self) -> None:
        """Warn once of what else lives on the server."""
        if not self._has_looked_around:
            for danger in find_dangers(self._connection, self._settings.queue_names):
                log.warning("%s", danger)
            self._has_looked_around = True

    def _wait(self) -> None:
        """Wait until a job comes, at most `BELL_SECONDS`."""
        try:
            self._store.wait_for_bell(BELL_SECONDS)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot wait for jobs: %s; trying again", explain(exc))
            self._heartbeat.sleep(BELL_SECONDS)

    def _await_model_process(self) -> ModelProcess | None:
        """Return a model process that is ready for a job, or None if told to stop meanwhile.

        Raises:
            StartupError: the engine refuses to load, or too many processes die while loading it.
        """
        failed_starts = 0
        while not self._heartbeat.stop_signals:
            process = self._model_process = self._replace_worn_out(self._model_process)
            try:
                if self._is_ready(process):
                    return process
            except ChannelClosed:
                ending = process.await_exit()
                if process.jobs_done or process.is_ready:
                    self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("died_waiting"))
                    log.warning("model process %s while it waited; starting another", ending)
                    continue
                self._heartbeat.count(MODEL_PROCESS_RESTARTS.field("died_loading"))
                failed_starts += 1
                log.error("model process %s while loading", ending)
                if failed_starts == MAX_FAILED_STARTS:
                    raise StartupError(
                        f"the model process {ending} while loading, {failed_starts} times in a "
                        "row; `ktts doctor` examines device, model and memory"
                    ) from None
        return None

    def _is_ready(self, process: ModelProcess) -> bool:
        """Wait while the process loads or releases memory; return False if told to stop meanwhile.

        Raises:
            ChannelClosed: the process has died, now or while it waited for a job.
            StartupError: the engine refuses to load.
        """
        if process.is_ready:
            process.receive(0)
        while not process.is_ready and not self._heartbeat.stop_signals:
            # Stay "busy" while releasing memory: saves one heartbeat per job.
            self._heartbeat.beat("busy" if process.jobs_done else "starting")
            message = process.receive(TICK_SECONDS, wake=[self._heartbeat.wake])
            self._heartbeat.drain()
            if message is not None:
                self._handle_start(process, message)
        return process.is_ready

    def _handle_start(self, process: ModelProcess, message: dict[str, Any]) -> None:
        """Act on a message of a process that is not ready yet.

        Raises:
            StartupError: the engine refuses to load.
        """
        match message["event"]:
            case "refused":
                raise StartupError(message["message"])
            case "cards":
                gpu = self._heartbeat.insist(
                    lambda: self._claim_card(message["cards"]), "lease a GPU"
                )
                if gpu is not None:
                    self._leased_gpu = as_text(gpu)
                    process.send({"card": self._leased_gpu})
            case "preparing":
                self._is_preparing = True
            case "ready":
                self._is_preparing = False
                if not process.device.startswith("cuda"):
                    self._leased_gpu = ""  # no GPU passed its test
                log.info("worker %s is ready on %s", self.name, process.device)

    def _claim_card(self, cards: Sequence[str]) -> Any:
        workers = read_worker_keys(self._connection)
        call = lua_calls.claim_card(self.name, cards, workers=workers, lease_seconds=LEASE_SECONDS)
        return call.run(self._connection)

    def _replace_worn_out(self, process: ModelProcess | None) -> ModelProcess:
        """Return `process`, or a new one if it has ended or must not run another job."""
        if process is None or process.has_exited:
            return ModelProcess(self._settings, self.name)
        if process.is_suspect:
            cause, reason = "broken_off", "a job was broken off in it"
        elif self._settings.recycle_jobs and process.jobs_done >= self._settings.recycle_jobs:
            cause, reason = "job_limit", f"it has done {process.jobs_done} jobs"
        elif process.is_outdated:
            cause, reason = "trial", "a trial has found faster or sounder arithmetic"
        elif process.is_ready and process.host_bytes > self._settings.recycle_bytes:
            cause, reason = "memory_limit", f"it holds {process.host_bytes >> 20} MiB"
        else:
            return process
        log.info("replacing the model process: %s", reason)
        self._heartbeat.count(MODEL_PROCESS_RESTARTS.field(cause))
        process.kill()
        return ModelProcess(self._settings, self.name)

    def _describe(self) -> dict[str, str | int]:
        """Return the fields of the worker's record that RQ does not have."""
        process = self._model_process
        return {
            "card": self._leased_gpu,
            "device": process.device if process else "",
            "host_bytes": process.measure_bytes() if process else 0,
            "accelerator_bytes": process.accelerator_bytes if process else 0,
            "fault": self._fault,
            "preparing": "1" if self._is_preparing else "",
        }

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._heartbeat.note_stop()
