"""Bounds on what a request may bring, and the headers that every answer carries."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scripts.webapp.schemas.problems import path_of, refuse
from scripts.webapp.web_settings import WebSettings

UPLOADS = ("/v1/batches", "/v1/batches/contents")
"""Where a whole book may be sent; its bytes go to disk, not to memory."""

MAX_UPLOADS = 4
"""At once; each may take its whole size on disk."""

MAX_BUFFERED_BYTES = 256 << 20
"""All bodies together that are in memory; more are refused with 503 until some are done."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class SafeHeaders:
    """Adds the headers that keep a browser from being clever."""

    def __init__(self, app: ASGIApp) -> None:
        """Add them to what `app` answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with headers."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if path_of(scope).startswith("/v1/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_safely if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses bodies that are too large, one by one and all together."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        """Guard `app`."""
        self._app = app
        self._body_bytes = settings.web_max_body_bytes
        self._upload_bytes = settings.web_max_upload_bytes
        self._buffered_bytes = 0
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a body that stays in its bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_upload = scope["method"] == "POST" and path_of(scope) in UPLOADS
        limit = self._upload_bytes if is_upload else self._body_bytes
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit:
            await refuse(scope, 413, _too_large(limit))(scope, receive, send)
            return
        if is_upload and self._uploads >= MAX_UPLOADS:
            detail = f"{MAX_UPLOADS} books are being uploaded; try again"
            await refuse(scope, 503, detail, headers={"Retry-After": "10"})(scope, receive, send)
            return
        self._uploads += is_upload
        body = _Body(self, receive, limit, is_counted=not is_upload)
        try:
            await self._app(scope, body.receive, send)
        finally:
            self._uploads -= is_upload
            body.release()

    def take(self, size_bytes: int) -> None:
        """Count bytes that are held in memory; raises HTTPException 503 where they are too many."""
        if self._buffered_bytes + size_bytes > MAX_BUFFERED_BYTES:
            raise HTTPException(
                503, "too much is being received at once; try again", {"Retry-After": "5"}
            )
        self._buffered_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Count them no more."""
        self._buffered_bytes -= size_bytes


class _Body:
    """One request's body as it comes."""

    def __init__(
        self, limits: BodyLimit, receive: Receive, limit: int, *, is_counted: bool
    ) -> None:
        self._limits = limits
        self._receive = receive
        self._limit = limit
        self._is_counted = is_counted
        self._received_bytes = 0
        self._held_bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        size_bytes = len(message.get("body", b""))
        self._received_bytes += size_bytes
        if self._received_bytes > self._limit:
            raise HTTPException(413, _too_large(self._limit))
        if self._is_counted and size_bytes:
            self._limits.take(size_bytes)
            self._held_bytes += size_bytes
        return message

    def release(self) -> None:
        self._limits.give_back(self._held_bytes)


def _too_large(limit: int) -> str:
    return f"the body has more than {limit} bytes; send less, or raise the server's limit"
