"""One HTTP request to a receiver that somebody else chose, bounded in time and size.

The name is looked up once, each address is checked, and the connection goes to a checked address;
a name server that changes its answer afterwards is not asked. Redirects are answers like others.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache

from jobs.callback import AllowedHosts, Receiver

ATTEMPT_SECONDS = 10.0
"""From the look-up of the name to the status of the answer."""

MAX_ANSWER_BYTES = 65_536
LAST_WORDS_SECONDS = 1.0
"""How long the rest of an answer is waited for, so that a receiver that writes one can."""

MAX_ADDRESSES = 4

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")


class Refused(Exception):
    """Nothing was sent: the receiver is not one that the operator allows."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system has them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]


async def post(
    receiver: Receiver,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: AllowedHosts,
    resolver: Resolve = resolve,
) -> int:
    """Send `body` and return the status of the answer, which is read no further.

    Raises:
        Refused: the host, or every address of it, is not allowed.
        OSError: no connection, TLS or answer; or TimeoutError, or EOFError.
        ValueError: the answer is no HTTP, or too long.
    """
    if problem := allowed.find_problem(receiver):
        raise Refused(problem)
    async with asyncio.timeout(ATTEMPT_SECONDS):
        reader, writer = await _connect(receiver, allowed, resolver)
        try:
            writer.write(_write_head(receiver, headers, len(body)) + body)
            await writer.drain()
            status = await _read_status(reader)
        except BaseException:
            writer.transport.abort()
            raise
    with suppress(OSError, asyncio.LimitOverrunError):
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            await reader.read(MAX_ANSWER_BYTES)
    writer.transport.abort()
    return status


async def _connect(
    receiver: Receiver, allowed: AllowedHosts, resolver: Resolve
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    found = list(dict.fromkeys(await resolver(receiver.host, receiver.port)))
    checked = [one for one in found if allowed.allows(receiver, ipaddress.ip_address(one))]
    if not checked:
        raise Refused(
            f"{receiver.host} stands for {', '.join(found[:MAX_ADDRESSES]) or 'no address'}, "
            "none of them public or named in KTTS_WEBHOOK_HOSTS"
        )
    is_secure = receiver.scheme == "https"
    for address in checked[:MAX_ADDRESSES]:
        try:
            return await asyncio.open_connection(
                address,
                receiver.port,
                limit=MAX_ANSWER_BYTES,
                ssl=_trust() if is_secure else None,
                server_hostname=receiver.host if is_secure else None,
            )
        except OSError as exc:
            error = exc
    raise error


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _write_head(receiver: Receiver, headers: Mapping[str, str], length: int) -> bytes:
    lines = {"Host": receiver.authority, "Content-Length": str(length), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**lines, **headers}.items())
    return f"POST {receiver.target} HTTP/1.1\r\n{head}\r\n".encode("ascii")


async def _read_status(reader: asyncio.StreamReader) -> int:
    """Return the status; answers before the last one (1xx) are passed over."""
    try:
        while True:
            found = _STATUS_LINE.fullmatch(await reader.readuntil(b"\n"))
            if found is None:
                raise ValueError("the answer is no HTTP")
            if int(found[1]) >= 200:  # noqa: PLR2004 - what HTTP calls a final answer
                return int(found[1])
            while (await reader.readuntil(b"\n")).strip():
                pass
    except asyncio.LimitOverrunError as exc:
        raise ValueError("the answer has too long a line") from exc
