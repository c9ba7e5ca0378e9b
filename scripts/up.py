"""``ktts up``: the whole thing on one machine, until it is told to stop.

Starts the embedded server, a janitor and workers, prints the address of the queue and passes on
what they log. Ctrl-C or SIGTERM: workers finish their chunk and put their job back, then the server
ends; a second one ends everything at once.

Exit codes: 0 stopped as asked, 78 the device, the model, the server or the data directory cannot be
used.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from jobs.settings import default_data_dir
from scripts.options import positive
from scripts.stack import Stack, stop_signals

CHECK_SECONDS = 0.2
"""How often it looks whether everything still runs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stack until a signal comes."""
    args = _parse(argv)
    stack = Stack(
        args.data, os.environ, workers=args.workers, is_lasting=True, show=_say, tell=_say
    )
    with stop_signals():
        try:
            stack.start()
            _greet(stack)
            while True:
                stack.check()
                time.sleep(CHECK_SECONDS)
        except KeyboardInterrupt:
            _say("stopping; once more to stop at once")
        finally:
            stack.stop()
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ktts up", description="Run server, janitor and workers on this machine."
    )
    parser.add_argument(
        "--workers", type=positive, default=1, help="model processes (default: %(default)s)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=default_data_dir(),
        metavar="DIR",
        help="queue, output and work in progress (default: %(default)s)",
    )
    return parser.parse_args(argv)


def _greet(stack: Stack) -> None:
    print(f"export KTTS_REDIS_URL={stack.settings.redis_url}")
    print(f"export KTTS_OUTPUT_DIR={stack.settings.output_dir}", flush=True)
    _say("the queue is up; set the two lines above in another terminal, then: ktts speak 'Hello'")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
