"""Messages between the supervisor and the model process: one JSON object per line."""

import json
import select
import socket
from collections import deque
from collections.abc import Iterable
from typing import Any

READ_BYTES = 1 << 16


class ChannelClosed(Exception):
    """The other process has closed its end."""


class Channel:
    """One end of the connection; not safe for several threads."""

    def __init__(self, connection: socket.socket) -> None:
        """Own `connection`, a connected stream socket."""
        self._socket = connection
        self._partial = bytearray()
        self._messages: deque[dict[str, Any]] = deque()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message.

        Raises:
            ChannelClosed: the other end is closed.
        """
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as exc:
            raise ChannelClosed(str(exc)) from exc

    def receive(
        self, timeout_seconds: float | None = None, *, wake: Iterable[socket.socket] = ()
    ) -> dict[str, Any] | None:
        """Return the next message, or None after `timeout_seconds` or when `wake` is readable.

        Raises:
            ChannelClosed: the other end is closed, and everything that it sent has been read.
        """
        while not self._messages:
            readable, _, _ = select.select([self._socket, *wake], [], [], timeout_seconds)
            if self._socket not in readable:
                return None
            self._read_available()
        return self._messages.popleft()

    def close(self) -> None:
        """Close this end; the other process sees the end of the stream."""
        self._socket.close()

    def _read_available(self) -> None:
        try:
            received = self._socket.recv(READ_BYTES)
        except ConnectionError as exc:
            raise ChannelClosed(str(exc)) from exc
        if not received:
            raise ChannelClosed("end of file")
        self._partial += received
        if b"\n" in received:
            *lines, self._partial = self._partial.split(b"\n")
            self._messages.extend(json.loads(line) for line in lines)
