from __future__ import annotations

import numpy as np
import pytest

from jobs.errors import SilentAudio
from jobs.playback.pcm import SAMPLE_RATE
from worker.render.segments import (
    FADE_SAMPLES,
    HEAD_SAMPLES,
    SILENCE,
    TAIL_SAMPLES,
    check_audio,
    find_speech,
    finish_segment,
)


def tone(seconds: float, *, level: float = 0.3) -> np.ndarray:
    """A 200 Hz cosine: it begins at its loudest, as a plosive does."""
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (level * np.cos(2 * np.pi * 200 * at)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    """Nothing, for so long."""
    return np.zeros(round(seconds * SAMPLE_RATE), dtype=np.float32)


def samples_of(pcm: bytes) -> np.ndarray:
    """Finished PCM as integers that can be subtracted."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.int64)


def test_trims_the_silence_that_the_model_adds_but_keeps_a_margin() -> None:
    """Long near-silence around the speech goes, up to 30 ms before and 60 ms after it."""
    hiss = np.float32(0.0004)
    samples = np.concatenate([silence(0.3) + hiss, tone(0.5), silence(0.4) - hiss])

    start, end = find_speech(samples)

    assert start == 0.3 * SAMPLE_RATE - HEAD_SAMPLES
    assert end == pytest.approx(0.8 * SAMPLE_RATE + TAIL_SAMPLES, abs=2)


def test_keeps_a_soft_consonant_before_the_vowel() -> None:
    """A fricative at -48 dB before a loud vowel is speech, not silence."""
    fricative = 0.004 * np.random.default_rng(1).choice([-1.0, 1.0], 2_400).astype(np.float32)
    samples = np.concatenate([silence(0.3), fricative, tone(0.5, level=0.9)])

    start, _ = find_speech(samples)

    assert start == 0.3 * SAMPLE_RATE - HEAD_SAMPLES


def test_a_dying_voice_keeps_its_tail() -> None:
    """A decay is kept until it is 40 dB below the peak, and 60 ms longer."""
    decay = tone(2.0) * np.exp(-np.arange(2 * SAMPLE_RATE) / 4_800).astype(np.float32)

    _, end = find_speech(decay)

    assert end > 4_800 * np.log(100)
    assert np.abs(decay[end:]).max() < 0.003


def test_an_onset_at_the_first_sample_survives() -> None:
    """Speech that begins at once is heard in full after the 3 ms fade."""
    samples = tone(0.5)

    pcm = samples_of(finish_segment(samples).pcm)

    assert pcm.size == samples.size
    np.testing.assert_array_equal(
        pcm[FADE_SAMPLES:-FADE_SAMPLES],
        np.rint(samples[FADE_SAMPLES:-FADE_SAMPLES] * np.float32(32_767)).astype(int),
    )
    assert np.abs(pcm[: 5 * SAMPLE_RATE // 1_000]).max() > 0.9 * 0.3 * 32_767


def test_joints_do_not_click() -> None:
    """Joined segments step no further between samples than the tone itself does."""
    samples = tone(0.25)
    joined = samples_of(
        finish_segment(samples).pcm
        + finish_segment(-samples, pause_seconds=0.2).pcm
        + finish_segment(samples).pcm
    )
    own_step = np.abs(np.diff(samples)).max() * 32_767

    assert np.abs(np.diff(joined)).max() <= 1.5 * own_step
    assert joined[0] == 0
    assert joined[-1] == 0


def test_the_pause_is_measured_from_the_trimmed_end() -> None:
    """Silence that the model adds is not added to the pause: none is doubled."""
    bare = finish_segment(tone(0.5), pause_seconds=0.25)
    padded = finish_segment(np.concatenate([tone(0.5), silence(0.9)]), pause_seconds=0.25)

    assert bare.sample_count == 0.75 * SAMPLE_RATE
    assert padded.sample_count == pytest.approx(0.75 * SAMPLE_RATE + TAIL_SAMPLES, abs=60)
    assert not samples_of(padded.pcm)[padded.speech_end :].any()


def test_the_lead_stands_before_the_speech() -> None:
    """A wanted silence at the start is exactly as long as asked for."""
    segment = finish_segment(tone(0.5), lead_seconds=1.5)

    assert segment.speech_start == 1.5 * SAMPLE_RATE
    assert not samples_of(segment.pcm)[: segment.speech_start].any()
    assert segment.sample_count == 2.0 * SAMPLE_RATE


@pytest.mark.parametrize("level", [1.0, 1.5, 100.0])
def test_loud_samples_are_cut_off_and_never_wrapped(level: float) -> None:
    """Beyond full scale a sample keeps its sign and stands at the limit."""
    samples = tone(0.1, level=level)

    pcm = samples_of(finish_segment(samples).pcm)

    inner = slice(FADE_SAMPLES, -FADE_SAMPLES)
    assert np.abs(pcm).max() == 32_767
    assert (np.sign(pcm[inner]) == np.sign(np.rint(samples[inner] * 32_767))).all()


@pytest.mark.parametrize("size", [0, 1, 2, 3, FADE_SAMPLES, 2 * FADE_SAMPLES + 1])
def test_the_shortest_segments_are_finished_too(size: int) -> None:
    """No length is too short to be faded."""
    segment = finish_segment(np.full(size, 0.5, dtype=np.float32), pause_seconds=0.1)

    assert segment.sample_count == size + 0.1 * SAMPLE_RATE


def test_the_input_is_left_as_it_was() -> None:
    """The model's array is not written to."""
    samples = tone(0.1)
    samples.flags.writeable = False

    first, second = finish_segment(samples), finish_segment(samples)

    assert first == second


@pytest.mark.parametrize(
    ("samples", "fault"),
    [
        (np.zeros(0, dtype=np.float32), "no audio"),
        (np.full(9_000, SILENCE / 2, dtype=np.float32), "silence"),
        (np.array([0.1, np.nan, 0.2], dtype=np.float32), "not a number"),
        (np.array([0.1, -np.inf], dtype=np.float32), "not a number"),
    ],
    ids=["empty", "silent", "nan", "inf"],
)
def test_a_hole_in_the_speech_is_refused(samples: np.ndarray, fault: str) -> None:
    """Audio that would leave words out raises and says which words."""
    with pytest.raises(SilentAudio) as caught:
        check_audio(samples, phonemes="hˈɛlO", text="Hello there, " * 9, start=70)

    assert fault in str(caught.value)
    assert "characters 70 to 187" in str(caught.value)
    assert "'Hello there, Hello there, Hello there...'" in str(caught.value)


def test_punctuation_alone_may_be_silent() -> None:
    """A chunk of nothing but dots has no words to lose."""
    check_audio(np.zeros(100, dtype=np.float32), phonemes="… !", text="... !", start=0)
