"""``ktts metrics``: queue, jobs, workers and Redis in Prometheus's text format.

Prints them once, or with ``--listen`` answers HTTP requests with them until it is told to stop. The
janitor does the same where ``KTTS_METRICS_LISTEN`` is set.

Exit codes: 0, also after SIGTERM or Ctrl-C; 69 no queue server; 78 nothing can listen there.
"""

import signal
import threading
from collections.abc import Sequence

from jobs.queue.connection import connect
from jobs.settings import QueueSettings
from scripts.console.options import format_url
from scripts.console.screen import tell
from scripts.parsers import server_parsers
from worker.metrics.exporter import serve_metrics, write_metrics


def main(argv: Sequence[str] | None = None) -> int:
    """Print or serve the metrics."""
    args = server_parsers.metrics().parse_args(argv)
    settings = QueueSettings()
    if args.listen is None:
        with connect(settings.redis_url) as connection:
            print(write_metrics(connection, settings), end="")
        return 0
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    host, port = args.listen
    with serve_metrics(settings, f"{host}:{port}") as port:
        tell(f"metrics at {format_url(host, port)}/metrics")
        stopping.wait()
    return 0
