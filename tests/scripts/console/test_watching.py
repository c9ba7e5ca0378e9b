"""`ktts status --watch` on a real terminal: the live table of queue, workers and jobs."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest
import redis

from jobs import SpeechQueue
from jobs.queue import keys
from tests.conftest import eventually
from tests.fakes.fake_worker import FakeWorker, make_request
from tests.fakes.terminal import has_cursor, show

COLUMNS, LINES = 100, 14


class Window:
    """A terminal with `ktts status --watch` in it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.set_blocking(self._ours, False)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", "status", "--watch"],
            # Whoever runs the tests may have said another size, which would count for more.
            env={name: environment[name] for name in environment.keys() - {"COLUMNS", "LINES"}},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._written = b""

    def has_cursor(self) -> bool:
        self.lines()
        return has_cursor(self._written.decode())

    def lines(self) -> list[str]:
        """Return what stands in the window now."""
        try:
            while block := os.read(self._ours, 1 << 16):
                self._written += block
        except OSError:  # nothing more for now, or the command has ended
            pass
        return show(self._written.decode(errors="ignore"))

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def window(process_environment: dict[str, str]) -> Iterator[Window]:
    """Open a window on the test's server."""
    opened = Window(process_environment)
    yield opened
    opened.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_table_follows_workers_and_jobs(
    window: Window,
    queue: SpeechQueue,
    fake_worker: FakeWorker,
    connection: redis.Redis,
    number: signal.Signals,
) -> None:
    """Who works on what, how far and how fast, within the window; a signal leaves it as it was."""
    facts = {"hostname": "node-1", "device": "cuda:1", "host_bytes": 1_900_000_000, "state": "busy"}
    connection.hset(keys.worker(fake_worker.name), mapping=facts)
    request = make_request("x" * 100, output_name="mine/one")
    queue.submit(request)
    for at in range(20):
        queue.submit(make_request(f"Waits {at}."))
    job = fake_worker.take()
    progress = {"chunks": 1, "characters": 50, "characters_total": 100, "real_time_factor": 0.2}
    fake_worker.store.checkpoint(job, progress, may_yield=False)

    eventually(lambda: any("mine/one.wav" in line for line in window.lines()))
    eventually(lambda: len(window.lines()) == LINES - 2)
    lines = window.lines()
    [row] = [line for line in lines if line.startswith("node-1 fake_wor")]
    for fact in ("busy", "cuda:1", "1.9 GB", "5.0x real time", "50%", "mine/one.wav"):
        assert fact in row
    assert max(map(len, lines)) <= COLUMNS
    assert re.fullmatch(r"\.\.\. and \d+ more; --json has them all", lines[-1])

    fake_worker.finish(job, request)
    eventually(lambda: "1 finished" in window.lines()[0])
    assert not any("5.0x real time" in line for line in window.lines())

    assert not window.has_cursor()
    window.process.send_signal(number)
    assert window.process.wait(10) == 130
    assert window.has_cursor()
