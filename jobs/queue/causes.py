"""What an error of the Redis client means, in one line with what to do about it."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from redis import exceptions

from . import keys


def _is(*kinds: type[Exception]) -> Callable[[Exception], bool]:
    return lambda error: isinstance(error, kinds)


def _says(pattern: str) -> Callable[[Exception], bool]:
    return lambda error: re.search(pattern, str(error)) is not None


def refuses_slots(error: Exception) -> bool:
    """Say whether a server in cluster mode refuses keys that are not all in one slot."""
    return not keys.HAS_HASH_TAG and (
        isinstance(error, (exceptions.MovedError, exceptions.ClusterCrossSlotError))
        or "same slot" in str(error)
        or "non local key" in str(error)
    )


_SCHEMES = frozenset({"redis", "rediss", "unix", "sentinel", "sentinels"})
_DATABASE = re.compile("/?[0-9]*")

_CAUSES: tuple[tuple[Callable[[Exception], bool], str], ...] = (
    (
        _is(exceptions.OutOfMemoryError),
        "{} is out of memory and takes no more jobs; let workers drain it or raise maxmemory",
    ),
    (
        _is(exceptions.ReadOnlyError),
        "{} is a read-only replica; point KTTS_REDIS_URL at the primary",
    ),
    (
        refuses_slots,
        (
            "{} is in cluster mode ({}), where all keys have to be in one slot; set RQ_KEY_PREFIX "
            "to a name in braces, for example {{ktts}}, for producers and workers alike"
        ),
    ),
    (
        _is(exceptions.ClusterDownError),
        "{} is in a cluster that does not work ({}); repair the cluster",
    ),
    (
        _says("ACL failure|o permission|user executing the script can"),
        (
            "{} refuses this ({}), its user lacks a right; one of few rights needs those in "
            "docs/security.md"
        ),
    ),
    (
        _is(exceptions.AuthenticationError),
        (
            "{} wants another user or password ({}); set KTTS_REDIS_URL="
            "redis://user:password@host:port/0 or KTTS_REDIS_PASSWORD_FILE"
        ),
    ),
    (
        _says("DB index|Invalid Database|SELECT is not allowed"),
        (
            "{} has no database of that number ({}); it is at the end of KTTS_REDIS_URL, and "
            "0 is always there"
        ),
    ),
    (
        _says("^MISCONF|background save"),
        "{} cannot write its data to disk and takes no changes ({})",
    ),
    (
        _says("certificate|SSL|TLS"),
        (
            "{} and this machine agree on no TLS ({}); an own CA is named in the address: "
            "rediss://host:6379/0?ssl_ca_certs=/path/ca.crt"
        ),
    ),
    (_is(exceptions.ResponseError), "{} refuses this ({})"),
)


def explain(error: Exception, url: str = "") -> str:
    """Return one line that names the cause of a Redis client's error and what to do about it."""
    server = f"Redis at {public_address(url)}" if url else "Redis"
    for applies, text in _CAUSES:
        if applies(error):
            return text.format(server, describe_error(error))
    return (
        f"{server} does not answer ({describe_error(error)}); start a queue with `ktts up`, "
        "or give speak or audiobook --embedded, or set KTTS_REDIS_URL"
    )


def describe_error(exc: Exception) -> str:
    """Return what a client's error says, without any word that could hold part of a password."""
    return re.sub(r"\S*@\S*", "(not shown)", str(exc))


def public_address(url: str) -> str:
    """Return an address as it may be shown: without user, password and query.

    It is built anew of what can be nothing else. Where a sign of a password could have come into
    another part, only the scheme is told.
    """
    scheme = url.partition("://")[0]
    if scheme not in _SCHEMES:
        return "(not shown)"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return f"{scheme}://(not shown)"
    place = parts.path + parts.query + parts.fragment
    if "@" in place or "#" in url or (scheme != "unix" and not _DATABASE.fullmatch(parts.path)):
        return f"{scheme}://(not shown)"
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}{f':{port}' if port is not None else ''}{parts.path}"
