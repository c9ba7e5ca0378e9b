"""How far two recordings of the same phonemes are apart, phoneme by phoneme."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worker.engine import Segment

WINDOW_SAMPLES = 1024
HOP_SAMPLES = 256
FLOOR = 1e-3
"""Added to every magnitude: differences below it are inaudible, and their logarithm is not."""


def log_spectral_distance(expected: Segment, found: Segment) -> float:
    """Return the mean over all frames of the RMS difference of their spectra in dB.

    A frame of `expected` is laid over the place in `found` that is as far into the same phoneme:
    where a duration differs by one frame of the model, what follows lies elsewhere and sounds the
    same. NaN where one holds a value that is no number.
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
        samples: float32, (n,); short of a window they are filled up with zeros.
        starts: where each frame begins, held within the samples; None is every 256 samples, as
            long as a frame is full.
    """
    if samples.size < WINDOW_SAMPLES:
        samples = np.pad(samples, (0, WINDOW_SAMPLES - samples.size))
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW_SAMPLES)
    chosen = windows[::HOP_SAMPLES] if starts is None else windows[starts.clip(0, len(windows) - 1)]
    magnitude = np.abs(np.fft.rfft(chosen * np.hanning(WINDOW_SAMPLES), axis=1))
    decibels: NDArray[np.float64] = 20 * np.log10(magnitude + FLOOR)
    return decibels


def _edges(segment: Segment) -> NDArray[np.int64]:
    """Return where phonemes begin and end, in samples; both ends alone where nobody knows."""
    return np.cumsum((0, *(segment.phoneme_samples or (segment.samples.size,))))
