"""The queue that a command works with: the one that runs, or one of its own."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jobs.queue.queue import SpeechQueue
from scripts.embedded import open_stack


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
