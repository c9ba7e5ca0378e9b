"""Compared with the cases of EBU Tech 3341, and with ffmpeg's own meter.

The cases are stereo, where two channels add 3.01 LU; speech has one, so that much is taken off.
"""

from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from worker.books.loudness import Loudness, LoudnessMeter, apply_gain, find_gain_db, join_loudness

MONO = 10 * math.log10(0.5)


def sine(level_db: float, seconds: float, hertz: float = 997) -> NDArray[np.int16]:
    """Return a tone."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * time)
    return np.rint(32_767 * wave).astype(np.int16)


def babble(seconds: float, seed: int = 0) -> NDArray[np.int16]:
    """Return noise that swells and fades as speech does."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    envelope = 0.02 + np.abs(np.sin(2 * time) * np.sin(0.3 * time + seed))
    noise = np.convolve(random.standard_normal(time.size), np.ones(8) / 8, mode="same")
    return np.clip(np.rint(9_000 * envelope * noise), -32_768, 32_767).astype(np.int16)


def measure(samples: NDArray[np.int16], block: int = 65_536) -> Loudness:
    """Measure `samples`, block by block."""
    meter = LoudnessMeter()
    for start in range(0, samples.size, block):
        meter.add(samples[start : start + block])
    return meter.finish()


def ask_ffmpeg(samples: NDArray[np.int16]) -> tuple[float, float]:
    """Return loudness and true peak (linear) as ffmpeg measures them."""
    graph = av.filter.Graph()
    clock = Fraction(1, SAMPLE_RATE)
    source = graph.add_abuffer(
        sample_rate=SAMPLE_RATE, format="s16", layout="mono", time_base=clock
    )
    meter = graph.add("ebur128", "metadata=1:peak=true")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, clock, 0
    source.push(frame)
    source.push(None)
    facts: dict[str, str] = {}
    while True:
        try:
            facts = dict(sink.pull().metadata)
        except av.EOFError:
            return float(facts["lavfi.r128.I"]), float(facts["lavfi.r128.true_peak"])


@pytest.mark.parametrize(
    ("steps", "lufs"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
    ids=["case 1", "case 2", "case 3", "case 4", "case 5"],
)
def test_the_cases_of_ebu_tech_3341(steps: list[tuple[float, float]], lufs: float) -> None:
    """Level and both gates are right within the 0.1 LU that the standard allows."""
    measured = measure(np.concatenate([sine(*step, hertz=1_000) for step in steps]))

    assert measured.integrated_lufs == pytest.approx(lufs + MONO, abs=0.1)


def test_a_full_scale_sine_reads_what_the_standard_says() -> None:
    """BS.1770: 997 Hz at full scale in one channel is -3.01 LUFS."""
    assert measure(sine(0, 10)).integrated_lufs == pytest.approx(-3.01, abs=0.005)


@pytest.mark.parametrize("hertz", [60, 250, 1_000, 4_000, 9_000])
def test_every_pitch_weighs_what_it_weighs_for_ffmpeg(hertz: float) -> None:
    """The weighting is right over the whole range, not only where it is calibrated."""
    samples = sine(-20, 5, hertz)

    assert measure(samples).integrated_lufs == pytest.approx(ask_ffmpeg(samples)[0], abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_ffmpeg_measures_the_same(seed: int) -> None:
    """Loudness within 0.05 LU, true peak within 0.2 dB, on what moves like speech."""
    samples = babble(60, seed)

    measured = measure(samples)

    lufs, peak = ask_ffmpeg(samples)
    assert measured.integrated_lufs == pytest.approx(lufs, abs=0.05)
    assert 20 * math.log10(measured.true_peak / peak) == pytest.approx(0, abs=0.2)


def test_the_peak_between_two_samples_is_found() -> None:
    """A quarter of the rate, between its samples, peaks 3 dB above them (Tech 3341, case 15)."""
    time = np.arange(SAMPLE_RATE)
    fade = np.minimum(1, np.minimum(time, time[::-1]) / 2_000)
    samples = np.rint(32_767 * 0.5 * fade * np.sin(np.pi * time / 2 + np.pi / 4)).astype(np.int16)

    assert np.abs(samples).max() < 0.36 * 32_767
    assert 20 * math.log10(measure(samples).true_peak) == pytest.approx(-6.02, abs=0.05)


@pytest.mark.parametrize("block", [1, 999, 2_400, 28_800, 32_768, 1_000_000])
def test_blocks_of_any_size_measure_the_same(block: int) -> None:
    """What is measured does not depend on the pieces in which the samples came."""
    samples = babble(0.2 if block == 1 else 10)

    assert measure(samples, block) == measure(samples, samples.size)


def test_parts_add_up_to_the_whole() -> None:
    """Minutes of speech measured apart are as loud together as measured at once."""
    parts = [babble(20, seed) // (seed + 1) for seed in range(4)]

    joined, whole = join_loudness(map(measure, parts)), measure(np.concatenate(parts))

    assert joined.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=0.1)
    assert joined.true_peak == pytest.approx(whole.true_peak, rel=1e-3)


@pytest.mark.parametrize("samples", [sine(-20, 0), sine(-20, 0.3), sine(-80, 5), np.zeros(99_999)])
def test_silence_has_no_loudness_and_no_gain(samples: NDArray[np.int16]) -> None:
    """What is too short or too soft to be measured is left alone."""
    measured = measure(samples.astype(np.int16))

    assert measured.integrated_lufs is None
    assert find_gain_db(measured, -18) == 0.0


def test_gain_brings_speech_to_the_target() -> None:
    """Up or down, what comes out is as loud as was asked for."""
    samples = babble(30) // 8
    for target in (-40.0, -30.0):
        gain_db = find_gain_db(measure(samples), target)

        assert measure(apply_gain(samples, gain_db)).integrated_lufs == pytest.approx(
            target, abs=0.05
        )


def test_peaks_stay_under_the_ceiling() -> None:
    """Where peaks would pass -1 dBTP the gain stops there, and the speech stays softer."""
    samples = babble(30)

    gain_db = find_gain_db(measure(samples), -5)

    louder = measure(apply_gain(samples, gain_db))
    assert 20 * math.log10(louder.true_peak) == pytest.approx(-1, abs=0.01)
    assert louder.integrated_lufs is not None
    assert louder.integrated_lufs < -5.5


def test_no_gain_touches_no_sample() -> None:
    """Zero gain gives back the very samples, the extremes included."""
    samples = np.array([-32_768, -1, 0, 1, 32_767], dtype=np.int16)

    assert apply_gain(samples, 0.0) is samples
    assert apply_gain(samples, 6.0).tolist() == [-32_768, -2, 0, 2, 32_767]
