from __future__ import annotations

import os
from pathlib import Path

import pytest

from worker.speech.device.cores import count_cores

ALLOWED = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ALLOWED),
        ({"cpu.max": "max 100000"}, ALLOWED),
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "50000 100000"}, 1),
        ({"cpu.max": "99900000 100000"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, ALLOWED),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ],
    ids=["no cgroup", "no quota", "one", "half a core", "more than there are", "v1 none", "v1 one"],
)
def test_a_containers_quota_counts(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    """The answer is the smaller of affinity and quota, and never below one."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n")

    assert count_cores(tmp_path) == expected
