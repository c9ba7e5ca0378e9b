"""Opinion scores are paired with fp32, and pauses that are lost are counted."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from jobs.voices import LANGUAGES
from scripts.measure.quality.opinion_score import (
    Opinion,
    compare_sound,
    count_lost_pauses,
    open_judge,
    summarize_opinions,
)
from scripts.measure.quality.quality_sentences import (
    Reading,
    choose_opinion_readings,
    load_sentences,
)
from scripts.measure.quality.recordings import record, write_scripts
from worker.engine import Engine

pytestmark = pytest.mark.heavy

log = logging.getLogger(__name__)


def speak(*parts: float) -> NDArray[np.float32]:
    """Return a tone and silence in turns, of so many seconds each."""
    tone = np.sin(np.arange(SAMPLE_RATE * 3) / 20).astype(np.float32) * np.float32(0.5)
    sizes = [int(seconds * SAMPLE_RATE) for seconds in parts]
    pieces = [tone[:size] * np.float32(number % 2 == 0) for number, size in enumerate(sizes)]
    return np.concatenate(pieces)


@pytest.mark.parametrize(
    ("ours", "lost"),
    [
        ((1, 0.2, 1), 0),
        ((1.1, 0.12, 1), 0),
        ((1, 0.06, 1), 1),
        ((2.2,), 1),
        ((0.4, 0.2, 1.6), 1),
    ],
    ids=["kept", "a little shorter", "under half", "gone", "elsewhere"],
)
def test_a_pause_counts_as_lost_when_less_than_half_is_left(
    ours: tuple[float, ...], lost: int
) -> None:
    """It may lie a little earlier or later."""
    assert count_lost_pauses(speak(*ours), speak(1, 0.2, 1)) == lost


def test_pauses_shorter_than_80_ms_and_the_silence_at_both_ends_do_not_count() -> None:
    """Nobody hears them as pauses."""
    assert count_lost_pauses(speak(1), speak(0.0, 0.3, 0.5, 0.05, 0.5, 0.4)) == 0


def test_differences_are_taken_chunk_by_chunk() -> None:
    """The interval is that of the paired differences, however far the scores lie apart."""
    document = summarize_opinions(
        [Opinion("a", 4.0, 4.1, 0), Opinion("a", 3.0, 3.1, 1), Opinion("z", 2.0, 2.1, 0)]
    )

    assert document["opinion"] == {
        "chunks": 3,
        "score": 3.0,
        "score_fp32": 3.1,
        "difference": -0.1,
        "interval": [-0.1, -0.1],
    }
    assert list(document["opinion_by_language"]) == ["a", "z"]
    assert document["lost_pauses"] == 1


@pytest.mark.model
def test_noise_over_speech_is_thought_worse(engine: Engine) -> None:
    """The judge's own weights hear it."""
    [script] = write_scripts([Reading("sound", "af_heart", "The pond froze over.")], engine)
    [segment] = record(script, engine).segments
    noise = np.random.default_rng(0).normal(0, 0.02, segment.samples.size).astype(np.float32)
    judge = open_judge(log.info)

    found = compare_sound("a", segment.samples + noise, segment.samples, judge)

    assert found.difference < -0.3
    assert compare_sound("a", segment.samples, segment.samples, judge).difference == 0


def test_the_sentences_are_in_all_languages_and_in_no_other_set() -> None:
    """At least 150, so that the interval is narrow."""
    readings = choose_opinion_readings()

    assert len(readings) >= 150
    assert {reading.language for reading in readings} == set(LANGUAGES)
    assert {reading.text for reading in readings}.isdisjoint(one.text for one in load_sentences())
