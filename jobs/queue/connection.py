"""Connections to Redis, whose errors become `QueueUnavailable` with advice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from ..errors import QueueUnavailable

_TIMEOUTS = {
    "socket_connect_timeout": 5,
    "socket_timeout": 10,  # ends a half-open connection; no blocking command of ours takes as long
    "health_check_interval": 30,
}
_SCHEMES = frozenset({"redis", "rediss", "unix"})
_DATABASE = re.compile("/?[0-9]*")
_BACKOFF = ExponentialWithJitterBackoff(base=0.1, cap=5)


def open_connection(url: str, *, attempts: int = 3) -> redis.Redis:
    """Return a connection that survives short outages; nothing is sent yet.

    Args:
        url: redis://, rediss:// or unix:// address.
        attempts: Retries of each command that finds no server, 0.1 s to 5 s apart.

    Raises:
        QueueUnavailable: `url` is not an address.
    """
    with _address_errors(url):
        return redis.Redis.from_url(url, retry=Retry(_BACKOFF, attempts), **_TIMEOUTS)


def open_async_connection(
    url: str, *, attempts: int = 3, max_connections: int = 32
) -> redis.asyncio.Redis:
    """Return the same for asyncio; commands wait while `max_connections` are in use.

    Raises:
        QueueUnavailable: `url` is not an address.
    """
    with _address_errors(url):
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=max_connections,
            timeout=30,
            retry=AsyncRetry(_BACKOFF, attempts),
            **_TIMEOUTS,
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
    place = f" at {public_address(url)}" if url else ""
    try:
        yield
    except redis.exceptions.OutOfMemoryError as exc:
        raise QueueUnavailable(
            f"Redis{place} is out of memory and takes no more jobs; let workers drain the queue or "
            "raise maxmemory"
        ) from exc
    except redis.exceptions.ReadOnlyError as exc:
        raise QueueUnavailable(
            f"Redis{place} is a read-only replica; point KTTS_REDIS_URL at the primary"
        ) from exc
    except redis.exceptions.ResponseError as exc:
        raise QueueUnavailable(
            f"Redis{place} refuses this ({exc}); a user of few rights needs those in "
            "docs/security.md"
        ) from exc
    except redis.exceptions.RedisError as exc:
        raise QueueUnavailable(
            f"Redis{place} does not answer ({describe_error(exc)}); start it, or set KTTS_REDIS_URL"
        ) from exc


def as_text(value: bytes | str) -> str:
    """Return what Redis answered as text, whether the client decodes it or not; never fails."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


@contextmanager
def _address_errors(url: str) -> Iterator[None]:
    try:
        yield
    except ValueError as exc:
        raise QueueUnavailable(
            f"KTTS_REDIS_URL {public_address(url)} is no server address; write "
            "redis://HOST:PORT/0, with / @ : ? # and % of a password as %2F and so on"
        ) from exc


def describe_error(exc: Exception) -> str:
    """Return what a client's error says, without any word that could hold part of a password."""
    return re.sub(r"\S*@\S*", "(not shown)", str(exc))


def public_address(url: str) -> str:
    """Return an address as it may be shown: without user, password and query.

    It is built anew of what can be nothing else. Where a sign of a password could have come into
    another part, only the scheme is told.
    """
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        return "(not shown)"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"{scheme}://(not shown)"
    place = parts.path + parts.query + parts.fragment
    if "@" in place or "#" in url or (scheme != "unix" and not _DATABASE.fullmatch(parts.path)):
        return f"{scheme}://(not shown)"
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}{f':{port}' if port is not None else ''}{parts.path}"
