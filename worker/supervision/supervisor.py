"""The parent of a worker: takes jobs, keeps the books, minds the horse. Never imports torch.

Everything happens in one thread. While the horse works, the parent beats its heart, answers the
horse at chunk boundaries, watches the clock and hears signals. A job is only taken when a horse is
ready for it; whatever becomes of the horse, the parent lives on and gets another.

RQ's own loop is not used: it dies of a Redis that is away for a moment, forks for every job, and
loses jobs on two or more queues. What is kept is RQ's data: its job hashes, lists, registries and
worker records, so that ``rq info`` tells the truth.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from types import FrameType
from typing import Any

import redis
from rq.utils import now
from rq.worker import Worker

from jobs.errors import StartupError
from worker.logs import log_facts
from worker.metrics.counters import MODEL_PROCESS_RESTARTS
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import HEARTBEAT_SECONDS, Heartbeat
from worker.supervision.job_runner import TICK_SECONDS, JobRunner
from worker.supervision.job_store import HeldJob, JobStore, claim_card
from worker.supervision.model_process import ChannelClosed, ModelProcess

MAX_FAILED_STARTS = 3
"""Horses that may die in a row while loading before the worker gives up."""

BELL_SECONDS = 1.0
"""Longest wait for the bell; also the longest that an idle worker takes to hear a signal."""

log = logging.getLogger(__name__)


class Supervisor:
    """One worker: a loop over jobs, and the horse that does them."""

    def __init__(self, connection: redis.Redis, settings: WorkerSettings) -> None:
        """Prepare to serve the queues of `settings`; nothing is started yet."""
        self._connection = connection
        self._settings = settings
        record = Worker(
            list(settings.queue_names),
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
        self._card = ""
        self._rotate = True

    def run(self, *, burst: bool = False) -> None:
        """Serve until told to stop or, with `burst`, until nothing waits.

        Raises:
            StartupError: no horse can be made ready.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear_signal)
        with log_facts(worker=self.name):
            self._serve(burst=burst)

    def _serve(self, *, burst: bool) -> None:
        try:
            while not self._heartbeat.stop_signals:
                model_process = self._ready_model_process()
                if model_process is None:
                    break
                job = self._take()
                if job is not None:
                    self._do(job, model_process)
                elif burst:
                    break
                else:
                    self._wait()
        except StartupError as exc:
            self._pause(exc)
            raise
        finally:
            if self._model_process is not None:
                self._model_process.kill()
            self._heartbeat.end()
        log.info("worker stopped")

    def _pause(self, reason: StartupError) -> None:
        """Say why the worker ends, and wait where whoever starts it again would do so at once."""
        end = time.monotonic() + self._settings.refusal_pause_seconds
        if self._settings.refusal_pause_seconds:
            log.error("%s; ending in %g s", reason, self._settings.refusal_pause_seconds)
        while not self._heartbeat.stop_signals and (left := end - time.monotonic()) > 0:
            self._heartbeat.beat("starting")
            self._heartbeat.sleep(min(left, HEARTBEAT_SECONDS))

    def _do(self, job: HeldJob, model_process: ModelProcess) -> None:
        runner = JobRunner(job, model_process, self._store, self._heartbeat, self._settings)
        runner.run()
        # Whoever has just made way for somebody must not be offered the same job by rotation.
        self._rotate = not runner.has_yielded
        if runner.pause_seconds:
            self._heartbeat.sleep(runner.pause_seconds)

    def _take(self) -> HeldJob | None:
        """Take a job; None where nothing waits or Redis is away."""
        self._heartbeat.beat("idle")
        try:
            job = self._store.take(self._settings.queue_names, rotate=self._rotate)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot look for jobs: %s; trying again", exc)
            return None
        self._rotate = True
        return job

    def _wait(self) -> None:
        """Rest until somebody rings, but not for long."""
        try:
            self._store.wait_for_bell(BELL_SECONDS)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot wait for jobs: %s; trying again", exc)
            self._heartbeat.sleep(BELL_SECONDS)

    def _ready_model_process(self) -> ModelProcess | None:
        """Return a horse that waits for work, or None when told to stop meanwhile.

        Raises:
            StartupError: the engine refuses to load, or horse after horse dies of it.
        """
        failed_starts = 0
        while not self._heartbeat.stop_signals:
            model_process = self._model_process = self._replace_spent(self._model_process)
            try:
                if self._is_ready(model_process):
                    return model_process
            except ChannelClosed:
                ending = model_process.bury()
                if model_process.jobs_done or model_process.is_ready:
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

    def _is_ready(self, model_process: ModelProcess) -> bool:
        """Wait for a horse that loads or releases memory; beats the heart meanwhile.

        Raises:
            ChannelClosed: the horse has died, be it while it waited for work.
            StartupError: the engine refuses to load.
        """
        if model_process.is_ready:
            model_process.receive(0)
        while not model_process.is_ready and not self._heartbeat.stop_signals:
            # After a job it is the same work that comes to its end; a beat less for each job.
            self._heartbeat.beat("busy" if model_process.jobs_done else "starting")
            message = model_process.receive(TICK_SECONDS, wake=[self._heartbeat.wake])
            self._heartbeat.drain()
            if message is not None:
                self._hear_loading(model_process, message)
        return model_process.is_ready

    def _hear_loading(self, model_process: ModelProcess, message: dict[str, Any]) -> None:
        """Act on what a horse says before it is ready.

        Raises:
            StartupError: the engine refuses to load.
        """
        match message["event"]:
            case "refused":
                raise StartupError(message["message"])
            case "cards":
                card = self._heartbeat.insist(
                    lambda: claim_card(self._connection, self.name, message["cards"]),
                    "claim a card",
                )
                if card is not None:
                    self._card = card
                    model_process.send({"card": card})
            case "ready":
                if not model_process.device.startswith("cuda"):
                    self._card = ""  # each one failed
                log.info("worker %s is ready on %s", self.name, model_process.device)

    def _replace_spent(self, model_process: ModelProcess | None) -> ModelProcess:
        """Return a horse that may work: the same, or a new one where that is gone or used up."""
        if model_process is None or model_process.is_buried:
            return ModelProcess(self._settings, self.name)
        if model_process.is_suspect:
            cause, reason = "broken_off", "a job was broken off in it"
        elif self._settings.recycle_jobs and model_process.jobs_done >= self._settings.recycle_jobs:
            cause, reason = "job_limit", f"it has done {model_process.jobs_done} jobs"
        elif model_process.is_ready and model_process.host_bytes > self._settings.recycle_bytes:
            cause, reason = "memory_limit", f"it holds {model_process.host_bytes >> 20} MiB"
        else:
            return model_process
        log.info("replacing the model process: %s", reason)
        self._heartbeat.count(MODEL_PROCESS_RESTARTS.field(cause))
        model_process.kill()
        return ModelProcess(self._settings, self.name)

    def _describe(self) -> dict[str, str | int]:
        """Return what the worker's record says beside its state."""
        model_process = self._model_process
        return {
            "card": self._card,
            "device": model_process.device if model_process else "",
            "host_bytes": model_process.measure_bytes() if model_process else 0,
            "accelerator_bytes": model_process.accelerator_bytes if model_process else 0,
        }

    def _hear_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._heartbeat.hear_stop()
