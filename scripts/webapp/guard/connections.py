"""HTTP connections that nobody can hold open for nothing: half requests and readers that stopped.

uvicorn waits without limit for the rest of a request and for a client that does not read. Here both
end after a while, and with them the memory and the file handle.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 20.0
"""For a request's line and headers, from their first byte to their last."""

SILENT_SECONDS = 30.0
"""Longest pause in a request's body."""

STALLED_SECONDS = 60.0
"""Longest time in which a client takes nothing of what it asked for."""

VANISHED_MILLISECONDS = 90_000
"""Longest time in which a peer's machine acknowledges nothing."""


class BoundedConnection(H11Protocol):
    """uvicorn's connection, with three clocks."""

    head_seconds = HEAD_SECONDS
    silent_seconds = SILENT_SECONDS
    stalled_seconds = STALLED_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        """Prepare a connection as uvicorn does."""
        super().__init__(*args, **options)
        # For who must break off an answer that has no other way to look broken.
        self.app_state = self.app_state | {"reset": self._reset}
        self._request_clock: asyncio.TimerHandle | None = None
        self._stall_clock: asyncio.TimerHandle | None = None
        self._is_in_head = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; a client that never sends anything ends by the same clock."""
        super().connection_made(transport)
        # Reaches what the clocks do not: a peer that vanished while the last bytes were on the way.
        connected = transport.get_extra_info("socket")
        if connected.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_MILLISECONDS)
        self._is_in_head = True
        self._request_clock = self.loop.call_later(self.head_seconds, self._reset)

    def data_received(self, data: bytes) -> None:
        """Take some of a request, and see whether more must follow."""
        super().data_received(data)
        if self.transport.is_closing():
            self._stop_clocks()
        elif self.conn.their_state is h11.SEND_BODY:
            self._is_in_head = False
            self._set_request_clock(self.silent_seconds)
        elif self.conn.their_state is not h11.IDLE:
            self._is_in_head = False
            self._set_request_clock(None)
        elif not self._is_in_head:
            self._is_in_head = True
            self._set_request_clock(self.head_seconds)

    def pause_writing(self) -> None:
        """Start to wait for a client that does not read."""
        super().pause_writing()
        self._stall_clock = self.loop.call_later(self.stalled_seconds, self._reset)

    def resume_writing(self) -> None:
        """See that it reads again."""
        super().resume_writing()
        if self._stall_clock is not None:
            self._stall_clock.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        """End, and the clocks with it."""
        self._stop_clocks()
        super().connection_lost(exc)

    def _set_request_clock(self, seconds: float | None) -> None:
        if self._request_clock is not None:
            self._request_clock.cancel()
        self._request_clock = (seconds and self.loop.call_later(seconds, self._reset)) or None

    def _stop_clocks(self) -> None:
        self._set_request_clock(None)
        if self._stall_clock is not None:
            self._stall_clock.cancel()

    def _reset(self) -> None:
        # Without the linger the other side sees an orderly end, and nothing of what it lacks.
        connected = self.transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
