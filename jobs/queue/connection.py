"""Connections to Redis, whose errors become `QueueUnavailable` with advice."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
import redis.asyncio

from ..errors import QueueUnavailable
from . import keys
from .causes import explain, public_address
from .deadline import AsyncDeadlineRetry, DeadlineRetry
from .primary import locate

_TIMEOUTS = {
    "socket_connect_timeout": 5,
    "socket_timeout": 8,  # ends a half-open connection; no blocking command of ours takes as long
    "health_check_interval": 30,
}
_FAILOVER_ATTEMPTS = 100  # the deadline ends them

WAIT_SECONDS = 8.0
"""How long a command of an asyncio connection waits for one that is free."""


def open_connection(
    url: str, *, attempts: int = 3, answer_seconds: float | None = None
) -> redis.Redis:
    """Return a connection that survives short outages; nothing is sent yet.

    Args:
        url: redis://, rediss://, unix://, sentinel:// or sentinels:// address.
        attempts: Retries of each command that finds no server, 0.1 s to 5 s apart.
        answer_seconds: Wait so long for the connection, and for an answer, instead of 5 s and 8 s.

    Raises:
        QueueUnavailable: `url` is not an address.
    """
    with _address_errors(url):
        address, located = locate(url, is_async=False)
        options = {**_TIMEOUTS, **located}
        if answer_seconds is not None:
            options |= {"socket_connect_timeout": answer_seconds, "socket_timeout": answer_seconds}
        pool = redis.ConnectionPool.from_url(
            address, retry=DeadlineRetry(_attempts(url, attempts)), **options
        )
    return redis.Redis.from_pool(pool)


def open_async_connection(
    url: str, *, attempts: int = 3, max_connections: int = 32
) -> redis.asyncio.Redis:
    """Return the same for asyncio; commands wait while `max_connections` are in use.

    Raises:
        QueueUnavailable: `url` is not an address.
    """
    with _address_errors(url):
        address, located = locate(url, is_async=True)
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            address,
            max_connections=max_connections,
            timeout=WAIT_SECONDS,
            retry=AsyncDeadlineRetry(_attempts(url, attempts)),
            **_TIMEOUTS,
            **located,
        )
    return redis.asyncio.Redis.from_pool(pool)


def connect(url: str, *, attempts: int = 3) -> redis.Redis:
    """Open a connection and check that the server answers; arguments as `open_connection`.

    Raises:
        QueueUnavailable: no server answers, or it refuses us.
    """
    connection = open_connection(url, attempts=attempts)
    with queue_errors(url):
        connection.ping()
    return connection


@contextmanager
def queue_errors(url: str = "") -> Iterator[None]:
    """Turn the Redis client's errors into `QueueUnavailable`, with advice what to do."""
    try:
        yield
    except redis.exceptions.RedisError as exc:
        raise QueueUnavailable(explain(exc, url)) from exc


def as_text(value: bytes | str) -> str:
    """Return what Redis answered as text, whether the client decodes it or not; never fails."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _attempts(url: str, attempts: int) -> int:
    """Return how often to try again: Sentinels need seconds to choose another primary.

    In a cluster the first server that is asked may only say which one to ask.
    """
    if url.startswith("sentinel") and attempts > 1:
        return _FAILOVER_ATTEMPTS
    return attempts + 1 if keys.HAS_HASH_TAG else attempts


@contextmanager
def _address_errors(url: str) -> Iterator[None]:
    try:
        yield
    except ValueError as exc:
        raise QueueUnavailable(
            f"KTTS_REDIS_URL {public_address(url)} is no server address; write "
            "redis://HOST:PORT/0, with / @ : ? # and % of a password as %2F and so on"
        ) from exc
