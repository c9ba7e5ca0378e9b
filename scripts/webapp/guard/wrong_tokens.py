"""Slows whoever guesses tokens: a hundred wrong ones in a minute, then an address has to wait."""

import ipaddress
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

MAX_WRONG_TOKENS = 100
"""Wrong tokens of one address in `PERIOD_SECONDS`; more than a program with an old token needs."""

PERIOD_SECONDS = 60.0

MAX_ADDRESSES = 10_000
"""Addresses that are remembered; the oldest is forgotten first."""

_LOGGED = frozenset({1, 10, MAX_WRONG_TOKENS})


@dataclass(slots=True)
class _Sender:
    began_at: float
    wrong_tokens: int = 0
    proven: set[str] = field(default_factory=set)
    """Digests of the tokens that were right from there: who has one is not kept waiting."""


class WrongTokenLimit:
    """Counts wrong tokens by the client's address; an IPv6 network counts as one."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._senders: OrderedDict[str, _Sender] = OrderedDict()

    def must_wait(self, address: str, digest: str) -> bool:
        """Say whether a token from `address` is refused unread."""
        known = self._senders.get(network_of(address))
        if known is None or time.monotonic() > known.began_at + PERIOD_SECONDS:
            return False
        return known.wrong_tokens >= MAX_WRONG_TOKENS and digest not in known.proven

    def note(self, address: str, digest: str, *, is_right: bool) -> None:
        """Remember how a token from `address` turned out."""
        network, now = network_of(address), time.monotonic()
        known = self._senders.pop(network, None) or _Sender(now)
        self._senders[network] = known
        while len(self._senders) > MAX_ADDRESSES:
            self._senders.popitem(last=False)
        if is_right:
            known.proven.add(digest)
            return
        if now > known.began_at + PERIOD_SECONDS:
            known.began_at, known.wrong_tokens = now, 0
        known.wrong_tokens += 1
        if known.wrong_tokens in _LOGGED:
            log.warning("%d wrong token(s) from %s within a minute", known.wrong_tokens, network)


def network_of(address: str) -> str:
    """Return whom an address belongs to: itself, or the IPv6 network that one client has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:  # noqa: PLR2004  # the protocol
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
