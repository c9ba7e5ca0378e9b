"""A worker's sign of life in Redis, and its patience while Redis is away."""

from __future__ import annotations

import contextlib
import json
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

from jobs.lua import load_script
from jobs.queue import keys

HEARTBEAT_SECONDS = 2.0
"""How often a worker says that it lives."""

LEASE_SECONDS = 8
"""How long one heartbeat counts; a worker silent for longer is dead, and its job is taken back."""

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 2.0
"""Pauses between two attempts while Redis is away; the shortest outage costs the least."""

log = logging.getLogger(__name__)
T = TypeVar("T")
Facts = Mapping[str, str | int]


class Heartbeat:
    """Heartbeats, signals and retries of one worker process; all in its one thread."""

    def __init__(
        self, connection: redis.Redis, record: Worker, describe: Callable[[], Facts] = dict
    ) -> None:
        """Beat for the worker that `record` describes.

        Args:
            connection: To the server that is to know it.
            record: RQ's own description of the worker.
            describe: Asked at each beat what else the record is to say.
        """
        self._connection = connection
        self._record = record
        self._describe = describe
        self._script = connection.register_script(load_script("heartbeat"))
        self._next_beat = 0.0
        self._state = "starting"
        self._uncounted: Counter[str] = Counter()
        self.stop_signals = 0
        """SIGTERM and SIGINT heard so far: 1 is "finish the chunk", 2 is "now"."""
        self.wake, self._waker = socket.socketpair()
        """Readable after a signal, so that no wait outlasts one."""
        self._waker.setblocking(False)

    def hear_stop(self) -> None:
        """Count a signal and end whatever wait is going on."""
        self.stop_signals += 1
        with contextlib.suppress(OSError):  # full, or closed: nobody waits any more
            self._waker.send(b"!")

    def beat(self, state: str | None = None) -> None:
        """Say that we live if it is time, or at once if the state changes; never raises for Redis.

        A beat that fails is made up for by the next one; the lease outlasts three.
        """
        moment = time.monotonic()
        if state in {None, self._state} and moment < self._next_beat:
            return
        self._state = state or self._state
        self._next_beat = moment + HEARTBEAT_SECONDS
        try:
            self._send_beat()
        except redis.exceptions.RedisError as exc:
            log.warning("heartbeat not delivered: %s", exc)
            # A new state matters more than the rhythm: try again soon.
            self._next_beat = moment + FIRST_RETRY_SECONDS

    def count(self, field: str) -> None:
        """Add one to a counter with the next heartbeat: a server that is away is no hurry."""
        self._uncounted[field] += 1

    def insist(self, step: Callable[[], T], what: str) -> T | None:
        """Do `step` until Redis has taken it; returns None only after a second stop signal."""
        pause_seconds = FIRST_RETRY_SECONDS
        while True:
            try:
                return step()
            except redis.exceptions.RedisError as exc:
                log.warning("cannot %s: %s; trying again", what, exc)
            if self.stop_signals > 1:
                log.error("cannot %s and told to stop now; the janitor will put it right", what)
                return None
            self.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LAST_RETRY_SECONDS)
            self.beat()

    def sleep(self, seconds: float) -> None:
        """Wait, but not longer than to the next signal."""
        select.select([self.wake], [], [], seconds)
        self.drain()

    def drain(self) -> None:
        """Forget the signals that woke us; they stay counted."""
        if select.select([self.wake], [], [], 0)[0]:
            self.wake.recv(64)

    def end(self) -> None:
        """Take the worker off the lists for good; if Redis is away its record lapses by itself."""
        try:
            with self._connection.pipeline() as pipeline:
                for field, amount in self._uncounted.items():
                    pipeline.hincrby(keys.COUNTERS, field, amount)
                pipeline.delete(self._record.key)
                for key in self._lists():
                    pipeline.srem(key, self._record.key)
                pipeline.execute()
        except redis.exceptions.RedisError as exc:
            log.warning("could not sign off: %s; the record lapses in %d s", exc, LEASE_SECONDS)
        self.wake.close()
        self._waker.close()

    def _send_beat(self) -> None:
        fields = {
            **self._record.serialize(),
            **self._describe(),
            "state": self._state,
            "last_heartbeat": utcformat(now()),
        }
        self._script(
            keys=[self._record.key, keys.COUNTERS, *self._lists()],
            args=[
                LEASE_SECONDS,
                json.dumps(self._uncounted),
                *(part for field in fields.items() for part in field),
            ],
        )
        self._uncounted.clear()

    def _lists(self) -> list[str]:
        return [keys.WORKERS, *(keys.workers_of(name) for name in self._record.queue_names())]
