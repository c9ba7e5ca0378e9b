"""One data directory is used by one stack at a time: a lock, and a note of who holds it.

The server inherits the lock, so that it is free only when both its holder and the server are gone.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from jobs.errors import StartupError
from jobs.places import LOCK_NAME, Claim, parse_claim

HANDOVER_SECONDS = 20.0
"""A holder that is just starting, or was killed and whose server is ending, is waited for."""

_POLL_SECONDS = 0.1


class DirectoryInUse(StartupError):
    """Another stack runs on the same data directory."""

    def __init__(self, message: str, claim: Claim | None) -> None:
        """Keep who it is, where that is known."""
        super().__init__(message)
        self.claim = claim


def claim_directory(directory: Path) -> int:
    """Take the lock of `directory` and return the file descriptor that holds it.

    Raises:
        DirectoryInUse: somebody else holds it.
        StartupError: the directory cannot be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StartupError(f"cannot use {directory} for data: {exc.strerror}") from exc
    deadline = time.monotonic() + HANDOVER_SECONDS
    while not _lock(descriptor):
        claim = _read(descriptor)
        if (claim and claim.is_alive) or time.monotonic() > deadline:
            os.close(descriptor)
            raise DirectoryInUse(_describe(directory, claim), claim)
        time.sleep(_POLL_SECONDS)
    os.ftruncate(descriptor, 0)
    return descriptor


def publish_claim(descriptor: int, claim: Claim) -> None:
    """Write down who holds the lock, for `claim_directory` of others."""
    os.pwrite(descriptor, json.dumps(asdict(claim)).encode(), 0)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Claim | None:
    size = os.fstat(descriptor).st_size
    return parse_claim(os.pread(descriptor, size, 0))


def _describe(directory: Path, claim: Claim | None) -> str:
    if claim is None:
        return f"another process is just starting on {directory}; try again"
    return (
        f"process {claim.pid} already runs on {directory}; use its queue with "
        f"KTTS_REDIS_URL={claim.url}, or give another --data"
    )
