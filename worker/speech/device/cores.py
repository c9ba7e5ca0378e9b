"""How many processor cores this process may use; imports no PyTorch."""

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def count_cores(cgroup: Path = CGROUP) -> int:
    """Return the cores that affinity and container quota allow this process, at least 1.

    A container limited to two cores of a large host sees all of the host's; a thread for each
    would only wait for the others.
    """
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    quota = _read_quota(cgroup)
    return max(1, min(allowed, int(quota))) if quota else allowed


def _read_quota(cgroup: Path) -> float | None:
    """Return the container's quota in cores, from cgroup v2 or v1; None without one."""
    try:
        limit, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text().strip()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    if limit in {"max", "-1"}:
        return None
    return int(limit) / int(period)
