"""Whether memory has grown, on curves whose answer is known."""

from __future__ import annotations

import random

import pytest

from scripts.measure.memory.growth import WARM_UP_JOBS, judge_growth

MIB = 1 << 20


def curve(jobs: int, per_job: float = 0.0, noise: float = 0.0) -> list[int]:
    """Return 1500 MiB after a warm-up from 1000, with a slope and noise in MiB."""
    draw = random.Random(1)
    warm = [round((1000 + 25 * number) * MIB) for number in range(WARM_UP_JOBS)]
    steady = [
        round((1500 + per_job * number + draw.uniform(-noise, noise)) * MIB)
        for number in range(jobs - WARM_UP_JOBS)
    ]
    return warm + steady


@pytest.mark.parametrize("noise", [0.0, 5.0, 60.0], ids=["still", "quiet", "noisy"])
def test_a_flat_curve_has_not_grown(noise: float) -> None:
    """Noise is no growth, and what the warm-up takes does not count."""
    growth = judge_growth(curve(200, noise=noise))

    assert growth is not None
    assert not growth.has_grown
    assert abs(growth.growth_bytes) < 30 * MIB


@pytest.mark.parametrize("noise", [0.0, 20.0], ids=["still", "noisy"])
def test_a_leak_is_seen(noise: float) -> None:
    """Half a megabyte per job is growth."""
    growth = judge_growth(curve(200, per_job=0.5, noise=noise))

    assert growth is not None
    assert growth.has_grown
    assert growth.growth_bytes == pytest.approx(67 * MIB, abs=20 * MIB)


def test_a_late_step_is_seen() -> None:
    """A plateau that is left for a higher one is growth too."""
    samples = curve(200)
    samples[120:] = [size + 100 * MIB for size in samples[120:]]

    growth = judge_growth(samples)
    assert growth is not None
    assert growth.growth_bytes == 100 * MIB
    assert growth.has_grown


def test_one_peak_is_no_growth() -> None:
    """A single job that held more gives it back."""
    samples = curve(200)
    samples[190] += 500 * MIB

    growth = judge_growth(samples)
    assert growth is not None
    assert not growth.has_grown


def test_shrinking_is_no_growth() -> None:
    """Memory that is given back is welcome."""
    growth = judge_growth(curve(200, per_job=-1.0))

    assert growth is not None
    assert growth.growth_bytes < 0
    assert not growth.has_grown


def test_too_few_jobs_have_no_verdict() -> None:
    """Within the warm-up and just after it nothing can be said."""
    assert judge_growth([]) is None
    assert judge_growth(curve(WARM_UP_JOBS + 7)) is None
    assert judge_growth(curve(WARM_UP_JOBS + 8)) is not None
