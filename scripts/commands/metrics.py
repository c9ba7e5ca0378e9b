"""``ktts metrics``: queue, jobs, workers and Redis in Prometheus's text format.

Prints them once, or with ``--listen`` answers HTTP requests with them until it is told to stop. The
janitor does the same where ``KTTS_METRICS_LISTEN`` is set.

Exit codes: 0, also after SIGTERM or Ctrl-C; 69 no queue server; 78 nothing can listen there.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from jobs.queue.connection import connect
from jobs.settings import QueueSettings
from worker.metrics.exporter import serve_metrics, write_metrics


def main(argv: Sequence[str] | None = None) -> int:
    """Print or serve the metrics."""
    args = _parse(argv)
    url = QueueSettings().redis_url
    if args.listen is None:
        with connect(url) as connection:
            print(write_metrics(connection), end="")
        return 0
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with serve_metrics(url, args.listen) as port:
        host = args.listen.rpartition(":")[0]
        print(f"metrics at http://{host}:{port}/metrics", file=sys.stderr, flush=True)
        stopping.wait()
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ktts metrics", description="Print or serve metrics.")
    parser.add_argument(
        "--listen",
        type=_address,
        metavar="HOST:PORT",
        help="answer HTTP requests there, for example 127.0.0.1:9108, from whoever can reach it",
    )
    return parser.parse_args(argv)


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text
