"""Connections that look for the server themselves: by Sentinels, or by a cluster's redirections.

A connection asks before it connects, and gives up its socket when the server answers that it is not
(any more) the one to write to. The client then retries, and finds the other one.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import redis
import redis.asyncio
from redis import exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import keys

Address = tuple[str, int]

SENTINEL_PORT = 26379
SENTINEL_SECONDS = 1.0
"""How long one Sentinel may take to answer."""

_ELSEWHERE = (exceptions.ReadOnlyError, exceptions.MovedError, exceptions.ClusterDownError)


class Finder(Protocol):
    """Knows where the server is."""

    def find(self) -> Address:
        """Return where to connect."""

    def note(self, error: Exception | None) -> None:
        """Hear that a server has referred us elsewhere, or with None that it cannot be reached."""


class ClusterFinder:
    """Follows the redirections of a cluster; all keys are in one slot, and so on one server."""

    def __init__(self, seed: Address) -> None:
        """Begin at `seed`, any server of the cluster, or the only one."""
        self._seed = self._current = seed

    def find(self) -> Address:
        """Return the server that was named last."""
        return self._current

    def note(self, error: Exception | None) -> None:
        """Go where a redirection points, or begin anew."""
        self._current = self._seed
        if isinstance(error, exceptions.MovedError):
            self._current = (error.host or self._seed[0], error.port)


class SentinelFinder:
    """Asks Sentinels for the primary of a service."""

    def __init__(self, sentinels: Sequence[Address], service: str, options: dict[str, Any]) -> None:
        """Ask `sentinels` in turn; `options` are for connections to them."""
        self._sentinels = list(sentinels)
        self._service = service
        self._options = options

    def find(self) -> Address:
        """Return the primary's address.

        Raises:
            redis.exceptions.ConnectionError: no Sentinel answers, or none knows the service.
        """
        problems = []
        for place in list(self._sentinels):
            host, port = place
            try:
                with redis.Redis(
                    host=host,
                    port=port,
                    socket_timeout=SENTINEL_SECONDS,
                    socket_connect_timeout=SENTINEL_SECONDS,
                    retry=Retry(NoBackoff(), 0),
                    **self._options,
                ) as sentinel:
                    found = sentinel.sentinel_get_master_addr_by_name(self._service)
            except exceptions.RedisError as exc:
                problems.append(f"{host}:{port}: {exc}")
                continue
            if found:
                # The next connection asks the one first that has answered.
                self._sentinels.sort(key=lambda other: other != place)
                name, number = found
                return name.decode() if isinstance(name, bytes) else name, int(number)
            problems.append(f"{host}:{port} knows no {self._service!r}")
        raise exceptions.ConnectionError(f"no Sentinel names a primary ({'; '.join(problems)})")

    def note(self, error: Exception | None) -> None:
        """Nothing is remembered: each connection asks."""


class _Located:
    """What both connections below do before they connect, and when they are sent elsewhere."""

    def __init__(self, *, finder: Finder, **options: Any) -> None:
        super().__init__(**options)
        self._finder = finder

    def _connect(self) -> Any:
        self.host, self.port = self._finder.find()
        try:
            return super()._connect()  # type: ignore[misc]
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):
            self._finder.note(None)
            raise

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().read_response(*arguments, **options)  # type: ignore[misc]
        except _ELSEWHERE as exc:
            self._finder.note(exc)
            self.disconnect()  # type: ignore[attr-defined]
            raise exceptions.ConnectionError(f"the server is another one now ({exc})") from exc


class LocatedConnection(_Located, redis.Connection):
    """A connection to the server that a `Finder` names."""


class LocatedSSLConnection(_Located, redis.SSLConnection):
    """The same over TLS."""


class _AsyncLocated:
    def __init__(self, *, finder: Finder, **options: Any) -> None:
        super().__init__(**options)
        self._finder = finder

    async def _connect(self) -> None:
        self.host, self.port = await asyncio.to_thread(self._finder.find)
        try:
            await super()._connect()  # type: ignore[misc]
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):
            self._finder.note(None)
            raise

    async def read_response(self, *arguments: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*arguments, **options)  # type: ignore[misc]
        except _ELSEWHERE as exc:
            self._finder.note(exc)
            await self.disconnect(nowait=True)  # type: ignore[attr-defined]
            raise exceptions.ConnectionError(f"the server is another one now ({exc})") from exc


class AsyncLocatedConnection(_AsyncLocated, redis.asyncio.Connection):
    """A connection for asyncio to the server that a `Finder` names."""


class AsyncLocatedSSLConnection(_AsyncLocated, redis.asyncio.SSLConnection):
    """The same over TLS."""


def locate(url: str, *, is_async: bool) -> tuple[str, dict[str, Any]]:
    """Return an address that the client reads, and the options of a pool that finds the server.

    An address that begins with sentinel:// or, for TLS, sentinels:// names Sentinels and a service:
    sentinel://user:password@host:26379,host:26379/service/0. Options follow as in a redis://
    address; sentinel_username and sentinel_password are for the Sentinels.

    Raises:
        ValueError: it names no Sentinel or no service, or its options are none.
    """
    parts = urlsplit(url)
    if parts.scheme in {"sentinel", "sentinels"}:
        return _locate_by_sentinels(url, is_async=is_async)
    if parts.scheme in {"redis", "rediss"} and keys.HAS_HASH_TAG:
        seed = (parts.hostname or "localhost", parts.port or 6379)
        is_secure = parts.scheme == "rediss"
        return url, _pool_options(ClusterFinder(seed), is_secure=is_secure, is_async=is_async)
    return url, {}


def _locate_by_sentinels(url: str, *, is_async: bool) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(url)
    is_secure = parts.scheme == "sentinels"
    login, _, places = parts.netloc.rpartition("@")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("it names no service; write sentinel://host:26379,host:26379/service/0")
    sentinels = [_read_place(place) for place in places.split(",") if place]
    if not sentinels:
        raise ValueError("it names no Sentinel; write sentinel://host:26379,host:26379/service/0")
    given = dict(parse_qsl(parts.query))
    options = {
        name.removeprefix("sentinel_"): given.pop(name)
        for name in ("sentinel_username", "sentinel_password")
        if name in given
    }
    tls = {name: value for name, value in given.items() if name.startswith("ssl_")}
    scheme = "rediss" if is_secure else "redis"
    host = f"{login}@localhost" if login else "localhost"  # until the finder has found the server
    address = urlunsplit((scheme, host, f"/{database or 0}", urlencode(given), ""))
    finder = SentinelFinder(sentinels, service, options | tls | {"ssl": is_secure})
    return address, _pool_options(finder, is_secure=is_secure, is_async=is_async)


def _read_place(text: str) -> Address:
    parts = urlsplit(f"//{text}")
    return parts.hostname or "localhost", parts.port or SENTINEL_PORT


def _pool_options(finder: Finder, *, is_secure: bool, is_async: bool) -> dict[str, Any]:
    if is_async:
        kind: type = AsyncLocatedSSLConnection if is_secure else AsyncLocatedConnection
    else:
        kind = LocatedSSLConnection if is_secure else LocatedConnection
    return {"connection_class": kind, "finder": finder}
