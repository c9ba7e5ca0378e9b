"""``ktts web``: the HTTP gateway, until it is told to stop.

Listens on loopback only unless there is a token (KTTS_WEB_TOKENS or KTTS_WEB_TOKENS_FILE). The
first line of standard output is its address.

Exit codes: 0 stopped as asked, 78 the address cannot be used, or is open to others without a token.
"""

import logging
import resource
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from jobs.telemetry.logs import set_up_logging
from jobs.telemetry.pushed_metrics import push_metrics
from jobs.telemetry.spans import export_spans
from scripts.console.options import format_url
from scripts.console.screen import tell
from scripts.local_stack.stack import stop_signals
from scripts.parsers import server_parsers
from scripts.webapp.guard.access import check_address, load_tokens
from scripts.webapp.listener import BACKLOG, open_listener
from scripts.webapp.web_settings import WebSettings

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 5
"""For answers that are under way; whoever follows a job connects again."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until a signal comes."""
    settings = _parse(argv)
    set_up_logging(settings)
    tokens = load_tokens(settings)
    check_address(settings.web_host, tokens)
    _allow_many_files()
    listener = open_listener(settings.web_host, settings.web_port)
    print(format_url(*listener.getsockname()[:2]), flush=True)
    _say(
        settings,
        "let in: bearers of a token, from anywhere that reaches this address"
        if tokens
        else "let in: this machine only; set KTTS_WEB_TOKENS to serve others",
    )
    with suppress(KeyboardInterrupt), stop_signals():
        _serve(settings, tokens, listener)
    return 0


def _say(settings: WebSettings, sentence: str) -> None:
    if settings.log_format == "json":
        log.info(sentence)
    else:
        tell(f"ktts web: {sentence}")


def _serve(settings: WebSettings, tokens: dict[str, str], listener: socket.socket) -> None:
    import uvicorn

    from scripts.webapp.app import create_app
    from scripts.webapp.guard.request_log import RequestMetrics

    metrics = RequestMetrics()
    with export_spans("ktts-web") as tracer, push_metrics("ktts-web", metrics.families):
        app = create_app(settings, tokens, metrics, tracer)
        uvicorn.Server(_configure(settings, app)).run(sockets=[listener])


def _configure(settings: WebSettings, app: Any) -> Any:
    import uvicorn

    from scripts.webapp.guard.connections import BoundedConnection

    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        lifespan="on",
        log_config=None,  # its lines go where ours go
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


def _allow_many_files() -> None:
    """Raise the soft limit: a thousand listeners are a thousand handles."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _parse(argv: Sequence[str] | None) -> WebSettings:
    parser = server_parsers.web()
    args = parser.parse_args(argv)
    given = {"web_host": args.host, "web_port": args.port, "web_root_path": args.root_path}
    return WebSettings(**{name: value for name, value in given.items() if value is not None})
