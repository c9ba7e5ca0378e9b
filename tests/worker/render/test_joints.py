"""Silences inside a chunk are lengthened where the model passes over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from worker.engine import Segment
from worker.pronunciation.chunking import Joint
from worker.render.joints import lengthen_pauses
from worker.render.segments import HEAD_SAMPLES, TAIL_SAMPLES, find_threshold

pytestmark = pytest.mark.heavy

OWN_SECONDS = (HEAD_SAMPLES + TAIL_SAMPLES) / SAMPLE_RATE
"""What every silence has beyond the wanted one."""
FRAME_SECONDS = 0.005


def sound(seconds: float) -> NDArray[np.float32]:
    """Return a tone."""
    return np.sin(np.arange(round(seconds * SAMPLE_RATE)) / 5).astype(np.float32) * np.float32(0.5)


def rest(seconds: float) -> NDArray[np.float32]:
    """Return silence."""
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def speak(gap: float, *, told: float | None = None) -> Segment:
    """Return "a. b" with a silence of `gap`; durations say that it takes `told` for ". "."""
    told = gap if told is None else told
    edges = np.cumsum([0, 0.3 + (gap - told) / 2, told / 2, told / 2, 0.3 + (gap - told) / 2])
    durations = np.diff(np.rint(edges * SAMPLE_RATE)).astype(int)
    return Segment(np.concatenate([sound(0.3), rest(gap), sound(0.3)]), tuple(map(int, durations)))


def longest_silence(samples: NDArray[np.float32]) -> float:
    """Return the seconds between the two sounds."""
    loud = np.flatnonzero(np.abs(samples) >= find_threshold(samples))
    return float(np.diff(loud).max()) / SAMPLE_RATE


@pytest.mark.parametrize("told", [None, 0.02], ids=["told truly", "counted to the sounds"])
@pytest.mark.parametrize("gap", [0.0, 0.1, 0.3])
def test_a_silence_that_is_too_short_gets_the_wanted_length(gap: float, told: float | None) -> None:
    """Wherever the model counts it, and even where it made none."""
    segment = speak(gap, told=max(told or gap, 0.02))

    samples = lengthen_pauses(segment, "a. b", [Joint(3, 0.4)]).samples

    assert longest_silence(samples) == pytest.approx(0.4 + OWN_SECONDS, abs=3 * FRAME_SECONDS)


def test_a_silence_that_is_long_enough_stays() -> None:
    """Nothing is taken away."""
    segment = speak(0.7)

    assert lengthen_pauses(segment, "a. b", [Joint(3, 0.4)]) is segment


def test_without_durations_the_audio_stays() -> None:
    """Nobody knows where the joint is."""
    segment = Segment(sound(0.5))

    assert lengthen_pauses(segment, "a. b", [Joint(3, 0.4)]) is segment


@settings(deadline=None)
@given(
    gaps=st.lists(st.floats(0, 0.5), min_size=1, max_size=6),
    wanted=st.floats(0, 0.6),
)
def test_samples_are_added_and_every_phoneme_keeps_its_own(
    gaps: list[float], wanted: float
) -> None:
    """What was added is counted to the marks, so that all that follows is timed right."""
    phonemes = "a" + ". b" * len(gaps)
    pieces, durations = [sound(0.2)], [0.2]
    for gap in gaps:
        pieces += [rest(gap), sound(0.2)]
        durations += [gap / 2, gap / 2, 0.2]
    edges = np.rint(np.cumsum([0, *durations]) * SAMPLE_RATE).astype(int)
    segment = Segment(np.concatenate(pieces), tuple(map(int, np.diff(edges))))

    made = lengthen_pauses(
        segment, phonemes, [Joint(3 * at + 3, wanted) for at in range(len(gaps))]
    )

    added = sum(made.phoneme_samples) - sum(segment.phoneme_samples)
    assert made.samples.size == segment.samples.size + added
    assert added >= 0
    sounding = [at for at, char in enumerate(phonemes) if char.isalpha()]
    assert [made.phoneme_samples[at] for at in sounding] == [
        segment.phoneme_samples[at] for at in sounding
    ]
