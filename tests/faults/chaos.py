"""Chaos: many jobs while processes are killed at random.

    python -m tests.faults.chaos --jobs 500 --seconds 90 --seed 1

Two workers and a janitor on a server of their own; every few seconds a worker, a model process or
the server is killed with SIGKILL, or a worker told to stop, and started again. The last line of
stdout is one JSON document:

* ``sent``, ``finished``, ``lost``: jobs; lost is what was acknowledged and has not finished;
* ``done_twice``: jobs whose finished file was made more than once, and chunks that entered a
  journal more than once, by the engines' own append-only log;
* ``hashes_equal``: every file has the sha256 that a calm run of the same request gives;
* ``kills``: how often what was done;
* ``slowest_recovery_seconds``: the longest from the kill of a worker or model process that held a
  job, or from the server's last return after it, to that job being taken up again. More urgent work
  that waits goes first.

Exit code 0 if nothing was lost or done twice and all hashes are equal, else 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import redis

from jobs.errors import QueueUnavailable
from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.queue import SpeechQueue
from jobs.settings import QUEUES
from tests.faults.processes import (
    Process,
    Stable,
    calm_hashes,
    kill_model_process,
    make_request,
    open_stable,
)

WORKERS = 2
PACE_SECONDS = 0.04
"""Time per chunk; half of the workers' time is left for dying and coming back."""

PAUSE_SECONDS = (0.5, 3.0)
"""Shortest and longest time between two faults."""

FAULTS = {"worker": 4, "model_process": 4, "stop": 2, "server": 1}
"""What is done, and how often in relation."""

END_SECONDS = 120.0
"""How long the rest may take when the chaos is over."""


@dataclass
class Report:
    """What the last line says."""

    seed: int
    sent: int = 0
    finished: int = 0
    lost: int = 0
    done_twice: int = 0
    hashes_equal: bool = False
    kills: dict[str, int] = field(default_factory=dict)
    slowest_recovery_seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        return self.hashes_equal and not self.lost and not self.done_twice


class Chaos:
    """One run."""

    def __init__(self, stable: Stable, *, jobs: int, seconds: float, seed: int) -> None:
        self.stable = stable
        self.seconds = seconds
        self.random = random.Random(seed)
        self.requests = [
            make_request(number, chunks=self.random.randint(1, 5)) for number in range(jobs)
        ]
        self.queues = [self.random.choice(QUEUES) for _ in self.requests]
        self.report = Report(seed)
        self.kills: Counter[str] = Counter()
        self.workers: list[Process] = []
        self.interrupted: dict[str, tuple[str, float]] = {}
        """Job to the execution that was killed and the moment of that."""

    def run(self) -> Report:
        """Send, kill, wait, compare."""
        self.stable.janitor()
        self.workers = [self.stable.worker(pace=PACE_SECONDS) for _ in range(WORKERS)]
        producer = threading.Thread(target=self._send)
        producer.start()
        self._hurt()
        producer.join()
        self._await_end()
        return self._compare()

    def _send(self) -> None:
        """Submit evenly over the time; what is refused is sent again until it is taken."""
        queue = SpeechQueue(self.stable.server.connection(), self.stable.settings)
        pause = self.seconds / len(self.requests)
        for request, name in zip(self.requests, self.queues, strict=True):
            while True:
                try:
                    queue.submit(request, queue=name)
                    break
                except QueueUnavailable:
                    time.sleep(0.1)
            self.report.sent += 1
            time.sleep(pause)

    def _hurt(self) -> None:
        end = time.monotonic() + self.seconds
        next_fault = time.monotonic()
        while time.monotonic() < end:
            if time.monotonic() >= next_fault:
                fault = self.random.choices(list(FAULTS), list(FAULTS.values()))[0]
                if self._do(fault):
                    self.kills[fault] += 1
                next_fault = time.monotonic() + self.random.uniform(*PAUSE_SECONDS)
            self._watch()
            time.sleep(0.05)

    def _do(self, fault: str) -> bool:
        if fault == "server":
            self.stable.server.restart()
            # Nobody is called dead within a lease of that: the clocks restart.
            moment = time.monotonic()
            self.interrupted = {
                job_id: (execution, moment) for job_id, (execution, _) in self.interrupted.items()
            }
            return True
        number = self.random.randrange(WORKERS)
        worker = self.workers[number]
        held = self._held_by(worker)
        if fault == "model_process":
            if not worker.is_running or not worker.children():
                return False
            kill_model_process(worker)
        elif fault == "stop":
            worker.signal(signal.SIGTERM)
            worker.wait()
            held = {}
        else:
            worker.kill()
        moment = time.monotonic()
        self.interrupted |= {job_id: (execution, moment) for job_id, execution in held.items()}
        if fault != "model_process":
            self.workers[number] = self.stable.worker(pace=PACE_SECONDS, ready=False)
        return True

    def _held_by(self, worker: Process) -> dict[str, str]:
        try:
            name = self.stable.name_of(worker)
            held = self.stable.connection.hgetall(keys.HELD)
            return {
                as_text(job_id): self.stable.field(as_text(job_id), "execution")
                for job_id, holder in held.items()
                if as_text(holder) == name
            }
        except redis.exceptions.RedisError:
            return {}

    def _watch(self) -> None:
        """See which interrupted jobs have been taken up again, and that nobody ends by himself."""
        for worker in self.workers:
            if not worker.is_running:
                raise AssertionError(f"a worker ended by itself:\n{worker.log[-2000:]}")
        for job_id, (execution, moment) in list(self.interrupted.items()):
            try:
                current = self.stable.field(job_id, "execution")
                status = self.stable.field(job_id, "status")
            except redis.exceptions.RedisError:
                return
            if current != execution or status == "finished":
                del self.interrupted[job_id]
                took = time.monotonic() - moment
                self.report.slowest_recovery_seconds = max(
                    self.report.slowest_recovery_seconds, round(took, 2)
                )

    def _await_end(self) -> None:
        end = time.monotonic() + END_SECONDS
        while time.monotonic() < end:
            self._watch()
            if self._count_finished() == len(self.requests):
                return
            time.sleep(0.1)

    def _count_finished(self) -> int:
        return sum(self.stable.connection.zcard(keys.finished(name)) for name in QUEUES)

    def _compare(self) -> Report:
        report = self.report
        hashes = self._finished_hashes()
        report.finished = len(hashes)
        report.lost = report.sent - report.finished
        report.done_twice = len(self.stable.files_made_twice()) + len(
            self.stable.chunks_made_twice()
        )
        report.hashes_equal = hashes == calm_hashes(self.requests, self.stable.directory)
        report.kills = dict(self.kills)
        return report

    def _finished_hashes(self) -> dict[str, str]:
        hashes = {}
        for request in self.requests:
            facts = self.stable.queue.job(request.job_id).facts()
            path = self.stable.settings.output_dir / request.output_file
            if facts.result is not None and path.exists():
                hashes[request.job_id] = sha256_of(path)
        return hashes


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes as they are on disk now."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_chaos(*, jobs: int, seconds: float, seed: int) -> Report:
    """Make a server and a directory, run, and leave nothing behind when all is well."""
    directory = Path(tempfile.mkdtemp(prefix="ktts-chaos-"))
    with open_stable(directory) as stable:
        report = Chaos(stable, jobs=jobs, seconds=seconds, seed=seed).run()
    if report.is_good:
        shutil.rmtree(directory)
    else:
        print(f"logs are in {directory}", file=sys.stderr)
    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Run one seed; see the module's docstring for what is printed."""
    parser = argparse.ArgumentParser(description="Kill at random, then count.")
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args(argv)
    seed = options.seed if options.seed is not None else random.randrange(1 << 31)
    report = run_chaos(jobs=options.jobs, seconds=options.seconds, seed=seed)
    print(json.dumps(asdict(report)))
    return 0 if report.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
