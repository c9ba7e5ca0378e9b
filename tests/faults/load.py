"""What the queue carries: how fast jobs go in, and what they weigh in Redis before and after.

    python -m tests.faults.load [--jobs 1000] [--characters 6000]

No model: a stand-in takes each job and says that it is done. The texts are a real story's words in
another order each, so that they compress as texts do. The last line is one JSON document.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path

from jobs import SpeechRequest
from tests.conftest import ROOT
from tests.fakes.fake_worker import FakeWorker, make_result
from tests.faults.processes import Stable, open_stable
from worker.settings import WorkerSettings

WORDS = (ROOT / "scripts" / "bench" / "book.txt").read_text(encoding="utf-8").split()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--characters", type=int, default=6000)
    args = parser.parse_args()
    requests = [make_part(number, args.characters) for number in range(args.jobs)]
    with tempfile.TemporaryDirectory() as directory, open_stable(Path(directory)) as stable:
        print(json.dumps(_measure(stable, requests)))
    return 0


def make_part(number: int, characters: int) -> SpeechRequest:
    """Return a part of a book, unlike any other `number`'s."""
    words = random.Random(number).choices(WORDS, k=characters // 4)
    return SpeechRequest(text=" ".join(words)[:characters], metadata={"batch": "0" * 32})


def _measure(stable: Stable, requests: list[SpeechRequest]) -> dict[str, float]:
    settings = WorkerSettings(**stable.settings.model_dump())
    fake_worker = FakeWorker(stable.connection, settings)
    empty_bytes = _used_bytes(stable)
    started = time.perf_counter()
    for request in requests:
        stable.queue.submit(request, queue="bulk")
    submit_seconds = time.perf_counter() - started
    waiting_bytes = _used_bytes(stable)
    started = time.perf_counter()
    for request in requests:
        result = make_result(request, metadata=request.metadata)
        fake_worker.store.finish(fake_worker.take(), result.model_dump(mode="json"))
    settle_seconds = time.perf_counter() - started
    count = len(requests)
    return {
        "jobs": count,
        "characters": len(requests[0].text),
        "submits_per_second": round(count / submit_seconds),
        "settled_per_second": round(count / settle_seconds),
        "waiting_bytes_per_job": round((waiting_bytes - empty_bytes) / count),
        "finished_bytes_per_job": round((_used_bytes(stable) - empty_bytes) / count),
    }


def _used_bytes(stable: Stable) -> int:
    return int(stable.connection.info("memory")["used_memory"])


if __name__ == "__main__":
    raise SystemExit(main())
