"""Writes to disk that are complete, or fail with an error that says what to do."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.errors import OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError while writing `path` into an `OutputError` with advice."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            advice = "free space on that volume"
        elif exc.errno in _FORBIDDEN:
            advice = f"make it writable for user {os.geteuid()}"
        else:
            advice = "check that volume"
        raise OutputError(
            f"cannot write {path}: {exc.strerror or exc}; {advice}, then run the job again: "
            "its finished chunks are kept"
        ) from exc


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte of `data`; the system may take fewer at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def hash_file(path: Path) -> str:
    """Return the sha256 of the file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_bytes_of(path: Path) -> int:
    """Return the size of a file; 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
