"""HTTP connections that nobody can hold open for nothing: half requests and readers that stopped.

uvicorn waits without limit for the rest of a request and for a client that does not read. Here both
end after a while, and with them the memory and the file handle. Beyond the bound of connections it
refuses all requests; here those that came first are served, and who only waits makes room.
"""

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from scripts.webapp.schemas.problems import refuse

HEAD_SECONDS = 20.0
"""For a request's line and headers, from their first byte to their last."""

SILENT_SECONDS = 30.0
"""Longest pause in a request's body; only bytes of the body itself end it."""

BYTES_PER_SECOND = 16_384
"""A body may take `SILENT_SECONDS` and what it needs at this pace, 128 kbit/s."""

STALLED_SECONDS = 60.0
"""Longest time in which a client takes nothing of what it asked for."""

VANISHED_MILLISECONDS = 90_000
"""Longest time in which a peer's machine acknowledges nothing."""


PATIENT_SECONDS = 2.0
"""Where all places are taken, who has sent no whole request for this long is ended."""

ROOM_SECONDS = 0.05
"""From one search for such connections to the next."""

MAX_ENDED = 64
"""Connections that are ended by one search."""


async def answer_full(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell a client that all places are taken."""
    headers = {"Retry-After": "5", "Connection": "close"}
    answer = refuse(scope, 503, "too many connections are open; try again", headers=headers)
    await answer(scope, receive, send)


class BoundedConnection(H11Protocol):
    """uvicorn's connection, with three clocks and a place that it may lose."""

    head_seconds = HEAD_SECONDS
    silent_seconds = SILENT_SECONDS
    stalled_seconds = STALLED_SECONDS
    _next_search = 0.0

    def __init__(self, *args: Any, **options: Any) -> None:
        """Prepare a connection as uvicorn does."""
        super().__init__(*args, **options)
        # For who must break off an answer that has no other way to look broken.
        self.app_state = self.app_state | {"reset": self.reset}
        self._request_clock: asyncio.TimerHandle | None = None
        self._stall_clock: asyncio.TimerHandle | None = None
        self._is_in_head = False
        self._body_bytes = 0
        self.began_at = self._body_began_at = time.monotonic()
        """Since when it waits for a request's rest; and for a body's."""
        self._most_connections = self.limit_concurrency
        self.limit_concurrency = None
        self.is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; a client that never sends anything ends by the same clock."""
        super().connection_made(transport)
        # Reaches what the clocks do not: a peer that vanished while the last bytes were on the way.
        connected = transport.get_extra_info("socket")
        if connected.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MILLISECONDS)
        self._is_in_head = True
        self._request_clock = self.loop.call_later(self.head_seconds, self.reset)
        if self._most_connections is not None and len(self.connections) > self._most_connections:
            self._find_place(self._most_connections)

    def data_received(self, data: bytes) -> None:
        """Take some of a request, and see whether more must follow."""
        cycle, known_bytes = self.cycle, len(self.cycle.body) if self.cycle else 0
        super().data_received(data)
        if self.transport.is_closing():
            self._stop_clocks()
        elif self.conn.their_state is h11.SEND_BODY:
            if self.cycle is not cycle:
                self._body_bytes, self._body_began_at = len(self.cycle.body), time.monotonic()
            elif len(self.cycle.body) > known_bytes:
                self._body_bytes += len(self.cycle.body) - known_bytes
            elif not self._is_in_head:
                return  # what frames a body is no body
            self._is_in_head = False
            self._set_body_clock()
        elif self.conn.their_state is not h11.IDLE:
            self._is_in_head = False
            self._set_request_clock(None)
        elif not self._is_in_head:
            self._is_in_head = True
            self.began_at = time.monotonic()
            self._set_request_clock(self.head_seconds)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.began_at = time.monotonic()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Start to wait for a client that does not read."""
        super().pause_writing()
        self._stall_clock = self.loop.call_later(self.stalled_seconds, self.reset)

    def resume_writing(self) -> None:
        """See that it reads again."""
        super().resume_writing()
        if self._stall_clock is not None:
            self._stall_clock.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and the clocks with it."""
        self._stop_clocks()
        super().connection_lost(exc)

    @property
    def has_request(self) -> bool:
        """A whole request has come, and is being answered."""
        return (
            self.cycle is not None
            and not self.cycle.response_complete
            and self.conn.their_state is not h11.SEND_BODY
        )

    def _find_place(self, most: int) -> None:
        """Take the place of a connection that only waits, or answer each request with 503."""
        others = [
            each
            for each in self.connections
            if isinstance(each, BoundedConnection) and not each.is_refused
        ]
        if len(others) <= most:
            return
        now = time.monotonic()
        if now >= BoundedConnection._next_search:
            BoundedConnection._next_search = now + ROOM_SECONDS
            waiting = [
                each
                for each in others
                if not each.has_request and now > each.began_at + PATIENT_SECONDS
            ]
            shares = Counter(each.client and each.client[0] for each in waiting)
            # Of the client that has the most, so that one who sends slowly is not ended for it.
            waiting.sort(key=lambda each: -shares[each.client and each.client[0]])
            for each in waiting[:MAX_ENDED]:
                each.reset()
            if waiting:
                return
        self.is_refused = True
        self.app = answer_full
        if len(self.connections) > 2 * most:
            self.reset()

    def _set_body_clock(self) -> None:
        now = time.monotonic()
        whole = self._body_began_at + self.silent_seconds + self._body_bytes / BYTES_PER_SECOND
        self._set_request_clock(max(0.0, min(self.silent_seconds, whole - now)), self._end_body)

    def _end_body(self) -> None:
        if self.flow.read_paused:  # it is our turn to read
            self._body_began_at += self.silent_seconds
            self._set_body_clock()
        else:
            self.reset()

    def _set_request_clock(
        self, seconds: float | None, end: Callable[[], None] | None = None
    ) -> None:
        if self._request_clock is not None:
            self._request_clock.cancel()
        self._request_clock = (
            None if seconds is None else self.loop.call_later(seconds, end or self.reset)
        )

    def _stop_clocks(self) -> None:
        self._set_request_clock(None)
        if self._stall_clock is not None:
            self._stall_clock.cancel()

    def reset(self) -> None:
        """End the connection so that it looks broken off."""
        # Without the linger the other side sees an orderly end, and nothing of what it lacks.
        connected = self.transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
