"""Checks whether files can be written to a directory, and whether its file system is there."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
_MOUNT_POINT = 4
"""Field of a line there."""


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


class MountWatch:
    """Notices that a file system is gone on which directories lay when they were looked at first.

    A directory of the same name would be made in the mount point otherwise, and what is written
    there is hidden as soon as the file system is mounted again. The table of mounts is read, so
    that a server of files that does not answer keeps nobody waiting.
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        """Look at the directories, which need not exist yet."""
        mounts = read_mounts()
        resolved = {directory: Path(os.path.realpath(directory)) for directory in directories}
        self._mounts = {
            directory: (path, find_mount(path, mounts)) for directory, path in resolved.items()
        }

    def find_gone(self) -> str:
        """Return which directory has gone away, for people; empty if none has."""
        mounts = read_mounts()
        for directory, (path, before) in self._mounts.items():
            now = find_mount(path, mounts)
            if now != before and before.is_relative_to(now):
                return f"{directory} has gone away: nothing is mounted at {before} any more"
            self._mounts[directory] = (path, now)
        return ""


def read_mounts() -> set[Path]:
    """Return where file systems are mounted, as Linux tells it; elsewhere nothing."""
    try:
        lines = MOUNTS.read_bytes().splitlines()
    except OSError:
        return set()
    escaped = (line.split()[_MOUNT_POINT] for line in lines)
    return {Path(os.fsdecode(name.decode("unicode_escape").encode("latin-1"))) for name in escaped}


def find_mount(path: Path, mounts: Iterable[Path]) -> Path:
    """Return which of the `mounts` a path lies on, or the root."""
    above = (mount for mount in mounts if path.is_relative_to(mount))
    return max(above, key=lambda mount: len(mount.parts), default=Path("/"))
