"""Distance between two recordings of the same phonemes, aligned phoneme by phoneme."""

import numpy as np
from numpy.typing import NDArray

from worker.engine import Segment

WINDOW_SAMPLES = 1024
HOP_SAMPLES = 256
FLOOR = 1e-3
"""Added to every magnitude, so that inaudible differences have no large logarithm."""


def log_spectral_distance(expected: Segment, found: Segment) -> float:
    """Return the mean over all frames of the RMS difference of their spectra in dB.

    A frame of `expected` is compared with the position in `found` that is equally far into the same
    phoneme, because a duration that differs by one frame shifts all that follows. The result is
    NaN where a sample is.
    """
    starts = np.arange(0, max(expected.samples.size - WINDOW_SAMPLES, 0) + 1, HOP_SAMPLES)
    places = np.interp(starts, _edges(expected), _edges(found)).round().astype(np.int64)
    difference = log_spectrum(expected.samples, starts) - log_spectrum(found.samples, places)
    return float(np.sqrt((difference**2).mean(axis=1)).mean())


def log_spectrum(
    samples: NDArray[np.float32], starts: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Return the short-time spectrum in dB, (frames, 513).

    Args:
        samples: float32, (n,); fewer than a window are padded with zeros.
        starts: first sample of each frame, clipped to the samples; None is every 256 samples, as
            long as a frame is complete.
    """
    if samples.size < WINDOW_SAMPLES:
        samples = np.pad(samples, (0, WINDOW_SAMPLES - samples.size))
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)
    chosen = windows[::HOP_SAMPLES] if starts is None else windows[starts.clip(0, len(windows) - 1)]
    magnitude = np.abs(np.fft.rfft(chosen * np.hanning(WINDOW_SAMPLES), axis=1))
    decibels: NDArray[np.float64] = 20 * np.log10(magnitude + FLOOR)
    return decibels


def _edges(segment: Segment) -> NDArray[np.int64]:
    """Return the boundaries of the phonemes in samples; only both ends where they are unknown."""
    return np.cumsum((0, *(segment.phoneme_samples or (segment.samples.size,))))
