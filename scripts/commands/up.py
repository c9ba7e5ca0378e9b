"""``ktts up``: the whole thing on one machine, until it is told to stop.

Starts the embedded server, a janitor and workers, and with ``--web`` the page and the HTTP gateway;
prints the address of the queue and passes on what they log. Ctrl-C or SIGTERM: workers finish their
chunk and put their job back, then the server ends; a second one ends everything at once.

Exit codes: 0 stopped as asked, 78 the device, the model, the server, the data directory or the web
address cannot be used, or that address is open to others without a token.
"""

import argparse
import os
import time
from collections.abc import Sequence

from scripts.console.extras import require_extra
from scripts.console.options import address, format_url, positive
from scripts.console.progress import count
from scripts.console.screen import tell
from scripts.local_stack.embedded import add_data_option
from scripts.local_stack.stack import Stack, stop_signals
from scripts.local_stack.worker_plan import choose_workers

CHECK_SECONDS = 0.2
"""How often it looks whether everything still runs."""

WEB_ADDRESS = "127.0.0.1:8880"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stack until a signal comes."""
    args = _parse(argv)
    if args.web is not None:
        _check_web(*args.web)
    workers = args.workers or choose_workers(os.environ)
    stack = Stack(
        args.data,
        os.environ,
        workers=workers,
        is_lasting=True,
        show=tell,
        tell=tell,
        web=args.web,
    )
    with stop_signals():
        try:
            stack.start()
            tell(f"{count(workers, 'worker')}, KTTS_THREADS={stack.threads} for each")
            _greet(stack, args.web)
            while True:
                stack.check()
                time.sleep(CHECK_SECONDS)
        except KeyboardInterrupt:
            tell("stopping; once more to stop at once")
        finally:
            stack.stop()
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ktts up", description="Run server, janitor and workers on this machine."
    )
    parser.add_argument(
        "--workers",
        type=positive,
        help="model processes (default: one for every four cores, as memory allows)",
    )
    add_data_option(parser)
    parser.add_argument(
        "--web",
        type=address,
        nargs="?",
        const=WEB_ADDRESS,
        metavar="HOST:PORT",
        help=f"serve the page and the HTTP gateway too (without an address: {WEB_ADDRESS})",
    )
    return parser.parse_args(argv)


def _check_web(host: str, port: int) -> None:
    """Refuse what the gateway would refuse, before anything is started.

    Raises:
        StartupError: the extra is missing, or others could come in without a token.
    """
    require_extra("web")
    from scripts.webapp.guard.access import check_address, load_tokens
    from scripts.webapp.web_settings import WebSettings

    check_address(host, load_tokens(WebSettings(web_host=host, web_port=port)))


def _greet(stack: Stack, web: tuple[str, int] | None) -> None:
    print(f"export KTTS_REDIS_URL={stack.settings.redis_url}")
    print(f"export KTTS_OUTPUT_DIR={stack.settings.output_dir}", flush=True)
    tell("the queue is up; set the two lines above in another terminal, then: ktts speak 'Hello'")
    if web is not None and web[1]:  # a free port is known to the gateway alone, which says it
        tell(f"the page opens at {format_url(*web)}")
