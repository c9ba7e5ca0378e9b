"""Shares of the memory for bodies, before anything listens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from scripts.webapp.guard.limits import MAX_SHARE_BYTES, BodyLimit
from scripts.webapp.web_settings import WebSettings


async def _send_two(addresses: tuple[str, str]) -> None:
    """Hold a body from the first address, and send one from the second; half the share each."""
    size_bytes = MAX_SHARE_BYTES // 2 + 1
    calls: Iterator[str] = iter(addresses)

    async def receive() -> Message:
        return {"type": "http.request", "body": bytes(size_bytes), "more_body": False}

    async def app(_scope: Scope, take: Receive, _send: Send) -> None:
        await take()
        if address := next(calls, ""):
            await call(address)

    async def call(address: str) -> None:
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/jobs",
            "client": (address, 1),
            "headers": [],
        }
        await limit(scope, receive, None)  # type: ignore[arg-type]  # nothing is answered

    limit = BodyLimit(app, WebSettings(web_max_body_bytes=MAX_SHARE_BYTES))
    await call(next(calls))


@pytest.mark.parametrize(
    ("one", "another", "is_same"),
    [
        ("203.0.113.9", "203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_client_has_one_share_however_many_addresses_its_network_has(
    one: str, another: str, *, is_same: bool
) -> None:
    """An IPv6 client may call from any address of its network."""
    if is_same:
        with pytest.raises(HTTPException) as caught:
            asyncio.run(_send_two((one, another)))
        assert caught.value.status_code == 503
    else:
        asyncio.run(_send_two((one, another)))
