"""Memory of other processes; None where nobody tells."""

from collections.abc import Iterable
from pathlib import Path

_KIBI = 1024


def peak_bytes(pid: int) -> int | None:
    """Return the most memory that a process has held; None where that is not known.

    Only Linux says it of other processes, and psutil does not pass it on.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * _KIBI for line in lines if line.startswith("VmHWM:")), None)


def resident_bytes(pid: int) -> int | None:
    """Return the memory that a process holds now; None where that is not known."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


def sum_peaks(pids: Iterable[int]) -> int | None:
    """Return the peaks of several processes together; None where none is known."""
    peaks = [peak for peak in map(peak_bytes, pids) if peak is not None]
    return sum(peaks) if peaks else None


def find_children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run, oldest first."""
    import psutil

    try:
        return sorted(child.pid for child in psutil.Process(pid).children())
    except psutil.NoSuchProcess:
        return []
