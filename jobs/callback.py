"""Whom a producer wants to be told of the end of its work, and whom the operator allows.

A URL is read by the rules here alone, and the address that is connected to is checked by them
again: no other reader of URLs, and no second answer of a name server, decides where a request goes.
"""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from .errors import InvalidRequest, StartupError

Address = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL_CHARACTERS = 2_000
PORTS = {"http": 80, "https": 443}
TRACEPARENT = "traceparent"
"""A label that is one request's own, and no part of what is sent back."""

_URL = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)*{_LABEL}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes a C library read the whole name as an IPv4 address."""

_ENTRY = re.compile(r"(?P<host>\[[^\]]*\]|[^:]+)(:(?P<port>[0-9]{1,5}))?")
_LOOPBACK_NAME = "localhost"
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a webhook goes."""

    scheme: str
    host: str
    """A name, or an address without brackets."""
    port: int
    target: str
    """Path and query."""

    @property
    def authority(self) -> str:
        """What the header Host says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def place(self) -> str:
        """The URL without its query, which may hold a secret."""
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"


def read_receiver(url: str) -> Receiver:
    """Return what a callback URL names.

    Raises:
        InvalidRequest: it is no plain http or https URL; the message says what is wrong.
    """
    try:
        return _read_url(url)
    except ValueError as exc:
        raise _refused(f"callback_url cannot be used: {exc}") from exc


def write_callback(url: str, metadata: Mapping[str, str]) -> str:
    """Return a caller's wish to be told as one line of JSON; equal wishes are equal lines."""
    labels = {key: value for key, value in metadata.items() if key != TRACEPARENT}
    return json.dumps({"url": url, "metadata": labels}, sort_keys=True, separators=(",", ":"))


class AllowedHosts:
    """The hosts that KTTS_WEBHOOK_HOSTS allows."""

    def __init__(self, setting: str) -> None:
        """Read names, ``*.domain``, ``*``, addresses and networks, by commas; ``:port`` may follow.

        Raises:
            StartupError: an entry is none of these.
        """
        self._names: set[tuple[str, int | None]] = set()
        self._networks: set[tuple[Network, int | None]] = set()
        for entry in filter(None, map(str.strip, setting.lower().split(","))):
            try:
                self._add(entry)
            except ValueError as exc:
                raise StartupError(
                    f"KTTS_WEBHOOK_HOSTS: {entry!r} is no host; write hooks.example.com, "
                    "*.example.com, an address or a network, or one of the first three with :port"
                ) from exc

    def check(self, url: str) -> Receiver:
        """Return what `url` names, if callers may be told there.

        Raises:
            InvalidRequest: nobody may be, or not there; nothing has been looked up.
        """
        receiver = read_receiver(url)
        if problem := self.find_problem(receiver):
            raise _refused(f"callback_url is refused: {problem}")
        return receiver

    def find_problem(self, receiver: Receiver) -> str:
        """Say why nobody may be told there, by the URL alone; empty if it is fine."""
        if not self._names and not self._networks:
            return "no host is allowed; the operator names them in KTTS_WEBHOOK_HOSTS"
        literal = _read_address(receiver.host)
        if not any(
            _fits(receiver.port, port) and _matches(receiver.host, name)
            for name, port in self._names
        ) and not (literal and self._names_address(receiver, literal)):
            return f"{receiver.authority} is not in KTTS_WEBHOOK_HOSTS"
        if receiver.host == _LOOPBACK_NAME or receiver.host.endswith(f".{_LOOPBACK_NAME}"):
            literal = IPv4Address("127.0.0.1")
        if literal and not self.allows(receiver, literal):
            return f"{receiver.host} is no public address; KTTS_WEBHOOK_HOSTS has to name it itself"
        return ""

    def allows(self, receiver: Receiver, address: Address) -> bool:
        """Say whether `address`, that the receiver's name stands for, may be connected to."""
        return all(
            self._names_address(receiver, form) or _is_public(form) for form in _forms(address)
        )

    def _add(self, entry: str) -> None:
        if "/" in entry or _read_address(entry.strip("[]")):
            self._networks.add((ipaddress.ip_network(entry.strip("[]")), None))
            return
        found = _ENTRY.fullmatch(entry)
        if found is None:
            raise ValueError(entry)
        port = int(found["port"]) if found["port"] else None
        if address := _read_address(found["host"].strip("[]")):
            self._networks.add((ipaddress.ip_network(address), port))
            return
        star = "*." if found["host"].startswith("*.") else ""
        is_any = found["host"] == "*"
        name = "*" if is_any else star + _read_host(found["host"].removeprefix("*."))
        self._names.add((name, port))

    def _names_address(self, receiver: Receiver, address: Address) -> bool:
        is_local = receiver.host == _LOOPBACK_NAME and address.is_loopback
        return any(
            _fits(receiver.port, port) and address in network for network, port in self._networks
        ) or (
            is_local
            and any(
                name == _LOOPBACK_NAME and _fits(receiver.port, port) for name, port in self._names
            )
        )


def _refused(message: str) -> InvalidRequest:
    error = InvalidRequest(message)
    error.field = "callback_url"
    return error


def _read_url(url: str) -> Receiver:
    if len(url) > MAX_URL_CHARACTERS:
        raise ValueError(f"it is longer than {MAX_URL_CHARACTERS} characters")
    if not _URL.fullmatch(url):
        raise ValueError("it has characters that no URL has; percent-encode them, without #")
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError("it does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("it holds a user or password; put a token into the path or query")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    if port == 0:
        raise ValueError("port 0 is none")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Receiver(parts.scheme, _read_host(parts.hostname or ""), port, target)


def _read_host(host: str) -> str:
    host = host.lower()
    if ":" in host:
        return str(IPv6Address(host)) if "%" not in host else _refuse(host)
    host = host.removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        return str(IPv4Address(host))  # no decimal, octal or short forms
    return host if _HOST.fullmatch(host) else _refuse(host)


def _refuse(host: str) -> str:
    raise ValueError(f"{host!r} is no name of a host")


def _read_address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _matches(host: str, name: str) -> bool:
    return name in {"*", host} or (name.startswith("*.") and host.endswith(name[1:]))


def _fits(port: int, wanted: int | None) -> bool:
    return wanted in {None, port}


def _forms(address: Address) -> Iterator[Address]:
    """Yield an address, and the IPv4 addresses that it leads to."""
    if isinstance(address, IPv4Address):
        yield address
    elif address.ipv4_mapped:
        yield address.ipv4_mapped
    else:
        yield address
        if address.sixtofour:
            yield address.sixtofour
        yield from address.teredo or ()
        if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: Address) -> bool:
    is_odd = address.is_multicast or address.is_reserved or address in _LOCAL_NAT64
    return address.is_global and not is_odd
