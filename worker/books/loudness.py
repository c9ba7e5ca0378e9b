"""How loud speech is for a listener: ITU-R BS.1770 loudness and true peak, in one pass.

What is measured of each part can be added up, so a book's loudness costs no second pass over it.
The 0.3 s at a part's either end that would share a window with its neighbours are left out of that.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE

PEAK_CEILING_DB = -1.0
"""dBTP; EBU R 128 leaves this much for players and lossy decoders."""

_STEP = SAMPLE_RATE // 10
"""Samples between two windows..."""
_STEPS_PER_WINDOW = 4
"""...of 400 ms each."""
_HOP = 12 * _STEP
_FFT = 32_768
_MARGIN = (_FFT - _HOP) // 2
"""83 ms: by then the filter's memory has faded below a hundred-millionth."""
_OVERSAMPLING = 4

_REFERENCE_HERTZ = 997
"""By definition a sine of this pitch and full scale reads -3.01 LUFS, which is its plain power."""
_SILENCE_LUFS = -70.0
_RELATIVE_GATE_LU = 10.0
_BINS_PER_LU = 10


@dataclass(frozen=True, slots=True)
class Loudness:
    """What was measured of a stretch of audio."""

    windows: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Tenths of LUFS, rounded down, to how many windows are that loud and their summed power."""
    true_peak: float = 0.0
    """Largest value between and on the samples; 1 is full scale."""

    @property
    def integrated_lufs(self) -> float | None:
        """Gated loudness of all of it; None for silence."""
        ungated = _mean_lufs(self.windows.values())
        if ungated is None:
            return None
        gate = math.ceil((ungated - _RELATIVE_GATE_LU) * _BINS_PER_LU)
        return _mean_lufs(window for level, window in self.windows.items() if level >= gate)


def join_loudness(stretches: Iterable[Loudness]) -> Loudness:
    """Return the loudness of several stretches, heard one after the other."""
    windows: dict[int, tuple[int, float]] = {}
    true_peak = 0.0
    for stretch in stretches:
        true_peak = max(true_peak, stretch.true_peak)
        for level, (count, power) in stretch.windows.items():
            counted, summed = windows.get(level, (0, 0.0))
            windows[level] = (counted + count, summed + power)
    return Loudness(windows, true_peak)


def find_gain_db(loudness: Loudness, target_lufs: float) -> float:
    """Return the gain that brings `loudness` to the target, or as near as its peaks allow."""
    integrated = loudness.integrated_lufs
    if integrated is None:
        return 0.0
    headroom = PEAK_CEILING_DB - 20 * math.log10(loudness.true_peak)
    return min(target_lufs - integrated, headroom)


def apply_gain(samples: NDArray[np.int16], gain_db: float) -> NDArray[np.int16]:
    """Return int16 `samples`, louder by `gain_db`; they are the same at 0."""
    if gain_db == 0.0:
        return samples
    louder = np.rint(samples * np.float64(10 ** (gain_db / 20)))
    return np.asarray(np.clip(louder, -32_768, 32_767), dtype=np.int16)


class LoudnessMeter:
    """Measures audio as it goes by; how it is cut into blocks makes no difference."""

    def __init__(self) -> None:
        """Begin with silence."""
        self._waiting = np.zeros(_MARGIN)
        self._sample_count = 0
        self._last_powers: NDArray[np.float64] = np.zeros(0)
        self._steps = 0
        self._windows: dict[int, tuple[int, float]] = {}
        self._true_peak = 0.0

    def add(self, samples: NDArray[np.int16]) -> None:
        """Listen to the next `samples`: int16, (n,)."""
        self._sample_count += samples.size
        self._take(samples / 32_768)

    def finish(self) -> Loudness:
        """Return what was measured; nothing can be added after that."""
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
        """Measure the middle `_HOP` samples of `block`; those around it are their surroundings."""
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

    The standard lists coefficients for 48 kHz alone; these are the analogue filters behind them
    (a shelf for the head, a high pass for the ear), taken to our rate by the bilinear transform.
    """
    hertz = np.append(np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE), _REFERENCE_HERTZ)
    # Just below half the rate, where the tangent is infinite.
    warped = 1j * np.tan(np.pi * np.minimum(hertz / SAMPLE_RATE, 0.499_999))

    def section(
        corner_hertz: float, quality: float, gains: tuple[float, float, float]
    ) -> NDArray[np.complex128]:
        """Return a filter with these gains above, at and below its corner."""
        corner = math.tan(math.pi * corner_hertz / SAMPLE_RATE)
        above, at, below = warped**2, warped * (corner / quality), corner**2
        high, middle, low = gains
        return np.asarray((high * above + middle * at + low * below) / (above + at + below))

    shelf_gain = 10 ** (3.999843853973347 / 20)
    shelf_gains = (shelf_gain, shelf_gain**0.4996667741545416, 1.0)
    response = section(1_681.974450955533, 0.7071752369554196, shelf_gains) * section(
        38.13547087602444, 0.5003270373238773, (1.0, 0.0, 0.0)
    )
    weighting: NDArray[np.complex128] = response[:-1] / abs(response[-1])
    return weighting
