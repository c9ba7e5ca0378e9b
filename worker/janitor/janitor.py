"""Repairs what crashes leave behind: jobs of dead workers, lost jobs, stale files.

Each repair of a job is one Lua script that checks the job again, so that several janitors may run
at once. All heartbeats may look old when the janitor or Redis has just started, or Redis was away:
the janitor then waits for one lease before it takes any worker for dead.
"""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import redis
from rq.utils import now

from jobs.errors import QueueUnavailable, SpeechError
from jobs.queue import keys, lua_calls
from jobs.queue.causes import explain
from jobs.queue.connection import as_text, open_connection
from jobs.queue.old_queues import adopt_ended, adopt_waiting
from jobs.queue.outbox import settle_entries
from jobs.queue.queue import SpeechQueue
from jobs.settings import QUEUES
from jobs.telemetry.logs import set_up_logging
from jobs.telemetry.spans import Tracer, export_spans
from worker.janitor.book_rounds import BookRounds
from worker.janitor.lost_jobs import LIVE, find_lost
from worker.janitor.stale_files import (
    WorkFate,
    remove_stale_partials,
    remove_stale_parts,
    remove_stale_work,
    remove_stored_parts,
)
from worker.janitor.webhook_sender import WebhookSender
from worker.metrics.counters import RECOVERIES
from worker.metrics.exporter import push_queue_metrics, serve_metrics
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import LEASE_SECONDS
from worker.supervision.neighbours import refuse_slots

SWEEP_SECONDS = 1.0
"""From one search for dead workers to the next."""

BOOKS_SECONDS = 2.0
"""From the end of a round over the open books to the next round."""

SCAN_SECONDS = 30.0
"""From one scan of all records, work directories and the outbox to the next."""

OUTPUT_SCAN_SECONDS = 3600.0
"""From one scan of the finished files to the next; there may be very many."""

log = logging.getLogger("worker.janitor.janitor")  # __name__ is "__main__"


class Janitor:
    """Does the janitor's work, one sweep at a time."""

    def __init__(
        self, connection: redis.Redis, settings: WorkerSettings, tracer: Tracer | None = None
    ) -> None:
        """Prepare to repair the queue of `connection` and the volumes of `settings`."""
        self._connection = connection
        self._settings = settings
        self._queue = SpeechQueue(connection, settings)
        self._trust_from = time.monotonic() + LEASE_SECONDS
        self._books = BookRounds(self._queue)
        self._webhooks = WebhookSender(connection, settings, tracer=tracer)
        self._next_books = 0.0
        self._next_scan = 0.0
        self._next_output_scan = 0.0
        self._stopping = threading.Event()

    def run(self) -> None:
        """Sweep until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("janitor started")
        # Receivers that are slow hold up nothing else; a kill at any moment loses no message.
        sender = threading.Thread(target=self._webhooks.run, args=(self._stopping,), daemon=True)
        sender.start()
        while not self._stopping.is_set():
            try:
                self.sweep()
            except (redis.exceptions.RedisError, QueueUnavailable) as exc:
                cause = exc if isinstance(exc, QueueUnavailable) else explain(exc)
                log.warning("Redis is away: %s; trying again", cause)
                self._trust_from = time.monotonic() + LEASE_SECONDS
            except SpeechError as exc:
                log.warning("sweep broken off: %s; trying again", exc)
            self._stopping.wait(SWEEP_SECONDS)
        log.info("janitor stopped")

    def sweep(self) -> None:
        """Do once everything that is due.

        Raises:
            redis.exceptions.RedisError: Redis is away; or QueueUnavailable.
        """
        if self._may_trust_heartbeats():
            for job_id in self.take_back():
                log.warning("job taken back from a dead worker", extra={"job_id": job_id})
        if time.monotonic() >= self._next_books and self._books.advance():
            self._next_books = time.monotonic() + BOOKS_SECONDS
        if time.monotonic() >= self._next_scan:
            self._next_scan = time.monotonic() + SCAN_SECONDS
            self._scan()

    def _scan(self) -> None:
        for step in (
            self._restore,
            self._adopt,
            self.expire_records,
            lambda: lua_calls.recount(self._connection, is_written=True),
            self._replay,
            self._remove_stale,
        ):
            try:
                step()
            except redis.exceptions.ResponseError as exc:
                # One record that Redis fails on keeps the other steps from nothing.
                log.warning("part of the scan broken off: %s", exc)

    def _restore(self) -> None:
        for job_id in self.restore_lost():
            log.warning("job restored that was in no list", extra={"job_id": job_id})

    def _adopt(self) -> None:
        if moved := adopt_waiting(self._connection) + adopt_ended(self._connection):
            log.info("%d jobs moved from the queues' old names to ktts:...", moved)

    def _replay(self) -> None:
        for job_id in self.replay_outbox():
            log.warning("job submitted again from the outbox", extra={"job_id": job_id})

    def _remove_stale(self) -> None:
        for name in remove_stale_work(self._settings, self._decide_on_work):
            log.info("unfinished work removed: %s", name)
        if time.monotonic() >= self._next_output_scan:
            self._next_output_scan = time.monotonic() + OUTPUT_SCAN_SECONDS
            for name in remove_stale_partials(self._settings):
                log.info("unfinished file removed: %s", name)
            for name in remove_stale_parts(self._settings, self._books.find_wanted()):
                log.info("old part of a book removed: %s", name)
            for name in remove_stored_parts(self._settings, self._books.find_wanted()):
                log.info("old part of a book removed from the object store: %s", name)

    def take_back(self) -> Iterator[str]:
        """Put the jobs of dead workers back at the front of their queues; this costs no retry."""
        for job_field, worker_field in self._connection.hgetall(keys.HELD).items():
            job_id, worker_name = as_text(job_field), as_text(worker_field)
            if self._connection.exists(keys.worker(worker_name)):
                continue
            call = lua_calls.settle(
                job_id,
                worker_name,
                "queued",
                lifetime_seconds=self._settings.failure_ttl_seconds,
                counts={RECOVERIES.field("taken_back"): 1},
                owner=self._owner_of(job_id),
            )
            if self._run(call, job_id):
                yield job_id

    def restore_lost(self) -> Iterator[str]:
        """Put back queued or started jobs that are in no queue and held by no worker."""
        for job_id in find_lost(self._connection):
            call = lua_calls.restore(
                job_id, counter=RECOVERIES.field("restored"), owner=self._owner_of(job_id)
            )
            if self._run(call, job_id):
                yield job_id

    def replay_outbox(self) -> Iterator[str]:
        """Submit the entries of the outbox again whose jobs Redis has lost."""
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
        """Remove expired jobs from the registries and dead workers from the sets of workers."""
        moment = int(now().timestamp())
        for name in QUEUES:
            for registry in (keys.finished, keys.failed, keys.cancelled):
                self._connection.zremrangebyscore(registry(name), "-inf", moment)
        for worker_key in self._connection.smembers(keys.WORKERS):
            if not self._connection.exists(as_text(worker_key)):
                self._connection.srem(keys.WORKERS, worker_key)
                for name in QUEUES:
                    self._connection.srem(keys.workers_of(name), worker_key)

    def _owner_of(self, job_id: str) -> str:
        return lua_calls.read_owners(self._connection, [job_id])[0]

    def _run(self, call: lua_calls.ScriptCall, job_id: str) -> bool:
        """Run a script on one job; a record that it fails on keeps no other job waiting."""
        try:
            return bool(call.run(self._connection))
        except redis.exceptions.ResponseError as exc:
            log.warning("job skipped: %s", exc, extra={"job_id": job_id})
            return False

    def _may_trust_heartbeats(self) -> bool:
        uptime_seconds = self._connection.info("server")["uptime_in_seconds"]
        return time.monotonic() >= self._trust_from and uptime_seconds > LEASE_SECONDS

    def _decide_on_work(self, job_id: str) -> WorkFate:
        status, cancel = map(
            as_text,
            (value or "" for value in self._connection.hmget(keys.job(job_id), "status", "cancel")),
        )
        if status in LIVE:
            return WorkFate.KEEP
        if status == "canceled" and cancel.endswith("drop"):
            return WorkFate.REMOVE
        return WorkFate.REMOVE_WHEN_OLD

    def _has_ended(self, job_id: str) -> bool:
        status = self._connection.hget(keys.job(job_id), "status")
        return status is not None and as_text(status) not in LIVE

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
        with (
            serve_metrics(settings, settings.metrics_listen),
            push_queue_metrics(settings),
            export_spans("ktts-janitor") as tracer,
        ):
            connection = open_connection(settings.redis_url, attempts=1)
            refuse_slots(connection)
            Janitor(connection, settings, tracer).run()
    except SpeechError as exc:
        print(f"ktts janitor: {exc}", file=sys.stderr)  # noqa: T201 - the process edge
        return exc.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
