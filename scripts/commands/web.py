"""``ktts web``: the HTTP gateway, until it is told to stop.

Listens on loopback only unless there is a token (KTTS_WEB_TOKENS or KTTS_WEB_TOKENS_FILE). The
first line of standard output is its address.

Exit codes: 0 stopped as asked, 78 the address cannot be used, or is open to others without a token.
"""

import argparse
import resource
import socket
from collections.abc import Sequence

from jobs.errors import StartupError
from scripts.console.options import format_url
from scripts.console.screen import tell
from scripts.webapp.guard.access import check_address, load_tokens
from scripts.webapp.web_settings import WebSettings

BACKLOG = 2_048
"""Connections that may wait to be accepted: a burst of a thousand must not be turned away."""

SHUTDOWN_SECONDS = 5
"""For answers that are under way; whoever follows a job connects again."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal comes."""
    settings = _parse(argv)
    tokens = load_tokens(settings)
    check_address(settings.web_host, tokens)
    _allow_many_files()
    listener = _listen(settings.web_host, settings.web_port)
    print(format_url(*listener.getsockname()[:2]), flush=True)
    tell(
        "ktts web: let in: bearers of a token, from anywhere that reaches this address"
        if tokens
        else "ktts web: let in: this machine only; set KTTS_WEB_TOKENS to serve others"
    )
    _serve(settings, tokens, listener)
    return 0


def _serve(settings: WebSettings, tokens: tuple[str, ...], listener: socket.socket) -> None:
    import uvicorn

    from scripts.webapp.app import create_app
    from scripts.webapp.guard.connections import BoundedConnection

    config = uvicorn.Config(
        create_app(settings, tokens),
        http=BoundedConnection,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        # Whoever stands before this server could claim any address; nothing here believes it.
        proxy_headers=False,
        limit_concurrency=settings.web_connections,
        backlog=BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises StartupError where the address cannot be used."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # From now on: whoever reads the address may call at once, and waits for the first answer.
        listener.listen(BACKLOG)
    except OSError as exc:
        raise StartupError(
            f"cannot listen on {host} port {port}: {exc.strerror}; choose another --port"
        ) from exc
    return listener


def _allow_many_files() -> None:
    """Raise the soft limit: a thousand listeners are a thousand handles."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _parse(argv: Sequence[str] | None) -> WebSettings:
    parser = argparse.ArgumentParser(prog="ktts web", description="Serve jobs over HTTP.")
    parser.add_argument("--host", help="address to listen on (default: KTTS_WEB_HOST, or loopback)")
    parser.add_argument("--port", type=int, help="port; 0 takes a free one (default: 8880)")
    args = parser.parse_args(argv)
    given = {"web_host": args.host, "web_port": args.port}
    return WebSettings(**{name: value for name, value in given.items() if value is not None})
