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
from worker.metrics.counters import HORSE_RESTARTS
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import HEARTBEAT_SECONDS, Pulse
from worker.supervision.job_runner import TICK_SECONDS, Errand
from worker.supervision.job_store import HeldJob, Ledger, claim_card
from worker.supervision.model_process import ChannelClosed, Reins

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
        self._ledger = Ledger(connection, record.name, settings)
        self._pulse = Pulse(connection, record, self._describe)
        self._reins: Reins | None = None
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
            while not self._pulse.stop_signals:
                reins = self._ready_horse()
                if reins is None:
                    break
                job = self._take()
                if job is not None:
                    self._do(job, reins)
                elif burst:
                    break
                else:
                    self._wait()
        except StartupError as exc:
            self._pause(exc)
            raise
        finally:
            if self._reins is not None:
                self._reins.kill()
            self._pulse.end()
        log.info("worker stopped")

    def _pause(self, reason: StartupError) -> None:
        """Say why the worker ends, and wait where whoever starts it again would do so at once."""
        end = time.monotonic() + self._settings.refusal_pause_seconds
        if self._settings.refusal_pause_seconds:
            log.error("%s; ending in %g s", reason, self._settings.refusal_pause_seconds)
        while not self._pulse.stop_signals and (left := end - time.monotonic()) > 0:
            self._pulse.beat("starting")
            self._pulse.sleep(min(left, HEARTBEAT_SECONDS))

    def _do(self, job: HeldJob, reins: Reins) -> None:
        errand = Errand(job, reins, self._ledger, self._pulse, self._settings)
        errand.run()
        # Whoever has just made way for somebody must not be offered the same job by rotation.
        self._rotate = not errand.has_yielded
        if errand.pause_seconds:
            self._pulse.sleep(errand.pause_seconds)

    def _take(self) -> HeldJob | None:
        """Take a job; None where nothing waits or Redis is away."""
        self._pulse.beat("idle")
        try:
            job = self._ledger.take(self._settings.queue_names, rotate=self._rotate)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot look for jobs: %s; trying again", exc)
            return None
        self._rotate = True
        return job

    def _wait(self) -> None:
        """Rest until somebody rings, but not for long."""
        try:
            self._ledger.wait_for_bell(BELL_SECONDS)
        except redis.exceptions.RedisError as exc:
            log.warning("cannot wait for jobs: %s; trying again", exc)
            self._pulse.sleep(BELL_SECONDS)

    def _ready_horse(self) -> Reins | None:
        """Return a horse that waits for work, or None when told to stop meanwhile.

        Raises:
            StartupError: the engine refuses to load, or horse after horse dies of it.
        """
        failed_starts = 0
        while not self._pulse.stop_signals:
            reins = self._reins = self._replace_spent(self._reins)
            try:
                if self._is_ready(reins):
                    return reins
            except ChannelClosed:
                ending = reins.bury()
                if reins.jobs_done or reins.is_ready:
                    self._pulse.count(HORSE_RESTARTS.field("died_waiting"))
                    log.warning("model process %s while it waited; starting another", ending)
                    continue
                self._pulse.count(HORSE_RESTARTS.field("died_loading"))
                failed_starts += 1
                log.error("model process %s while loading", ending)
                if failed_starts == MAX_FAILED_STARTS:
                    raise StartupError(
                        f"the model process {ending} while loading, {failed_starts} times in a "
                        "row; `ktts doctor` examines device, model and memory"
                    ) from None
        return None

    def _is_ready(self, reins: Reins) -> bool:
        """Wait for a horse that loads or releases memory; beats the heart meanwhile.

        Raises:
            ChannelClosed: the horse has died, be it while it waited for work.
            StartupError: the engine refuses to load.
        """
        if reins.is_ready:
            reins.receive(0)
        while not reins.is_ready and not self._pulse.stop_signals:
            # After a job it is the same work that comes to its end; a beat less for each job.
            self._pulse.beat("busy" if reins.jobs_done else "starting")
            message = reins.receive(TICK_SECONDS, wake=[self._pulse.wake])
            self._pulse.drain()
            if message is not None:
                self._hear_loading(reins, message)
        return reins.is_ready

    def _hear_loading(self, reins: Reins, message: dict[str, Any]) -> None:
        """Act on what a horse says before it is ready.

        Raises:
            StartupError: the engine refuses to load.
        """
        match message["event"]:
            case "refused":
                raise StartupError(message["message"])
            case "cards":
                card = self._pulse.insist(
                    lambda: claim_card(self._connection, self.name, message["cards"]),
                    "claim a card",
                )
                if card is not None:
                    self._card = card
                    reins.send({"card": card})
            case "ready":
                if not reins.device.startswith("cuda"):
                    self._card = ""  # each one failed
                log.info("worker %s is ready on %s", self.name, reins.device)

    def _replace_spent(self, reins: Reins | None) -> Reins:
        """Return a horse that may work: the same, or a new one where that is gone or used up."""
        if reins is None or reins.is_buried:
            return Reins(self._settings, self.name)
        if reins.is_suspect:
            cause, reason = "broken_off", "a job was broken off in it"
        elif self._settings.recycle_jobs and reins.jobs_done >= self._settings.recycle_jobs:
            cause, reason = "job_limit", f"it has done {reins.jobs_done} jobs"
        elif reins.is_ready and reins.host_bytes > self._settings.recycle_bytes:
            cause, reason = "memory_limit", f"it holds {reins.host_bytes >> 20} MiB"
        else:
            return reins
        log.info("replacing the model process: %s", reason)
        self._pulse.count(HORSE_RESTARTS.field(cause))
        reins.kill()
        return Reins(self._settings, self.name)

    def _describe(self) -> dict[str, str | int]:
        """Return what the worker's record says beside its state."""
        reins = self._reins
        return {
            "card": self._card,
            "device": reins.device if reins else "",
            "host_bytes": reins.measure_bytes() if reins else 0,
            "accelerator_bytes": reins.accelerator_bytes if reins else 0,
        }

    def _hear_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._pulse.hear_stop()
