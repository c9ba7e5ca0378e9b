"""Silence and clipping, on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from scripts.measure.quality.scores import clipped_share, longest_silence_seconds


def tone(hertz: float = 440.0, level: float = 0.5, seconds: float = 0.5) -> NDArray[np.float32]:
    """Return a sine."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


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
