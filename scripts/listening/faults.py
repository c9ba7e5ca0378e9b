"""What is wrong with a recording: silence where speech should be, and clipping."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from worker.engine import SAMPLE_RATE

FRAME_SAMPLES = SAMPLE_RATE // 100
QUIET_LEVEL = 10 ** (-50 / 20)
"""A hundredth of a second that stays below -50 dB of full scale is silence."""
CLIPPED_LEVEL = 32_766 / 32_767


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
