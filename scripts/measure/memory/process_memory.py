"""Memory of other processes, as Linux tells it; None everywhere else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_KIBI = 1024


def peak_bytes(pid: int) -> int | None:
    """Return the most memory that a process has held; None where that is not known."""
    return _read_status(pid, "VmHWM")


def resident_bytes(pid: int) -> int | None:
    """Return the memory that a process holds now; None where that is not known."""
    return _read_status(pid, "VmRSS")


def sum_peaks(pids: Iterable[int]) -> int | None:
    """Return the peaks of several processes together; None where none is known."""
    peaks = [peak for peak in map(peak_bytes, pids) if peak is not None]
    return sum(peaks) if peaks else None


def find_children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run, oldest first."""
    children = []
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            # A program's name may hold spaces and brackets; what follows the last one does not.
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) == pid:
            children.append(int(stat.parent.name))
    return sorted(children)


def _read_status(pid: int, name: str) -> int | None:
    try:
        lines = (_PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    values = [line.split()[1] for line in lines if line.startswith(f"{name}:")]
    return int(values[0]) * _KIBI if values else None
