"""Measures ITU-R BS.1770 loudness and true peak in one pass.

The loudness of a book is the sum over its parts, so it needs no second pass. Windows that would
reach into a neighbouring part, the 0.3 s at each end, are not counted.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE

PEAK_CEILING_DB = -1.0
"""dBTP; the headroom of EBU R 128 for players and lossy decoders."""

_STEP = SAMPLE_RATE // 10
"""Samples from one window to the next."""
_STEPS_PER_WINDOW = 4
"""A window is 400 ms long."""
_HOP = 12 * _STEP
_FFT = 32_768
_MARGIN = (_FFT - _HOP) // 2
"""83 ms: by then the filter's response has decayed below 1e-8."""
_OVERSAMPLING = 4

_REFERENCE_HERTZ = 997
"""The standard: a full-scale sine of this frequency reads -3.01 LUFS, its unweighted power."""
_SILENCE_LUFS = -70.0
_RELATIVE_GATE_LU = 10.0
_BINS_PER_LU = 10


@dataclass(frozen=True, slots=True)
class Loudness:
    """The loudness of a piece of audio; pieces can be joined."""

    windows: dict[int, tuple[int, float]] = field(default_factory=dict)
    """By level in tenths of LUFS, rounded down: number of windows and sum of their powers."""
    true_peak: float = 0.0
    """Largest absolute value on and between the samples; 1 is full scale."""

    @property
    def integrated_lufs(self) -> float | None:
        """Gated loudness; None for silence."""
        ungated = _mean_lufs(self.windows.values())
        if ungated is None:
            return None
        gate = math.ceil((ungated - _RELATIVE_GATE_LU) * _BINS_PER_LU)
        return _mean_lufs(window for level, window in self.windows.items() if level >= gate)


def join_loudness(pieces: Iterable[Loudness]) -> Loudness:
    """Return the loudness of pieces that are played one after another."""
    windows: dict[int, tuple[int, float]] = {}
    true_peak = 0.0
    for piece in pieces:
        true_peak = max(true_peak, piece.true_peak)
        for level, (count, power) in piece.windows.items():
            counted, summed = windows.get(level, (0, 0.0))
            windows[level] = (counted + count, summed + power)
    return Loudness(windows, true_peak)


def find_gain_db(loudness: Loudness, target_lufs: float) -> float:
    """Return the gain in dB to the target loudness; less if the true peak would pass -1 dBTP."""
    integrated = loudness.integrated_lufs
    if integrated is None:
        return 0.0
    headroom = PEAK_CEILING_DB - 20 * math.log10(loudness.true_peak)
    return min(target_lufs - integrated, headroom)


def apply_gain(samples: NDArray[np.int16], gain_db: float) -> NDArray[np.int16]:
    """Return int16 `samples` with the gain applied; at 0 dB the same array."""
    if gain_db == 0.0:
        return samples
    louder = np.rint(samples * np.float64(10 ** (gain_db / 20)))
    return np.asarray(np.clip(louder, -32_768, 32_767), dtype=np.int16)


class LoudnessMeter:
    """Measures a stream of samples; the block sizes make no difference."""

    def __init__(self) -> None:
        """Start with silence before the first sample."""
        self._waiting = np.zeros(_MARGIN)
        self._sample_count = 0
        self._last_powers: NDArray[np.float64] = np.zeros(0)
        self._steps = 0
        self._windows: dict[int, tuple[int, float]] = {}
        self._true_peak = 0.0

    def add(self, samples: NDArray[np.int16]) -> None:
        """Add the next `samples`: int16, (n,)."""
        self._sample_count += samples.size
        self._take(samples / 32_768)

    def finish(self) -> Loudness:
        """Return the loudness; no samples can be added after that."""
        self._take(np.zeros(_FFT))
        return Loudness(self._windows, self._true_peak)

    def _take(self, samples: NDArray[np.float64]) -> None:
        waiting = np.concatenate((self._waiting, samples))
        at = 0
        while waiting.size - at >= _FFT:
            self._measure(waiting[at : at + _FFT])
            at += _HOP
        self._waiting = waiting[at:]

    def _measure(self, block: NDArray[np.float64]) -> None:
        """Measure the middle `_HOP` samples of `block`; the margins are context for the filter."""
        spectrum = np.fft.rfft(block)
        dense = np.fft.irfft(spectrum, _FFT * _OVERSAMPLING)[
            _MARGIN * _OVERSAMPLING : (_MARGIN + _HOP) * _OVERSAMPLING
        ]
        peak = float(max(dense.max(), -dense.min())) * _OVERSAMPLING
        self._true_peak = max(self._true_peak, peak)
        weighted = np.fft.irfft(spectrum * _weighting(), _FFT)[_MARGIN : _MARGIN + _HOP]
        steps_left = self._sample_count // _STEP - self._steps
        powers = np.square(weighted).reshape(-1, _STEP).mean(axis=1)[: max(0, steps_left)]
        self._steps += powers.size
        self._count(np.concatenate((self._last_powers, powers)))

    def _count(self, powers: NDArray[np.float64]) -> None:
        whole = max(0, powers.size - _STEPS_PER_WINDOW + 1)
        for start in range(whole):
            power = float(powers[start : start + _STEPS_PER_WINDOW].mean())
            level = _lufs(power)
            if level > _SILENCE_LUFS:
                place = math.floor(level * _BINS_PER_LU)
                count, summed = self._windows.get(place, (0, 0.0))
                self._windows[place] = (count + 1, summed + power)
        self._last_powers = powers[whole:]


def _mean_lufs(windows: Iterable[tuple[int, float]]) -> float | None:
    counted = list(windows)
    count = sum(count for count, _ in counted)
    return _lufs(math.fsum(power for _, power in counted) / count) if count else None


def _lufs(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else -math.inf


@cache
def _weighting() -> NDArray[np.complex128]:
    """Return the K-weighting of BS.1770 at the FFT's frequencies.

    The standard lists coefficients for 48 kHz only. We take the analogue filters behind them (a
    high shelf for the head, a high pass for the ear) to 24 kHz by the bilinear transform.
    """
    hertz = np.append(np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE), _REFERENCE_HERTZ)
    # The tangent is infinite at half the rate, so stay just below.
    warped = 1j * np.tan(np.pi * np.minimum(hertz / SAMPLE_RATE, 0.499_999))

    def section(
        corner_hertz: float, quality: float, gains: tuple[float, float, float]
    ) -> NDArray[np.complex128]:
        """Return a filter with these gains above, at and below its corner."""
        corner = math.tan(math.pi * corner_hertz / SAMPLE_RATE)
        above, at, below = warped**2, warped * (corner / quality), corner**2
        high, middle, low = gains
        return np.asarray((high * above + middle * at + low * below) / (above + at + below))

    treble_gain = 10 ** (3.999843853973347 / 20)
    treble_gains = (treble_gain, treble_gain**0.4996667741545416, 1.0)
    response = section(1_681.974450955533, 0.7071752369554196, treble_gains) * section(
        38.13547087602444, 0.5003270373238773, (1.0, 0.0, 0.0)
    )
    weighting: NDArray[np.complex128] = response[:-1] / abs(response[-1])
    return weighting
