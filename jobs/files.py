"""Small files that appear whole or not at all, and survive a power cut."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4


def write_file(path: Path, data: bytes) -> None:
    """Make `data` safe under `path`, in place of what stands there; directories are made.

    Raises:
        OSError: it cannot be written; what stood there still does.
    """
    partial = path.with_name(f".{path.name}.{uuid4().hex}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` survive a power cut, as fsync does for a file's bytes."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
