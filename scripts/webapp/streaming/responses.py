"""Responses that go on while a job runs, and end visibly broken when the job does."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import TypeVar

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from scripts.webapp.schemas.problems import StreamBroken

log = logging.getLogger(__name__)

GONE_SECONDS = 0.5
"""How often it is looked whether the client of a request that waits is still there."""

Answer = TypeVar("Answer")


async def unless_gone(request: Request, work: Awaitable[Answer]) -> Answer:
    """Return what `work` returns; end it when the client goes away.

    Raises:
        HTTPException: nobody reads it; the client has gone.
    """
    with anyio.CancelScope() as scope:

        async def watch() -> None:
            while not await request.is_disconnected():  # noqa: ASYNC110  # nothing to wait on
                await anyio.sleep(GONE_SECONDS)
            scope.cancel()

        watcher = asyncio.create_task(watch())
        try:
            return await work
        finally:
            watcher.cancel()
    raise HTTPException(408, "the client has gone")


async def begin(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """Wait for the first piece, so that what goes wrong before it is an answer of its own."""
    first = await anext(pieces)

    async def rest() -> AsyncGenerator[bytes, None]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return rest()


class JobStream(StreamingResponse):
    """A stream that must not look whole when its job did not end well."""

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        *,
        resources: AsyncExitStack,
        on_gone: Callable[[], Awaitable[object]] | None = None,
        media_type: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send `pieces`.

        Args:
            pieces: What is sent; raises StreamBroken to break the connection.
            resources: Closed at the end.
            on_gone: Called where the client went away before the end.
            media_type: Of the response.
            headers: Beside the usual ones.
        """
        super().__init__(self._watch(pieces), media_type=media_type, headers=headers)
        self._pieces = pieces
        self._resources = resources
        self._on_gone = on_gone
        self._is_over = False

    async def take(self, count: int) -> bytes:
        """Return the first `count` bytes instead of being sent, or fewer where there are no more.

        Raises:
            StreamBroken: the job ended, or began anew, before they came.
        """
        taken = b""
        try:
            async for piece in self._pieces:
                taken += piece
                if len(taken) >= count:
                    break
        finally:
            with anyio.CancelScope(shield=True):
                await self._resources.aclose()
        return taken[:count]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all pieces; returns without a proper end where the stream broke."""
        try:
            await super().__call__(scope, receive, send)
        except StreamBroken as exc:
            log.warning("%s broken off: %s", scope["path"], exc)
            if scope["http_version"] == "1.0" and "reset" in scope.get("state", {}):
                # There the end of the connection is the end of the file, unless it is reset.
                scope["state"]["reset"]()
        finally:
            with anyio.CancelScope(shield=True):
                await self._resources.aclose()
                if self._on_gone is not None and not self._is_over:
                    await self._on_gone()

    async def _watch(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for piece in pieces:
                yield piece
        except StreamBroken:
            self._is_over = True
            raise
        self._is_over = True
