"""What the queue costs: trivial jobs through our worker and through RQ's own, in one run.

    python -m tests.faults.overhead [--jobs 500]

Ours speaks each job with the stand-in engine, journal and files and all; what the engine took is
left out. RQ's workers call a builtin. The last line is one JSON document, milliseconds per job.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rq import Queue

from jobs import SpeechRequest
from tests.faults.processes import open_stable

STOCK = """
import sys, time, redis, rq
kind, url, count = sys.argv[1:]
worker = getattr(rq, kind)([kind], connection=redis.Redis.from_url(url), serializer="json")
started = time.perf_counter()
worker.work(burst=True, logging_level="CRITICAL")
print((time.perf_counter() - started) / int(count) * 1000)
"""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=500)
    count: int = parser.parse_args().jobs
    with tempfile.TemporaryDirectory() as directory, open_stable(Path(directory)) as stable:
        stable.worker()
        stable.queue.submit(SpeechRequest(text="warm")).wait(60)
        started = time.perf_counter()
        jobs = [stable.queue.submit(SpeechRequest(text=f"a{number}")) for number in range(count)]
        results = [job.wait(600) for job in jobs]
        wall_seconds = time.perf_counter() - started
        synthesis_seconds = sum(result.processing_seconds for result in results)
        figures = {"jobs": count, "ours": (wall_seconds - synthesis_seconds) / count * 1000}
        for kind in ("SimpleWorker", "Worker"):
            figures[kind] = _measure_stock(kind, stable, count)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
    return 0


def _measure_stock(kind, stable, count: int) -> float:
    queue = Queue(kind, connection=stable.connection, serializer="json")
    for _ in range(count):
        queue.enqueue("builtins.abs", -1)
    command = [sys.executable, "-c", STOCK, kind, stable.settings.redis_url, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    sys.exit(main())
