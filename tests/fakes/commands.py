"""The commands as a user types them, and a real worker with the engine of tones for them."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.local_stack.parent_death import end_with_parent


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


Ktts = Callable[..., Done]


@contextmanager
def start_worker(environment: dict[str, str], **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real worker with the tone engine."""
    process = subprocess.Popen(
        end_with_parent([sys.executable, "-P", "-m", "worker"], signal.SIGTERM),
        env=environment | {"KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine"} | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
