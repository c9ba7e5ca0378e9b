"""A stack for the length of one command, or the one that already runs on the same data."""

import argparse
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.places import Claim
from jobs.queue.queue import SpeechQueue
from jobs.settings import QueueSettings
from scripts.local_stack.data_dir_lock import DirectoryInUse
from scripts.local_stack.stack import Stack

LOG_NAME = "embedded.log"
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class OpenStack:
    """A stack that may be used now."""

    settings: QueueSettings
    check: Callable[[], None]
    """Starts again what has died; raises `StartupError` where that cannot help."""
    is_own: bool
    """Its workers end with this command; False where they are those of `ktts up`."""


@contextmanager
def open_stack(
    data_dir: Path,
    environment: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    workers: int = 1,
) -> Iterator[OpenStack]:
    """Start a server and `workers`, or use the `ktts up` that runs on `data_dir`.

    What the programs print goes into a log in the data directory; `tell` gets what a person should
    know.

    Raises:
        StartupError: the server, the device or the model cannot be used.
    """
    log = LogFile(data_dir / LOG_NAME)
    stack = _start(data_dir, environment, workers, log.write, tell)
    if isinstance(stack, Claim):
        tell(f"using the queue of process {stack.pid} on {data_dir}")
        yield OpenStack(_settings_of(stack), check=lambda: None, is_own=False)
        return
    try:
        if workers:
            tell(f"starting {_describe(workers)} the model first (log: {log.path})")
        yield OpenStack(stack.settings, stack.check, is_own=True)
    finally:
        stack.stop()


class LogFile:
    """Lines of several programs in one file, opened at the first line."""

    def __init__(self, path: Path) -> None:
        """Refer to the file; its directory need not be there yet."""
        self.path = path.absolute()

    def write(self, line: str) -> None:
        """Append one line; each is a write of its own, so that threads do not mix."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def _start(
    data_dir: Path,
    environment: Mapping[str, str],
    workers: int,
    show: Callable[[str], None],
    tell: Callable[[str], None],
) -> Stack | Claim:
    """Start a stack, or return the lasting one that runs; another command's is waited for."""
    waits_for = 0
    while True:
        stack = Stack(
            data_dir, environment, workers=workers, is_lasting=False, show=show, tell=tell
        )
        try:
            stack.start()
        except DirectoryInUse as exc:
            if exc.claim is None:
                raise
            if exc.claim.is_lasting:
                return exc.claim
            if exc.claim.pid != waits_for:
                waits_for = exc.claim.pid
                tell(f"waiting for process {waits_for}, which is at work on {data_dir}")
            time.sleep(POLL_SECONDS)
        except BaseException:
            stack.stop()
            raise
        else:
            return stack


def _describe(workers: int) -> str:
    return "a worker; it loads" if workers == 1 else f"{workers} workers; they load"


def _settings_of(claim: Claim) -> QueueSettings:
    return QueueSettings(redis_url=claim.url, output_dir=Path(claim.output_dir))


@dataclass(frozen=True, slots=True)
class Workplace:
    """A queue to submit to, and what must be looked after while it works."""

    queue: SpeechQueue
    check: Callable[[], None]
    has_own_workers: bool
    """They end with this command."""


@contextmanager
def open_workplace(
    args: argparse.Namespace, tell: Callable[[str], None], *, workers: int = 1
) -> Iterator[Workplace]:
    """Find the queue; with ``--embedded`` start one, with `workers`, for as long as it is used.

    Raises:
        QueueUnavailable: there is no server.
        StartupError: server, device or model cannot be used.
    """
    if not args.embedded:
        yield Workplace(SpeechQueue(), check=lambda: None, has_own_workers=False)
        return
    with open_stack(args.data, os.environ, tell, workers=workers) as stack:
        yield Workplace(SpeechQueue(settings=stack.settings), stack.check, stack.is_own)
