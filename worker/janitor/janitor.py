"""Puts right what crashes leave behind: jobs of dead workers, lost entries, stale work.

Every repair is one Lua script that checks again what it acts on, so that any number of janitors may
run at once. After Redis was away, or has just started, or the janitor has, all heartbeats may look
old: the janitor then waits one lease before it calls anybody dead.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import redis
from rq.utils import now, utcformat

from jobs.errors import QueueUnavailable, SpeechError
from jobs.lua import load_script
from jobs.queue import keys
from jobs.queue.connection import as_text, open_connection
from jobs.queue.outbox import settle_entries
from jobs.queue.queue import BELL_LENGTH, SpeechQueue
from jobs.settings import QUEUES
from worker.janitor.lost_jobs import LIVE, find_lost
from worker.janitor.open_books import BookRounds
from worker.janitor.stale_files import (
    Verdict,
    remove_stale_partials,
    remove_stale_parts,
    remove_stale_work,
)
from worker.logs import set_up_logging
from worker.metrics.counters import RECOVERIES
from worker.metrics.exporter import serve_metrics
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import LEASE_SECONDS

SWEEP_SECONDS = 1.0
"""From one look for dead workers to the next."""

BOOKS_SECONDS = 2.0
"""From one round through the open books to the next."""

SCAN_SECONDS = 30.0
"""From one look through all records, work directories and the outbox to the next."""

OUTPUT_SCAN_SECONDS = 3600.0
"""From one look through all finished files to the next; there may be very many."""

log = logging.getLogger("worker.janitor.janitor")  # as a program it is "__main__"


class Janitor:
    """Repairs, one sweep at a time."""

    def __init__(self, connection: redis.Redis, settings: WorkerSettings) -> None:
        """Prepare to look after the server of `connection` and the volumes of `settings`."""
        self._connection = connection
        self._settings = settings
        self._queue = SpeechQueue(connection, settings)
        self._settle = connection.register_script(load_script("settle"))
        self._restore = connection.register_script(load_script("restore"))
        # Redis may have come back to us just now.
        self._trust_from = time.monotonic() + LEASE_SECONDS
        self._books = BookRounds(self._queue)
        self._next_books = 0.0
        self._next_scan = 0.0
        self._next_output_scan = 0.0
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sweep until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("janitor started")
        while not self._stopping.is_set():
            try:
                self.sweep()
            except (redis.exceptions.RedisError, QueueUnavailable) as exc:
                log.warning("Redis is away: %s; trying again", exc)
                self._trust_from = time.monotonic() + LEASE_SECONDS
            except SpeechError as exc:
                log.warning("sweep broken off: %s; trying again", exc)
            self._stopping.wait(SWEEP_SECONDS)
        log.info("janitor stopped")

    def sweep(self) -> None:
        """Do all that is due once.

        Raises:
            redis.exceptions.RedisError: Redis is away; or QueueUnavailable.
        """
        if self._can_judge():
            for job_id in self.take_back():
                log.warning("job taken back from a dead worker", extra={"job_id": job_id})
        if time.monotonic() >= self._next_books and self._books.advance():
            self._next_books = time.monotonic() + BOOKS_SECONDS
        if time.monotonic() >= self._next_scan:
            self._next_scan = time.monotonic() + SCAN_SECONDS
            self._scan()

    def _scan(self) -> None:
        for job_id in self.restore_lost():
            log.warning("job restored that was in no list", extra={"job_id": job_id})
        self.expire_records()
        for job_id in self.replay_outbox():
            log.warning("job submitted again from the outbox", extra={"job_id": job_id})
        for name in remove_stale_work(self._settings, self._judge_work):
            log.info("unfinished work removed: %s", name)
        if time.monotonic() >= self._next_output_scan:
            self._next_output_scan = time.monotonic() + OUTPUT_SCAN_SECONDS
            for name in remove_stale_partials(self._settings):
                log.info("unfinished file removed: %s", name)
            for name in remove_stale_parts(self._settings, self._books.find_wanted()):
                log.info("old part of a book removed: %s", name)

    def take_back(self) -> Iterator[str]:
        """Put jobs of workers without a heartbeat back at the front; no retry is spent."""
        for job_field, worker_field in self._connection.hgetall(keys.HELD).items():
            job_id, worker_name = as_text(job_field), as_text(worker_field)
            if self._connection.exists(keys.worker(worker_name)):
                continue
            if self._settle_for_dead(job_id, worker_name):
                yield job_id

    def restore_lost(self) -> Iterator[str]:
        """Put back jobs that are queued in no list, or started with no worker."""
        for job_id in find_lost(self._connection):
            restored = self._restore(
                keys=[
                    keys.job(job_id),
                    keys.HELD,
                    keys.WAITING_CHARACTERS,
                    keys.BELL,
                    keys.QUEUE_NAMES,
                    keys.COUNTERS,
                ],
                args=[job_id, BELL_LENGTH, RECOVERIES.field("restored")],
            )
            if restored:
                yield job_id

    def replay_outbox(self) -> Iterator[str]:
        """Submit again what producers promised and Redis has forgotten."""
        if self._settings.outbox_dir is None:
            return
        for entry in settle_entries(self._settings.outbox_dir, self._has_ended):
            if self._connection.exists(keys.job(entry.job_id)):
                continue
            try:
                self._queue.replay(entry)
            except SpeechError as exc:
                log.warning("outbox entry %s not submitted: %s", entry.job_id, exc)
                continue
            self._connection.hincrby(keys.COUNTERS, RECOVERIES.field("resubmitted"), 1)
            yield entry.job_id

    def expire_records(self) -> None:
        """Drop registry entries whose records have had their time."""
        moment = int(now().timestamp())
        for name in QUEUES:
            for registry in (keys.finished, keys.failed, keys.cancelled):
                self._connection.zremrangebyscore(registry(name), "-inf", moment)
        for worker_key in self._connection.smembers(keys.WORKERS):
            if not self._connection.exists(as_text(worker_key)):
                self._connection.srem(keys.WORKERS, worker_key)
                for name in QUEUES:
                    self._connection.srem(keys.workers_of(name), worker_key)

    def _can_judge(self) -> bool:
        uptime_seconds = self._connection.info("server")["uptime_in_seconds"]
        return time.monotonic() >= self._trust_from and uptime_seconds > LEASE_SECONDS

    def _judge_work(self, job_id: str) -> Verdict:
        status, cancel = map(
            as_text,
            (value or "" for value in self._connection.hmget(keys.job(job_id), "status", "cancel")),
        )
        if status in LIVE:
            return Verdict.KEEP
        if status == "canceled" and cancel.endswith("drop"):
            return Verdict.REMOVE
        return Verdict.REMOVE_WHEN_OLD

    def _has_ended(self, job_id: str) -> bool:
        status = self._connection.hget(keys.job(job_id), "status")
        return status is not None and as_text(status) not in LIVE

    def _settle_for_dead(self, job_id: str, worker_name: str) -> bool:
        moment = now()
        answer = self._settle(
            keys=[
                keys.job(job_id),
                keys.HELD,
                keys.WAITING_CHARACTERS,
                keys.BELL,
                keys.QUEUE_NAMES,
                keys.COUNTERS,
                keys.worker(worker_name),
            ],
            args=[
                job_id,
                worker_name,
                "",
                "queued",
                self._settings.failure_ttl_seconds,
                utcformat(moment),
                int(moment.timestamp()),
                BELL_LENGTH,
                json.dumps({RECOVERIES.field("taken_back"): 1}),
            ],
        )
        return bool(answer)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping.set()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one janitor; exits 0 on SIGTERM or SIGINT."""
    argparse.ArgumentParser(
        prog="ktts janitor", description="Take back the jobs of dead workers and tidy up."
    ).parse_args(argv)
    try:
        settings = WorkerSettings()
        set_up_logging(settings)
        with serve_metrics(settings.redis_url, settings.metrics_listen):
            Janitor(open_connection(settings.redis_url, attempts=1), settings).run()
    except SpeechError as exc:
        print(f"ktts janitor: {exc}", file=sys.stderr)  # noqa: T201 - the process edge
        return exc.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
