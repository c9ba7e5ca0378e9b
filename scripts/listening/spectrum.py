"""How far two recordings of the same words are apart, and what is wrong with one alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worker.engine import SAMPLE_RATE

WINDOW_SAMPLES = 1024
HOP_SAMPLES = 256
FLOOR = 1e-3
"""Added to every magnitude: differences below it are inaudible, and their logarithm is not."""

FRAME_SAMPLES = SAMPLE_RATE // 100
QUIET_LEVEL = 10 ** (-50 / 20)
"""A hundredth of a second that stays below -50 dB of full scale is silence."""
CLIPPED_LEVEL = 32_766 / 32_767


def log_spectrum(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the short-time spectrum in dB, (frames, 513), without a frame that is not full."""
    if samples.size < WINDOW_SAMPLES:
        samples = np.pad(samples, (0, WINDOW_SAMPLES - samples.size))
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)[::HOP_SAMPLES]
    magnitude = np.abs(np.fft.rfft(windows * np.hanning(WINDOW_SAMPLES), axis=1))
    decibels: NDArray[np.float64] = 20 * np.log10(magnitude + FLOOR)
    return decibels


def log_spectral_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    """Return the mean over all frames of the RMS difference in dB; None for unequal lengths.

    Where durations differ by one frame of the model, what follows is another sound: such
    recordings cannot be laid over one another.
    """
    if one.size != other.size:
        return None
    difference = log_spectrum(one) - log_spectrum(other)
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def longest_silence_seconds(samples: NDArray[np.float32]) -> float:
    """Return the longest silence between the first and the last sound."""
    frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    loud = np.flatnonzero(np.abs(frames).max(axis=1, initial=0.0) >= QUIET_LEVEL)
    if loud.size < 2:  # noqa: PLR2004  # between two sounds
        return 0.0
    return float((np.diff(loud).max() - 1) * FRAME_SAMPLES / SAMPLE_RATE)


def clipped_share(samples: NDArray[np.float32]) -> float:
    """Return the share of samples at full scale or beyond."""
    return float((np.abs(samples) >= CLIPPED_LEVEL).mean()) if samples.size else 0.0
