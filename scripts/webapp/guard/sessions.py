"""Sessions of browsers: a cookie's random value, known to the queue's server until it is revoked.

The cookie says nothing of the token that opened it. Taking that token out of the settings ends its
sessions, and so does "Forget token" in the page.
"""

import hashlib
import secrets
from typing import Any

from jobs.queue import keys
from jobs.queue.connection import as_text, queue_errors

COOKIE = "ktts_session"
"""Carries the session where a page cannot set a header: audio elements and event sources."""

KEEP_SECONDS = 30 * 86_400


async def open_session(connection: Any, token_digest: str) -> str:
    """Return the cookie of a new session for the bearer of a token; raises QueueUnavailable."""
    cookie = secrets.token_urlsafe(32)
    with queue_errors():
        await connection.set(_key(cookie), token_digest, ex=KEEP_SECONDS)
    return cookie


async def find_session(connection: Any, cookie: str) -> str:
    """Return the digest of the token that opened a session; empty where there is no such session.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    if not cookie:
        return ""
    with queue_errors():
        return as_text(await connection.get(_key(cookie)) or "")


async def close_session(connection: Any, cookie: str) -> None:
    """Revoke a session; raises QueueUnavailable."""
    if cookie:
        with queue_errors():
            await connection.delete(_key(cookie))


def _key(cookie: str) -> str:
    return keys.session(hashlib.sha256(cookie.encode(errors="replace")).hexdigest())
