"""Everything at once, shorter than `python -m tests.faults.chaos` by itself."""

from __future__ import annotations

import json
import random
from dataclasses import asdict

import pytest

from tests.faults.chaos import run_chaos

JOBS = 60
SECONDS = 15.0


@pytest.mark.parametrize("seed", [23, None], ids=["fixed", "random"])
def test_no_job_is_lost_while_processes_are_killed_at_random(
    seed: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """While processes are killed at random, no job is lost and none done twice in effect."""
    seed = random.randrange(1 << 31) if seed is None else seed
    with capsys.disabled():
        print(f"\nchaos seed {seed}")

    report = run_chaos(jobs=JOBS, seconds=SECONDS, seed=seed)

    with capsys.disabled():
        print(json.dumps(asdict(report)))
    assert report.finished == report.sent == JOBS
    assert (report.lost, report.done_twice, report.hashes_equal) == (0, 0, True)
