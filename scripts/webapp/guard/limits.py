"""Bounds on what a request may bring, and the headers that every answer carries."""

from collections import Counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scripts.webapp.guard.access import address_of, is_guarded
from scripts.webapp.guard.wrong_tokens import network_of
from scripts.webapp.schemas.problems import path_of, refuse
from scripts.webapp.web_settings import WebSettings

UPLOADS = ("/v1/batches", "/v1/batches/contents")
"""Where a whole book may be sent; its bytes go to disk, not to memory."""

MAX_UPLOADS = 4
"""At once; each may take its whole size on disk."""

MAX_UPLOADS_EACH = 2
"""At once from one address, or from one IPv6 network."""

MAX_BUFFERED_BYTES = 256 << 20
"""All bodies together that are in memory; more are refused with 503 until some are done."""

MAX_SHARE_BYTES = MAX_BUFFERED_BYTES // 4
"""Of them the bodies of one address: nobody takes it all."""

MAX_DIGITS = 18
"""Of an announced size; more are as much too large."""

MAX_OPEN_BYTES = 4_096
"""Largest body where no token is needed, such as the one that brings a token."""

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
    """Refuses bodies that are too large, one by one, by client and all together."""

    def __init__(self, app: ASGIApp, settings: WebSettings) -> None:
        """Guard `app`."""
        self._app = app
        self._body_bytes = settings.web_max_body_bytes
        self._upload_bytes = settings.web_max_upload_bytes
        self._held_bytes: Counter[str] = Counter()
        self._uploads: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a body that stays in its bounds."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = network_of(address_of(scope)) or "local"
        is_upload = scope["method"] == "POST" and path_of(scope) in UPLOADS
        limit = self._limit_of(scope, is_upload=is_upload)
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced[:MAX_DIGITS]) > limit:
            await refuse(scope, 413, _too_large(limit))(scope, receive, send)
            return
        if is_upload and (
            self._uploads.total() >= MAX_UPLOADS or self._uploads[address] >= MAX_UPLOADS_EACH
        ):
            detail = f"{self._uploads.total()} books are being uploaded; try again"
            await refuse(scope, 503, detail, headers={"Retry-After": "10"})(scope, receive, send)
            return
        self._uploads[address] += is_upload
        body = _Body(self, receive, limit, "" if is_upload else address)
        try:
            await self._app(scope, body.receive, send)
        finally:
            _subtract(self._uploads, address, int(is_upload))
            body.release()

    def take(self, address: str, size_bytes: int) -> None:
        """Count bytes that are held in memory; raises HTTPException 503 where they are too many."""
        if (
            self._held_bytes.total() + size_bytes > MAX_BUFFERED_BYTES
            or self._held_bytes[address] + size_bytes > MAX_SHARE_BYTES
        ):
            raise HTTPException(
                503, "too much is being received at once; try again", {"Retry-After": "5"}
            )
        self._held_bytes[address] += size_bytes

    def give_back(self, address: str, size_bytes: int) -> None:
        """Count them no more."""
        _subtract(self._held_bytes, address, size_bytes)

    def _limit_of(self, scope: Scope, *, is_upload: bool) -> int:
        if is_upload:
            return self._upload_bytes
        return self._body_bytes if is_guarded(scope) else min(MAX_OPEN_BYTES, self._body_bytes)


class _Body:
    """One request's body as it comes."""

    def __init__(self, limits: BodyLimit, receive: Receive, limit: int, address: str) -> None:
        self._limits = limits
        self._receive = receive
        self._limit = limit
        self._address = address
        """Whose memory it counts as; empty where it goes to disk."""
        self._received_bytes = 0
        self._held_bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        size_bytes = len(message.get("body", b""))
        self._received_bytes += size_bytes
        if self._received_bytes > self._limit:
            raise HTTPException(413, _too_large(self._limit))
        if self._address and size_bytes:
            self._limits.take(self._address, size_bytes)
            self._held_bytes += size_bytes
        return message

    def release(self) -> None:
        self._limits.give_back(self._address, self._held_bytes)


def _subtract(counter: Counter[str], name: str, amount: int) -> None:
    """Count down, and forget who has nothing left."""
    counter[name] -= amount
    if counter[name] <= 0:
        del counter[name]


def _too_large(limit: int) -> str:
    return f"the body has more than {limit} bytes; send less, or raise the server's limit"
