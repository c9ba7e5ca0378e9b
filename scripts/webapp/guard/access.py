"""Who may come in: loopback without a token, everybody else only with one."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from jobs.errors import QueueUnavailable, StartupError
from jobs.text.owners import is_owner
from scripts.webapp.guard.sessions import COOKIE, find_session
from scripts.webapp.guard.wrong_tokens import WrongTokenLimit
from scripts.webapp.schemas.problems import path_of, refuse
from scripts.webapp.web_settings import WebSettings

GUARDED = "/v1/"
"""What needs a token; the page, its files and the API's description do not."""

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


OWNER: ContextVar[str] = ContextVar("owner", default="")
"""Whose the token of this request is; empty where that is not said."""


def load_tokens(settings: WebSettings) -> dict[str, str]:
    """Return the tokens of setting and file, each with its owner, who may be nobody.

    Raises:
        StartupError: the file cannot be read, a token is not plain ASCII without spaces, or a name
            is no owner's.
    """
    found = [("", token) for token in settings.web_tokens.split(",")]
    if settings.web_tokens_file is not None:
        try:
            lines = settings.web_tokens_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as exc:
            raise StartupError(
                f"KTTS_WEB_TOKENS_FILE={settings.web_tokens_file} cannot be read: {exc}"
            ) from exc
        found += [_split_line(line) for line in lines]
    tokens: dict[str, str] = {}
    given = [(owner, token.strip()) for owner, token in found if token.strip()]
    for number, (owner, token) in enumerate(given, 1):
        if not token.isascii() or any(char.isspace() or not char.isprintable() for char in token):
            raise StartupError(
                f"web token {number} has characters that no header carries; use letters and digits"
            )
        # The name alone may be shown: what stands there may be the token.
        if owner and not is_owner(owner):
            raise StartupError(
                f"the name before web token {number} is no owner's: up to 64 letters and digits of "
                "ASCII or any of _ . @ + : - between them"
            )
        if tokens.setdefault(token, owner) != owner:
            raise StartupError(f"web token {number} is another owner's already; give each one")
    return tokens


def _split_line(line: str) -> tuple[str, str]:
    """Return owner and token of a line: `name token`, or a token alone."""
    owner, *token = line.split(maxsplit=1) or [""]
    return (owner, token[0]) if token else ("", owner)


def check_address(host: str, tokens: Collection[str]) -> None:
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

    def __init__(self, tokens: Collection[str]) -> None:
        """Let the bearer of any of `tokens` in; a mapping says whose each is."""
        named = tokens if isinstance(tokens, Mapping) else dict.fromkeys(tokens, "")
        self._owners = {digest_of(token): owner for token, owner in named.items()}
        self.wrong_tokens = WrongTokenLimit()

    def __bool__(self) -> bool:
        return bool(self._owners)

    def accepts(self, token: str) -> bool:
        """Say whether `token` is one of them; takes as long whichever it is."""
        return self.knows(digest_of(token))

    def knows(self, digest: str) -> bool:
        """Say whether `digest` is that of one of them; takes as long whichever it is."""
        given = digest.encode(errors="replace")
        matches = [hmac.compare_digest(given, known.encode()) for known in self._owners]
        return any(matches)

    def owner_of(self, digest: str) -> str:
        """Return whose the token of a right `digest` is; empty where that is not said."""
        return self._owners.get(digest, "")

    def judge(self, token: str, address: str) -> Denial | None:
        """Return why the bearer of `token` is not let in; counts guesses by `address`."""
        digest = digest_of(token)
        if self.wrong_tokens.must_wait(address, digest):
            return Denial(429, "too many wrong tokens came from your address; wait a minute")
        is_right = self.knows(digest)
        self.wrong_tokens.note(address, digest, is_right=is_right)
        if is_right:
            return None
        return Denial(401, "this token is not one of the server's")


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a request is not let in."""

    status: int
    detail: str

    @property
    def headers(self) -> dict[str, str]:
        """What the status asks for."""
        if self.status == HTTPStatus.BAD_REQUEST:
            return {"Connection": "close"}
        if self.status == HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": "Bearer"}
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return {"Retry-After": "60"}
        return {}


class Door:
    """Lets a request in or answers it with 400, 401, 403 or 429."""

    def __init__(self, app: ASGIApp, tokens: TokenCheck, origins: tuple[str, ...]) -> None:
        """Guard `app`; pages of `origins` may call it beside its own."""
        self._app = app
        self._tokens = tokens
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http":
            OWNER.set("")
            try:
                denial = await self._deny(scope)
            except QueueUnavailable as exc:
                denial = Denial(503, str(exc))
            if denial is not None:
                answer = refuse(scope, denial.status, denial.detail, headers=denial.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _deny(self, scope: Scope) -> Denial | None:
        headers = Headers(scope=scope)
        # A proxy in front that goes by the other length takes the rest for the next request.
        if "transfer-encoding" in headers and "content-length" in headers:
            return Denial(400, "give Content-Length or Transfer-Encoding, not both")
        host = _host_of(f"//{headers.get('host', 'localhost')}")
        if host is None:
            return Denial(400, "the Host header is no name and port")
        if denial := self._stranger(scope, headers):
            return denial
        if not self._tokens:
            return _foreigner(scope, host[0])
        if not is_guarded(scope) or scope["method"] == "OPTIONS":
            return None
        return await self._judge(scope, headers)

    def _stranger(self, scope: Scope, headers: Headers) -> Denial | None:
        """Return why a page of another site may not send this, as browsers tell it."""
        origin = headers.get("origin")
        if origin in self._origins:
            return None
        is_safe = scope["method"] in _SAFE_METHODS
        if not is_safe and origin is not None:
            named = _host_of(origin)
            if named is None or named[1] != headers.get("host"):
                return Denial(
                    403,
                    f"pages of {origin} may not call this; "
                    "add it to KTTS_WEB_ORIGINS if they should",
                )
        # Also what another page only embeds: its audio elements and pictures name no origin.
        is_embedded = headers.get("sec-fetch-site", "") in {"cross-site", "same-site"} and not (
            is_safe and headers.get("sec-fetch-mode") == "navigate"
        )
        if is_embedded and (is_guarded(scope) or not is_safe):
            return Denial(
                403, "pages of other sites may not use this; add theirs to KTTS_WEB_ORIGINS"
            )
        return None

    async def _judge(self, scope: Scope, headers: Headers) -> Denial | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            denial = self._tokens.judge(token.strip(), address_of(scope))
            if denial is None:
                OWNER.set(self._tokens.owner_of(digest_of(token.strip())))
            return denial
        connection = scope["app"].state.gateway.queue.connection
        digest = await find_session(connection, cookie_of(headers))
        if digest and self._tokens.knows(digest):
            OWNER.set(self._tokens.owner_of(digest))
            return None
        return Denial(401, "this needs a token: send the header Authorization: Bearer TOKEN")


def is_guarded(scope: Scope) -> bool:
    """Say whether a request needs a token where there are tokens."""
    return path_of(scope).startswith(GUARDED)


def address_of(scope: Scope) -> str:
    """Return the address that a request came from."""
    client = scope["client"]
    return str(client[0]) if client else ""


def cookie_of(headers: Headers) -> str:
    """Return the value of the session's cookie; empty where there is none."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _foreigner(scope: Scope, name: str) -> Denial | None:
    address = address_of(scope)
    if address and not is_loopback(address):
        return Denial(403, "without KTTS_WEB_TOKENS only this machine itself is let in")
    # A name that is not local is another site's, pointed here to get in by a browser.
    if name not in _LOCAL_NAMES:
        return Denial(403, f"without KTTS_WEB_TOKENS this answers to localhost, not to {name!r}")
    return None


def _host_of(url: str) -> tuple[str, str] | None:
    """Return name and place (name and port) in a URL; None where it has none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts.hostname or "", parts.netloc
