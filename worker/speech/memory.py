"""Keeping the memory of big tensors inside the process, and measuring it.

The vocoder's tensors are tens of megabytes each. By default glibc maps and unmaps every one of
them, and the kernel zeroes the same pages again and again: on long chunks that costs nearly half
the speed (1.5x real time became 2.8x on two cores).
"""

from __future__ import annotations

import ctypes
import resource
import sys
from pathlib import Path

# Parameters of mallopt(3), from glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4
_NEVER_BYTES = 2**31 - 1

_STATM = Path("/proc/self/statm")


def keep_memory() -> bool:
    """Have glibc keep freed memory for reuse; False where there is no glibc to tell."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    # Before 2.35 the threshold cannot pass 32 MiB; then mapping is switched off instead.
    maps_nothing = bool(mallopt(_M_MMAP_THRESHOLD, _NEVER_BYTES) or mallopt(_M_MMAP_MAX, 0))
    return maps_nothing and bool(mallopt(_M_TRIM_THRESHOLD, _NEVER_BYTES))


def trim_memory() -> None:
    """Give what is free back to the system; does nothing where there is no glibc.

    What stays, oneDNN's preparations above all, lies scattered among the tensors of its time, so
    that what is kept for tensors grows with every new length: a process that used 0.8 GB held 1.7.
    """
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return


def resident_bytes() -> int:
    """Return the memory that this process holds; its peak where the system tells only that."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
