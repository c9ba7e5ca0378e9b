"""A worker's heartbeat in Redis, its stop signals, and its retries while Redis is away."""

import contextlib
import logging
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

import redis
from rq.utils import now, utcformat
from rq.worker import Worker

from jobs.queue import keys, lua_calls
from jobs.queue.causes import explain

HEARTBEAT_SECONDS = 2.0
"""From one heartbeat to the next."""

LEASE_SECONDS = 8
"""How long one heartbeat counts; after that the worker counts as dead and loses its job."""

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 2.0
"""Shortest and longest pause between two attempts while Redis is away."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Heartbeat:
    """Heartbeats, stop signals and retries of one worker, all in its only thread."""

    def __init__(
        self,
        connection: redis.Redis,
        record: Worker,
        describe: Callable[[], Mapping[str, str | int]] = dict,
    ) -> None:
        """Send the heartbeats of the worker that `record` describes.

        Args:
            connection: Connection to the queue's server.
            record: RQ's own description of the worker.
            describe: Returns further fields of the record; called for each heartbeat.
        """
        self._connection = connection
        self._record = record
        self._queues = tuple(map(keys.short_name, record.queue_names()))
        self._describe = describe
        self._next_beat = 0.0
        self._state = "starting"
        self._uncounted: Counter[str] = Counter()
        self.stop_signals = 0
        """SIGTERM and SIGINT received: 1 means "stop after the chunk", 2 means "stop now"."""
        self.wake, self._waker = socket.socketpair()
        """Readable after a signal, so that a signal ends every wait."""
        self._waker.setblocking(False)

    def note_stop(self) -> None:
        """Count a stop signal and end the current wait."""
        self.stop_signals += 1
        with contextlib.suppress(OSError):  # the socket is full or closed: nobody waits
            self._waker.send(b"!")

    def beat(self, state: str | None = None) -> None:
        """Send a heartbeat if one is due or the state changes; a Redis that is away is logged.

        The lease outlasts three heartbeats, so that the next one makes up for one that fails.
        """
        moment = time.monotonic()
        if state in {None, self._state} and moment < self._next_beat:
            return
        self._state = state or self._state
        self._next_beat = moment + HEARTBEAT_SECONDS
        try:
            self._send()
        except redis.exceptions.RedisError as exc:
            log.warning("heartbeat not delivered: %s", explain(exc))
            self._next_beat = moment + FIRST_RETRY_SECONDS

    def count(self, field: str) -> None:
        """Add one to a counter with the next heartbeat that Redis takes."""
        self._uncounted[field] += 1

    def insist(self, step: Callable[[], T], what: str) -> T | None:
        """Repeat `step` until Redis takes it; returns None only after a second stop signal."""
        pause_seconds = FIRST_RETRY_SECONDS
        while True:
            try:
                return step()
            except redis.exceptions.RedisError as exc:
                log.warning("cannot %s: %s; trying again", what, explain(exc))
            if self.stop_signals > 1:
                log.error("cannot %s before the second stop signal; the janitor repairs it", what)
                return None
            self.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LAST_RETRY_SECONDS)
            self.beat()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`, or until the next signal."""
        select.select([self.wake], [], [], seconds)
        self.drain()

    def drain(self) -> None:
        """Empty the wake socket; `stop_signals` keeps the count."""
        if select.select([self.wake], [], [], 0)[0]:
            self.wake.recv(64)

    def end(self) -> None:
        """Remove the worker from Redis; if Redis is away, the worker's record expires by itself."""
        try:
            with self._connection.pipeline() as pipeline:
                for field, amount in self._uncounted.items():
                    pipeline.hincrby(keys.COUNTERS, field, amount)
                pipeline.delete(self._record.key)
                for key in (keys.WORKERS, *map(keys.workers_of, self._queues)):
                    pipeline.srem(key, self._record.key)
                pipeline.execute()
        except redis.exceptions.RedisError as exc:
            log.warning("cannot sign off: %s; the record expires in %d s", exc, LEASE_SECONDS)
        self.wake.close()
        self._waker.close()

    def _send(self) -> None:
        fields = {
            **self._record.serialize(),
            **self._describe(),
            "state": self._state,
            "last_heartbeat": utcformat(now()),
        }
        lua_calls.heartbeat(
            self._record.name,
            self._queues,
            fields,
            lease_seconds=LEASE_SECONDS,
            counts=self._uncounted,
        ).run(self._connection)
        self._uncounted.clear()
