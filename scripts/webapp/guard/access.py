"""Who may come in: loopback without a token, everybody else only with one."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from jobs.errors import StartupError
from scripts.webapp.schemas.problems import refuse
from scripts.webapp.web_settings import WebSettings

COOKIE = "ktts_token"
"""Carries the token where a page cannot set a header: audio elements and event sources."""

GUARDED = "/v1/"
"""What needs a token; the page, its files and the API's description do not."""

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def load_tokens(settings: WebSettings) -> tuple[str, ...]:
    """Return the tokens of setting and file.

    Raises:
        StartupError: the file cannot be read, or a token is not plain ASCII without spaces.
    """
    found = settings.web_tokens.split(",")
    if settings.web_tokens_file is not None:
        try:
            found += settings.web_tokens_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            raise StartupError(
                f"KTTS_WEB_TOKENS_FILE={settings.web_tokens_file} cannot be read: {exc}"
            ) from exc
    tokens = tuple(token.strip() for token in found if token.strip())
    for number, token in enumerate(tokens, 1):
        if not token.isascii() or any(char.isspace() or not char.isprintable() for char in token):
            raise StartupError(
                f"web token {number} has characters that no header carries; use letters and digits"
            )
    return tokens


def check_address(host: str, tokens: tuple[str, ...]) -> None:
    """Refuse to listen to the network without a token.

    Raises:
        StartupError: says what to set.
    """
    if not tokens and not is_loopback(host):
        raise StartupError(
            f"KTTS_WEB_HOST={host} is reached from other machines, and without a token anybody "
            "there could use it; set KTTS_WEB_TOKENS, or listen on 127.0.0.1"
        )


def is_loopback(host: str) -> bool:
    """Say whether an address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class TokenCheck:
    """Compares tokens in constant time."""

    def __init__(self, tokens: tuple[str, ...]) -> None:
        """Let the bearer of any of `tokens` in."""
        self._digests = [_digest(token) for token in tokens]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def accepts(self, token: str) -> bool:
        """Say whether `token` is one of them; takes as long whichever it is."""
        given = _digest(token)
        matches = [hmac.compare_digest(given, digest) for digest in self._digests]
        return any(matches)


class Door:
    """Lets a request in or answers it with 401 or 403."""

    def __init__(self, app: ASGIApp, tokens: TokenCheck, origins: tuple[str, ...]) -> None:
        """Guard `app`; pages of `origins` may call it beside its own."""
        self._app = app
        self._tokens = tokens
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            status, detail = refusal
            headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004
            await refuse(scope, status, detail, headers=headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if scope["method"] not in _SAFE_METHODS and not self._is_own_page(headers):
            return 403, (
                f"pages of {headers['origin']} may not call this; "
                "add it to KTTS_WEB_ORIGINS if they should"
            )
        if not self._tokens:
            return self._foreigner(scope, headers)
        if not scope["path"].startswith(GUARDED) or scope["method"] == "OPTIONS":
            return None
        if self._tokens.accepts(_token_of(headers)):
            return None
        return 401, "this needs a token: send the header Authorization: Bearer TOKEN"

    def _is_own_page(self, headers: Headers) -> bool:
        """Say whether no other site's page sent this; browsers name theirs on every unsafe call."""
        origin = headers.get("origin")
        if origin is None or origin in self._origins:
            return True
        return urlsplit(origin).netloc == headers.get("host")

    def _foreigner(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        client = scope["client"]
        if client is not None and not is_loopback(client[0]):
            return 403, "without KTTS_WEB_TOKENS only this machine itself is let in"
        # A name that is not local is another site's, pointed here to get in by a browser.
        name = urlsplit(f"//{headers.get('host', 'localhost')}").hostname or ""
        if name not in _LOCAL_NAMES:
            return 403, f"without KTTS_WEB_TOKENS this answers to localhost, not to {name!r}"
        return None


def _token_of(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
