"""The connection to Redis, and its failures in this project's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

from ..errors import QueueUnavailable


def open_connection(url: str, *, attempts: int = 3) -> redis.Redis:
    """Prepare a connection that survives short outages; nothing is sent yet.

    Args:
        url: redis://, rediss:// or unix:// address.
        attempts: Retries of each command while the server is away, 0.1 s to 5 s apart.

    Raises:
        QueueUnavailable: the address is none.
    """
    try:
        return redis.Redis.from_url(
            url,
            retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=5), attempts),
            socket_connect_timeout=5,
            # A half-open connection must not hang us; longer than any blocking command of ours.
            socket_timeout=10,
            health_check_interval=30,
        )
    except ValueError as exc:
        raise QueueUnavailable(
            f"KTTS_REDIS_URL {_without_password(url)!r} is no server address: {exc}"
        ) from exc


def open_async_connection(
    url: str, *, attempts: int = 3, max_connections: int = 32
) -> redis.asyncio.Redis:
    """Prepare the same for asyncio; commands beyond `max_connections` at once wait for one.

    Raises:
        QueueUnavailable: the address is none.
    """
    try:
        pool = redis.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=max_connections,
            timeout=30,
            retry=AsyncRetry(ExponentialWithJitterBackoff(base=0.1, cap=5), attempts),
            socket_connect_timeout=5,
            socket_timeout=10,
            health_check_interval=30,
        )
    except ValueError as exc:
        raise QueueUnavailable(
            f"KTTS_REDIS_URL {_without_password(url)!r} is no server address: {exc}"
        ) from exc
    return redis.asyncio.Redis.from_pool(pool)


def connect(url: str, *, attempts: int = 3) -> redis.Redis:
    """Open a connection and prove that the server answers; arguments as `open_connection`.

    Raises:
        QueueUnavailable: nothing answers there, or it refuses us.
    """
    connection = open_connection(url, attempts=attempts)
    with queue_errors(url):
        connection.ping()
    return connection


@contextmanager
def queue_errors(url: str = "") -> Iterator[None]:
    """Turn what the Redis client raises into `QueueUnavailable`, with the next step."""
    place = f" at {_without_password(url)}" if url else ""
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
            f"Redis{place} does not answer ({exc}); start it, or set KTTS_REDIS_URL"
        ) from exc


def as_text(value: bytes | str) -> str:
    """Decode what Redis returns, whichever way the connection is set up; never fails."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", url)
