"""What proxies say of a request, before anything listens."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from scripts.webapp.guard.proxies import ForwardedHeaders

PROXY = "10.0.0.1"


def pass_through(*lines: tuple[str, str], sender: str = PROXY) -> Scope:
    """Return a request as it is after the proxy's headers, `lines`, were read."""
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "path": "/v1/jobs",
        "client": (sender, 50_000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in lines],
    }
    unused: Receive | Send = None  # type: ignore[assignment]  # the application asks for nothing
    asyncio.run(ForwardedHeaders(app, "10.0.0.0/8", "")(scope, unused, unused))  # type: ignore[arg-type]
    return seen[0]


@pytest.mark.parametrize(
    "values",
    [
        ("127.0.0.1", "203.0.113.9"),
        ("127.0.0.1, 203.0.113.9",),
        ("127.0.0.1", "203.0.113.9, 10.0.0.7"),
    ],
)
def test_what_the_client_says_of_itself_is_not_believed(values: tuple[str, ...]) -> None:
    """Its address is what the proxy saw, whether on the client's line or on one of its own."""
    scope = pass_through(*(("X-Forwarded-For", value) for value in values))

    assert scope["client"][0] == "203.0.113.9"


def test_the_proxys_own_line_counts_for_the_other_headers_too() -> None:
    """The last one is the nearest proxy's."""
    scope = pass_through(
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Host", "speech.example"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Forwarded-Prefix", "/speech"),
    )

    assert scope["scheme"] == "https"
    assert (b"host", b"speech.example") in scope["headers"]
    assert scope["root_path"] == "/speech"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("203.0.113.9:51234", "203.0.113.9"),
        ("203.0.113.9:51234, 10.0.0.7:443", "203.0.113.9"),
        ("[2001:db8::1]:51234", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_client_is_the_same_whatever_port_it_calls_from(value: str, address: str) -> None:
    """Its limits would begin anew with each connection."""
    assert pass_through(("X-Forwarded-For", value))["client"][0] == address
