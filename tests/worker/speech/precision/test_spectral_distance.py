"""Distances, on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from worker.engine import Segment
from worker.speech.precision.spectral_distance import log_spectral_distance, log_spectrum


def tone(hertz: float = 440.0, level: float = 0.5, seconds: float = 0.5) -> NDArray[np.float32]:
    """Return a sine."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def noise(level: float, seed: int = 1) -> NDArray[np.float32]:
    """Return half a second of white noise."""
    return (level * np.random.default_rng(seed).standard_normal(12_000)).astype(np.float32)


def measure(expected: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Return the distance of recordings whose phonemes nobody knows."""
    return log_spectral_distance(Segment(expected), Segment(found))


def test_a_recording_is_no_distance_from_itself() -> None:
    """Equal samples, 0 dB."""
    assert measure(tone(), tone()) == 0.0


def test_twice_the_level_is_six_decibels() -> None:
    """White noise is loud at every frequency, so the floor plays no part."""
    assert measure(noise(0.2), noise(0.1)) == pytest.approx(6.02, abs=0.02)


def test_the_floor_hides_what_nobody_hears() -> None:
    """Two silences far below the floor are close, whatever their ratio."""
    assert measure(noise(1e-9), noise(1e-8)) == pytest.approx(0.0, abs=0.01)


def test_the_order_does_not_matter() -> None:
    """A distance is the same both ways, and other noise is some way off."""
    there = measure(noise(0.1), noise(0.1, seed=2))
    back = measure(noise(0.1, seed=2), noise(0.1))

    assert there == back
    assert 6 < there < 9


def test_phonemes_are_laid_over_each_other() -> None:
    """One that takes longer moves what follows, and brings no distance by that."""
    gap, word = np.zeros(2_400, np.float32), noise(0.1)
    early = Segment(np.concatenate([gap, word]), (2_400, word.size))
    late = Segment(np.concatenate([gap, gap, word]), (4_800, word.size))

    known = log_spectral_distance(early, late)

    # What is left are the few frames that see the edge of both phonemes.
    assert known < log_spectral_distance(Segment(early.samples), Segment(late.samples)) / 3


def test_what_is_no_number_has_no_distance() -> None:
    """NaN, which is neither below a limit nor above."""
    assert np.isnan(measure(tone(), tone(level=float("nan"))))


def test_a_tone_stands_where_its_frequency_is() -> None:
    """Bin 128 of 1024 at 24 kHz is 3 kHz, and a short recording has one frame."""
    spectrum = log_spectrum(tone(3_000))

    assert spectrum.shape == ((12_000 - 1_024) // 256 + 1, 513)
    assert set(spectrum.argmax(axis=1)) == {128}
    assert log_spectrum(tone(seconds=0.01)).shape == (1, 513)
