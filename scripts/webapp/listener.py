"""The socket that the gateway listens on."""

from __future__ import annotations

import socket

from jobs.errors import StartupError

BACKLOG = 2_048
"""Connections that may wait to be accepted: a burst of a thousand must not be turned away."""


def open_listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises StartupError where the address cannot be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # From now on: whoever reads the address may call at once, and waits for the first answer.
        listener.listen(BACKLOG)
    except OSError as exc:
        raise StartupError(
            f"cannot listen on {host} port {port}: {exc.strerror}; choose another --port"
        ) from exc
    return listener
