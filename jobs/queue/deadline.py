"""Retries that end in time: no command waits without bound for a server that does not answer.

The Redis client retries a command, inside it the connecting, and inside that the handshake, each as
often. Here all of them share the time of the outermost.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

DEADLINE_SECONDS = 12.0
"""After this long a command that has failed is not tried again; one try takes up to 8 s more."""

T = TypeVar("T")

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)


class DeadlineRetry(Retry):
    """Retries of one command, 0.1 s to 5 s apart, until the deadline."""

    def __init__(self, attempts: int) -> None:
        """Try again up to `attempts` times."""
        super().__init__(ExponentialWithJitterBackoff(base=0.1, cap=5), attempts)

    def call_with_retry(
        self, do: Callable[[], T], fail: Callable[..., Any], *arguments: Any, **options: Any
    ) -> T:
        """Do as `Retry` does; the arguments are its."""
        with _bounded() as end:
            return super().call_with_retry(do, _failing_after(end, fail), *arguments, **options)


class AsyncDeadlineRetry(AsyncRetry):
    """The same for asyncio."""

    def __init__(self, attempts: int) -> None:
        """Try again up to `attempts` times."""
        super().__init__(ExponentialWithJitterBackoff(base=0.1, cap=5), attempts)

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[..., Any],
        *arguments: Any,
        **options: Any,
    ) -> T:
        """Do as `Retry` does; the arguments are its."""
        with _bounded() as end:

            async def fail_in_time(error: Exception, *failures: int) -> None:
                done = fail(error, *failures)
                if asyncio.iscoroutine(done):
                    await done
                if time.monotonic() >= end:
                    raise error

            return await super().call_with_retry(do, fail_in_time, *arguments, **options)


@contextmanager
def _bounded() -> Iterator[float]:
    """Yield the deadline of the outermost call."""
    outer = _deadline.get()
    if outer is not None:
        yield outer
        return
    end = time.monotonic() + DEADLINE_SECONDS
    token = _deadline.set(end)
    try:
        yield end
    finally:
        _deadline.reset(token)


def _failing_after(end: float, fail: Callable[..., Any]) -> Callable[..., None]:
    def fail_in_time(error: Exception, *failures: int) -> None:
        fail(error, *failures)
        if time.monotonic() >= end:
            raise error

    return fail_in_time
