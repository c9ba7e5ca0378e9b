"""This product as a user gets it: a worker process behind a queue, with its own server."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path

import redis

from jobs import SpeechJob, SpeechQueue, SpeechRequest, SpeechResult
from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.overview import find_workers
from scripts.local_stack.embedded import LOG_NAME, LogFile
from scripts.local_stack.stack import Stack
from scripts.measure.memory.process_memory import find_children, resident_bytes, sum_peaks
from scripts.measure.speed.contestant import VOICE, Take

POLL_SECONDS = 0.004
"""How often a short job is looked at; its first audio comes after a quarter of a second."""
SLOW_POLL_SECONDS = 0.05
"""As above for one that has run for `PATIENCE_SECONDS`: looking must cost the worker nothing."""
PATIENCE_SECONDS = 3.0

OWN_PLACES = ("KTTS_OUTPUT_DIR", "KTTS_WORK_DIR", "KTTS_OUTBOX_DIR")
"""Settings that would put a measurement's files among the user's own."""


class Product:
    """Server, janitor and workers on a directory of their own."""

    name = "ktts"

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        cores: tuple[int, ...] = (),
    ) -> None:
        """Describe it; nothing is started.

        Args:
            directory: Where its data, output and log go.
            environment: For its programs.
            tell: Gets what a person should know.
            cores: One worker is started on each of these alone; empty is one worker on all.
        """
        directory.mkdir(parents=True, exist_ok=True)
        self._cores = cores
        self._stack = Stack(
            directory,
            environment,
            workers=max(1, len(cores)),
            is_lasting=False,
            show=LogFile(directory / LOG_NAME).write,
            tell=tell,
        )
        self._queue: SpeechQueue | None = None
        self._takes = 0
        self.last_result: SpeechResult | None = None

    @property
    def queue(self) -> SpeechQueue:
        """The door to it; only while it runs."""
        if self._queue is None:
            raise RuntimeError("start it first")
        return self._queue

    def start(self) -> float:
        """Start everything; return the seconds until every worker waits for work.

        Raises:
            StartupError: server, device or model cannot be used.
        """
        started = time.monotonic()
        self._stack.start()
        for pid, core in zip(self._stack.worker_pids, self._cores, strict=False):
            # It is still loading Python: the model process comes later and stays on this core.
            os.sched_setaffinity(pid, {core})
        self._queue = SpeechQueue(settings=self._stack.settings)
        while count_idle(self._queue.connection) < max(1, len(self._cores)):
            self._stack.check()
            time.sleep(POLL_SECONDS)
        return time.monotonic() - started

    def speak(self, text: str) -> Take:
        """Speak one text through the queue."""
        submitted = time.monotonic()
        return self.follow(self.submit(text), submitted)

    def submit(self, text: str, voice: str = VOICE) -> SpeechJob:
        """Put one text into the queue, as a job like no other before."""
        self._takes += 1
        request = SpeechRequest(text=text, voice=voice, output_name=f"take-{self._takes}")
        return self.queue.submit(request, queue="interactive")

    def follow(self, job: SpeechJob, submitted: float) -> Take:
        """Wait for the end of a job; `submitted` is when somebody began to wait.

        Raises:
            JobFailed: it ended without a file.
        """
        first: float | None = None
        while True:
            facts = job.facts()
            waited = time.monotonic() - submitted
            if first is None and facts.progress.chunks:
                first = waited
            if facts.status.is_terminal:
                break
            self._stack.check()
            time.sleep(POLL_SECONDS if waited < PATIENCE_SECONDS else SLOW_POLL_SECONDS)
        result = self.last_result = job.result()
        Path(result.path).unlink(missing_ok=True)
        return Take(
            characters=result.characters,
            audio_seconds=result.audio_seconds,
            wall_seconds=waited,
            first_chunk_seconds=waited if first is None else first,
            overhead_seconds=waited - result.processing_seconds,
        )

    def peak_bytes(self) -> int | None:
        """Return the peaks of the workers and their model processes together."""
        return sum_peaks(self._pids())

    def model_bytes(self) -> int | None:
        """Return what the first worker's model process holds now."""
        children = find_children(self._stack.worker_pids[0])
        return resident_bytes(children[0]) if children else None

    def stop(self) -> None:
        """End everything."""
        self._stack.stop()

    def _pids(self) -> Iterator[int]:
        for pid in self._stack.worker_pids:
            yield pid
            yield from find_children(pid)


def count_idle(connection: redis.Redis) -> int:
    """Return how many workers wait for work."""
    states = [
        connection.hget(keys.worker(name), "state") or b"" for name in find_workers(connection)
    ]
    return sum(as_text(state) == "idle" for state in states)


@contextmanager
def own_places(environment: MutableMapping[str, str]) -> Iterator[dict[str, str]]:
    """Take the user's own directories out of `environment` for a while; yields what is left."""
    kept = {name: environment.pop(name) for name in OWN_PLACES if name in environment}
    try:
        yield dict(environment)
    finally:
        environment.update(kept)
