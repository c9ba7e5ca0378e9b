"""A server that goes away under a running job and comes back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import eventually
from tests.faults.processes import Stable, calm_hashes, make_request


class Outage:
    """A job on one of two workers, beside a janitor, whose server has just been killed."""

    def __init__(self, stable: Stable, *, chunks: int, pace: float) -> None:
        self._stable = stable
        stable.janitor()
        self._workers = [stable.worker(pace=pace) for _ in range(2)]
        self._request = make_request(1, chunks=chunks)
        self._job = stable.queue.submit(self._request)
        eventually(lambda: stable.chunks_of(self._job) >= 2)
        stable.server.kill()
        self._began = time.monotonic()
        self._chunks_before = stable.chunks_of(self._job)
        self._chunks_after = 0
        self._is_over = threading.Event()

    def last(self, seconds: float) -> None:
        """Bring the server back when it has been away for so long."""
        end = self._began + seconds
        eventually(lambda: time.monotonic() >= end, seconds + 5)
        self._chunks_after = self._stable.chunks_of(self._job)
        self._stable.server.start()
        self._is_over.set()

    @contextmanager
    def lasting(self, seconds: float) -> Iterator[None]:
        """Do the same in the background of the block."""
        has_left = threading.Event()

        def bring_back() -> None:
            self.last(seconds)
            has_left.wait()  # the kernel ends the server with the thread that has started it

        thread = threading.Thread(target=bring_back)
        thread.start()
        try:
            yield
        finally:
            has_left.set()
            thread.join()

    def wait(self, timeout_seconds: float) -> None:
        """Wait until the server is back."""
        assert self._is_over.wait(timeout_seconds)

    def assert_done_once(self) -> None:
        """The job did not wait for Redis, was not over with it, and is done once."""
        stable, job = self._stable, self._job
        result = job.wait(60)
        assert self._chunks_before + 4 < self._chunks_after < result.chunks
        assert result.sha256 == calm_hashes([self._request], stable.directory)[job.id]
        assert all(worker.is_running for worker in self._workers)
        assert stable.files_made_twice() == []
        assert stable.chunks_made_twice() == []
        assert stable.field(job, "retries_left") == "3"
        stable.assert_tidy()
