"""Sends what is due to those who asked to be told, from a thread of the janitor's.

The state is Redis's alone: an attempt that is cut off by a kill is made again when its lease is
over, by whichever janitor comes first.
"""

import asyncio
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import redis

from jobs.callback import AllowedHosts, read_receiver
from jobs.errors import InvalidRequest
from jobs.queue import webhooks
from jobs.queue.causes import explain
from jobs.queue.webhooks import ORIGIN_CHARACTERS, Delivery
from jobs.telemetry.spans import Tracer
from worker.janitor.checked_post import Refused, Resolve, post, resolve
from worker.janitor.webhook_spans import WebhookSpans
from worker.settings import WorkerSettings
from worker.webhook_signature import read_keys, sign

LOOK_SECONDS = 0.5
"""From one look for what is due to the next."""

MAX_ATTEMPTS_AT_ONCE = 32
MAX_ATTEMPTS_AT_ONE_SERVER = 4
"""So a server that is slow keeps only its own messages waiting."""

MAX_SEEN = 2_000
GONE = 410
"""The receiver's word for "never again"."""

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class WebhookSender:
    """Makes deliveries of events, and attempts of those that are due."""

    def __init__(
        self,
        connection: redis.Redis,
        settings: WorkerSettings,
        *,
        clock: Callable[[], float] = time.time,
        resolver: Resolve = resolve,
        tracer: Tracer | None = None,
    ) -> None:
        """Prepare to send; nothing is read yet."""
        self._connection = connection
        self._allowed = AllowedHosts(settings.webhook_hosts)
        self._keys = read_keys(settings.webhook_secret)
        self._spans = WebhookSpans(connection, settings, tracer)
        self._clock = clock
        self._resolver = resolver
        self._attempts: dict[str, asyncio.Task[None]] = {}
        self._has_room = asyncio.Event()
        self._is_behind = False
        self._threads = ThreadPoolExecutor(4, "webhooks")

    def run(self, stopping: threading.Event) -> None:
        """Send until `stopping` is set; what is under way then is sent again later."""
        asyncio.run(self._run(stopping))

    async def _run(self, stopping: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(2 * MAX_ATTEMPTS_AT_ONCE, "names"))
        while not stopping.is_set():
            try:
                await self.step()
            except redis.exceptions.RedisError as exc:
                log.warning("webhooks wait, Redis is away: %s", explain(exc))
            except Exception:  # one bad record keeps no other message waiting for ever
                log.exception("webhooks: a step has failed")
            if self._is_behind:
                continue
            self._has_room.clear()
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._has_room.wait()
            except TimeoutError:
                continue

    async def step(self) -> None:
        """Make deliveries of what has happened, and begin the attempts that are due.

        Raises:
            redis.exceptions.RedisError: Redis is away.
        """
        self._is_behind = False
        self._is_behind = await self._ask(self._enter) > 0
        seen = await self._ask(self._find_due)
        servers = Counter(name[:ORIGIN_CHARACTERS] for name in self._attempts)
        for name in seen:
            server = name[:ORIGIN_CHARACTERS]
            is_busy = name in self._attempts or servers[server] >= MAX_ATTEMPTS_AT_ONE_SERVER
            if is_busy or len(self._attempts) >= MAX_ATTEMPTS_AT_ONCE:
                continue
            servers[server] += 1
            self._attempts[name] = asyncio.create_task(self._attempt(name))
            self._attempts[name].add_done_callback(partial(self._end, name))

    async def drain(self) -> None:
        """Send until nothing is due."""
        while True:
            await self.step()
            if not self._attempts and not self._is_behind:
                return
            await asyncio.gather(*self._attempts.values())

    def _enter(self) -> int:
        return webhooks.enter_deliveries(self._connection, self._clock())

    def _find_due(self) -> list[str]:
        return webhooks.find_due(self._connection, self._clock(), limit=MAX_SEEN)

    def _end(self, name: str, attempt: asyncio.Task[None]) -> None:
        del self._attempts[name]
        self._has_room.set()
        if not attempt.cancelled() and (error := attempt.exception()):
            log.error("webhook %s: the attempt has failed: %r", name, error)

    async def _ask(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Ask Redis in a thread that no slow name server can take."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, question, *arguments)

    async def _attempt(self, name: str) -> None:
        try:
            claimed = await self._ask(self._claim, name)
            if claimed is None:
                return
            found, delivery = claimed
            span = await self._ask(self._spans.begin, delivery)
            error, is_final = await self._send(delivery)
            if span is not None:
                span.end(error)
            after = await self._ask(self._settle, found, delivery, error, is_final)
        except redis.exceptions.RedisError as exc:
            log.warning("webhook waits, Redis is away: %s", explain(exc))
            return
        _log_attempt(after)

    def _claim(self, name: str) -> tuple[bytes, Delivery] | None:
        return webhooks.claim(self._connection, name, self._clock())

    def _settle(self, found: bytes, delivery: Delivery, error: str, is_final: bool) -> Delivery:
        return webhooks.settle(
            self._connection, found, delivery, self._clock(), error=error, is_final=is_final
        )

    async def _send(self, delivery: Delivery) -> tuple[str, bool]:
        """Make one attempt; return why it failed, and whether another would be of no use."""
        if not self._keys:
            return "KTTS_WEBHOOK_SECRET is not set for the janitor", False
        body, timestamp = delivery.body.encode(), int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "kokoro-tts-processor",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._keys, delivery.id, timestamp, body),
        }
        try:
            receiver = read_receiver(delivery.url)
            status = await post(
                receiver, body, headers, allowed=self._allowed, resolver=self._resolver
            )
        except TimeoutError:
            return "no answer in time", False
        except (Refused, InvalidRequest, OSError, EOFError, ValueError) as exc:
            return str(exc) or type(exc).__name__, False
        is_taken = 200 <= status < 300  # noqa: PLR2004 - what HTTP calls success
        return ("" if is_taken else f"the answer was {status}"), status == GONE


def _log_attempt(delivery: Delivery) -> None:
    labels = {"job_id": delivery.subject}
    if not delivery.error:
        log.info("told %s: %s", delivery.host, delivery.event, extra=labels)
    else:
        log.warning(
            "not told %s: %s (attempt %d: %s)",
            delivery.host,
            delivery.event,
            delivery.attempts,
            json.dumps(delivery.error),
            extra=labels,
        )
