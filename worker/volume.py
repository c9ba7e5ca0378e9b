"""Checks whether files can be written to a directory, by writing one."""

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class VolumeState:
    """Whether files can be written to a directory."""

    path: str
    writable: bool
    free_bytes: int
    detail: str
    """Empty, or what is wrong and what to do."""


def inspect_volume(directory: Path, *, needs_locks: bool = False) -> VolumeState:
    """Write a trial file in `directory`, or in its nearest parent if it does not exist yet.

    Args:
        directory: the volume.
        needs_locks: also try the file lock that keeps two workers off one journal.
    """
    place, free_bytes = directory, 0
    try:
        while not place.exists() and place != place.parent:
            place = place.parent
        free_bytes = shutil.disk_usage(place).free
        with tempfile.TemporaryFile(dir=place) as trial:
            trial.write(b"trial")
            trial.flush()
            os.fsync(trial.fileno())
            if needs_locks:
                fcntl.flock(trial, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        problem = f"cannot be written ({exc.strerror}); change its owner, or set another directory"
        return VolumeState(str(directory), writable=False, free_bytes=free_bytes, detail=problem)
    detail = "" if place == directory else "not there yet; it is created at the first job"
    return VolumeState(str(directory), writable=True, free_bytes=free_bytes, detail=detail)
