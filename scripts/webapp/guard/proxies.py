"""What a proxy in front says of a request: client, scheme, name, and the path it stands under.

Only the proxies that the settings name are believed; anybody could send these headers.
"""

from __future__ import annotations

import ipaddress
import re
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from jobs.errors import StartupError

ROOT_PATH: ContextVar[str] = ContextVar("root_path", default="")
"""The path that the request's links begin with; empty where the application stands at the root."""

_HOP = re.compile(r"\[([^\]]+)\](?::[0-9]+)?|([^:]+):[0-9]+")
"""An address in brackets, or with a port."""
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a setting; raises StartupError where one is none."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as exc:
        raise StartupError(f"KTTS_WEB_TRUSTED_PROXIES={text}: {exc}") from exc


def read_prefix(text: str) -> str:
    """Return a path without its last slash; empty where it is none that links could begin with."""
    prefix = text.strip().rstrip("/")
    return prefix if _PREFIX.fullmatch(prefix) else ""


class ForwardedHeaders:
    """Puts what trusted proxies say into the request."""

    def __init__(self, app: ASGIApp, proxies: str, root_path: str) -> None:
        """Serve `app` under `root_path`, or under what a proxy of `proxies` names."""
        self._app = app
        self._networks = read_networks(proxies)
        self._root_path = read_prefix(root_path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as the client meant it."""
        if scope["type"] == "http":
            prefix = self._root_path
            if scope["client"] and self._is_trusted(scope["client"][0]):
                prefix = self._believe(scope) or prefix
            ROOT_PATH.set(prefix)
            scope["root_path"] = prefix
            if prefix and not f"{scope['path']}/".startswith(f"{prefix}/"):
                scope["path"] = prefix + scope["path"]  # the proxy has taken it off
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        hops = [_without_port(hop) for hop in _split(headers, "x-forwarded-for")]
        while len(hops) > 1 and self._is_trusted(hops[-1]):
            hops.pop()
        if hops:
            scope["client"] = (hops[-1], 0)
        schemes, hosts, prefixes = (
            _split(headers, f"x-forwarded-{name}") for name in ("proto", "host", "prefix")
        )
        if schemes and schemes[-1] in {"http", "https"}:
            scope["scheme"] = schemes[-1]
        if hosts:
            MutableHeaders(scope=scope)["host"] = hosts[-1]
        return read_prefix(prefixes[-1]) if prefixes else ""

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)


def _split(headers: Headers, name: str) -> list[str]:
    """Return the values of a header, the nearest proxy's last.

    Some proxies add a line of their own below the client's, in place of a value to its line.
    """
    values = ",".join(headers.getlist(name)).split(",")
    return [value.strip() for value in values if value.strip()]


def _without_port(hop: str) -> str:
    """Return the address alone, as some proxies write the port that the client calls from, too."""
    found = _HOP.fullmatch(hop)
    return (found[1] or found[2]) if found else hop
