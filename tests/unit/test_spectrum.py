"""Distances and faults, on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.listening.spectrum import (
    clipped_share,
    log_spectral_distance,
    log_spectrum,
    longest_silence_seconds,
)
from worker.engine import SAMPLE_RATE


def tone(hertz: float = 440.0, level: float = 0.5, seconds: float = 0.5) -> NDArray[np.float32]:
    """Return a sine."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def noise(level: float, seed: int = 1) -> NDArray[np.float32]:
    """Return half a second of white noise."""
    return (level * np.random.default_rng(seed).standard_normal(12_000)).astype(np.float32)


def test_a_recording_is_no_distance_from_itself() -> None:
    """Equal samples, 0 dB."""
    assert log_spectral_distance(tone(), tone()) == 0.0


def test_twice_the_level_is_six_decibels() -> None:
    """White noise is loud at every frequency, so the floor plays no part."""
    assert log_spectral_distance(noise(0.2), noise(0.1)) == pytest.approx(6.02, abs=0.02)


def test_the_floor_hides_what_nobody_hears() -> None:
    """Two silences far below the floor are close, whatever their ratio."""
    assert log_spectral_distance(noise(1e-9), noise(1e-8)) == pytest.approx(0.0, abs=0.01)


def test_the_order_does_not_matter() -> None:
    """A distance is the same both ways, and other noise is some way off."""
    there = log_spectral_distance(noise(0.1), noise(0.1, seed=2))
    back = log_spectral_distance(noise(0.1, seed=2), noise(0.1))

    assert there == back
    assert there is not None
    assert 6 < there < 9


def test_unequal_lengths_have_no_distance() -> None:
    """One sample more, and the words lie elsewhere."""
    assert log_spectral_distance(tone(), tone()[:-1]) is None


def test_a_tone_stands_where_its_frequency_is() -> None:
    """Bin 128 of 1024 at 24 kHz is 3 kHz, and a short recording has one frame."""
    spectrum = log_spectrum(tone(3_000))

    assert spectrum.shape == ((12_000 - 1_024) // 256 + 1, 513)
    assert set(spectrum.argmax(axis=1)) == {128}
    assert log_spectrum(tone(seconds=0.01)).shape == (1, 513)


def test_silence_counts_between_sounds_only() -> None:
    """The longest gap inside, not what surrounds the speech."""
    gap = [np.zeros(round(seconds * SAMPLE_RATE), np.float32) for seconds in (1.0, 0.3, 0.2, 2.0)]
    speech = np.concatenate([gap[0], tone(), gap[1], tone(), gap[2], tone(), gap[3]])

    assert longest_silence_seconds(speech) == pytest.approx(0.3, abs=0.011)
    assert longest_silence_seconds(tone()) == 0.0
    assert longest_silence_seconds(np.zeros(24_000, np.float32)) == 0.0
    assert longest_silence_seconds(np.zeros(0, np.float32)) == 0.0


def test_clipping_is_the_share_at_full_scale() -> None:
    """Both ends count; a loud sample below full scale does not."""
    samples = np.array([1.0, -1.0, 0.999, 0.0], np.float32)

    assert clipped_share(samples) == 0.5
    assert clipped_share(tone(level=0.99)) == 0.0
    assert clipped_share(np.zeros(0, np.float32)) == 0.0
