"""The clock of a run, at a time that the test sets."""

from __future__ import annotations

import pytest

from worker.supervision import job_limits
from worker.supervision.job_limits import KILL_GRACE_SECONDS, JobLimits


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that the limits look at."""
    stopped = Clock()
    monkeypatch.setattr(job_limits, "time", stopped)
    return stopped


def test_a_chunk_that_takes_too_long_is_interrupted_once_and_then_killed(clock: Clock) -> None:
    """The interruption is asked for once; who does not hear it has four seconds."""
    run = JobLimits(job_seconds=0, stall_seconds=10)
    clock.seconds += 10
    assert not run.must_interrupt()

    clock.seconds += 0.1
    assert [run.must_interrupt(), run.must_interrupt()] == [True, False]
    assert not run.must_kill
    clock.seconds += KILL_GRACE_SECONDS + 0.1

    assert run.must_kill
    assert not run.is_over_time


def test_each_chunk_has_its_own_time(clock: Clock) -> None:
    """A long job is not stalled as long as it speaks."""
    run = JobLimits(job_seconds=0, stall_seconds=10)
    for _ in range(5):
        clock.seconds += 9
        run.restart_chunk()

    assert not run.must_interrupt()


def test_the_whole_job_has_its_time_whatever_it_speaks(clock: Clock) -> None:
    """The job's limit counts from its start; 0 means that it has none."""
    limited = JobLimits(job_seconds=30, stall_seconds=1_000)
    unlimited = JobLimits(job_seconds=0, stall_seconds=1_000)
    clock.seconds += 31
    for run in (limited, unlimited):
        run.restart_chunk()

    assert (limited.is_over_time, unlimited.is_over_time) == (True, False)
    assert (limited.must_interrupt(), unlimited.must_interrupt()) == (True, False)
