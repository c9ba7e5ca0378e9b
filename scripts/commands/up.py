"""``ktts up``: the whole thing on one machine, until it is told to stop.

Starts the embedded server, a janitor and workers, and with ``--web`` page and HTTP gateway.
It says where queue and files are, when the workers are ready, how each job ended and what went
wrong; ``--verbose`` passes on all that they log. Where standard output is no terminal, and with
``--data``, it prints the settings that others need as two lines for a shell. Ctrl-C or SIGTERM:
workers finish their chunk and put their job back, then the server ends; a second one ends all at
once.

Exit codes: 0 stopped as asked, 78 the device, the model, the server, the data directory or the web
address cannot be used, or that address is open to others without a token.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from jobs.settings import default_data_dir
from scripts.console.extras import require_extra
from scripts.console.options import format_url
from scripts.console.screen import tell
from scripts.local_stack.child_lines import ChildLines
from scripts.local_stack.stack import Stack, stop_signals
from scripts.local_stack.worker_plan import choose_workers
from scripts.parsers import server_parsers

CHECK_SECONDS = 0.2
"""How often it looks whether everything still runs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stack until a signal comes."""
    args = server_parsers.up().parse_args(argv)
    if args.web is not None:
        args.web = _choose_web(*args.web)
    args.workers = args.workers or choose_workers(os.environ)
    lines = ChildLines(args.workers, tell, has_all=args.verbose)
    stack = Stack(
        args.data,
        os.environ,
        workers=args.workers,
        is_lasting=True,
        show=lines.show,
        tell=tell,
        web=args.web,
    )
    with stop_signals():
        try:
            stack.start()
            _name_other_queue(stack.settings.redis_url)
            _greet(stack, args)
            while True:
                stack.check()
                time.sleep(CHECK_SECONDS)
        except KeyboardInterrupt:
            tell("stopping; once more to stop at once")
        finally:
            stack.stop()
    return 0


def _choose_web(host: str, port: int) -> tuple[str, int]:
    """Return where the page is to be; without a host that is what the settings say.

    Raises:
        StartupError: the extra is missing, others could come in without a token, or the port is in
            use.
    """
    require_extra("web")
    from scripts.webapp.guard.access import check_address, load_tokens
    from scripts.webapp.listener import open_listener
    from scripts.webapp.web_settings import WebSettings

    settings = WebSettings(web_host=host, web_port=port) if host else WebSettings()
    check_address(settings.web_host, load_tokens(settings))
    open_listener(settings.web_host, settings.web_port).close()
    return settings.web_host, settings.web_port


def _name_other_queue(own_url: str) -> None:
    """Say that the address in the environment is another queue, whose jobs nobody here takes."""
    named = os.environ.get("KTTS_REDIS_URL") or os.environ.get("REDIS_URL")
    if named and named != own_url:
        tell(
            "KTTS_REDIS_URL names another queue, which `ktts up` does not serve: it has a server "
            "of its own; for that one run `ktts janitor` and `ktts worker`"
        )


def _greet(stack: Stack, args: argparse.Namespace) -> None:
    settings = stack.settings
    has_usual_place = args.data == default_data_dir()
    if not (has_usual_place and sys.stdout.isatty()):
        print(f"export KTTS_REDIS_URL={settings.redis_url}")
        print(f"export KTTS_OUTPUT_DIR={settings.output_dir}", flush=True)
    found = (
        "ktts and Python find it by themselves" if has_usual_place else "set KTTS_REDIS_URL to it"
    )
    tell(f"queue    {settings.redis_url} ({found})")
    tell(f"files    {settings.output_dir}")
    if args.web is not None and args.web[1]:  # a free port is known to the gateway alone
        tell(f"page     {format_url(*args.web)}")
    threads = f"KTTS_THREADS={stack.threads} for each"
    tell(f"workers  {args.workers}, {threads}, loading the model; Ctrl-C ends all")
