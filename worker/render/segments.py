"""One chunk's samples become the PCM that is joined: trimmed, faded, paused, within range.

What comes out depends on the one chunk alone, so an interrupted render gives the same bytes.
Every segment begins and ends at zero, so no joint can click.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.errors import SilentAudio
from jobs.playback.pcm import SAMPLE_RATE

QUIET_SHARE = 0.01
"""What stays below this share (-40 dB) of the chunk's peak is no speech..."""
QUIET_CEILING = 0.003
"""...and never louder than this (-50 dB of full scale), or a loud chunk would lose soft edges."""
SILENCE = 0.0005
"""A chunk that stays below this (-66 dB of full scale) has no speech at all."""
HEAD_SAMPLES = round(0.030 * SAMPLE_RATE)
"""Kept before the first loud sample: the onset of a consonant is softer than its vowel."""
TAIL_SAMPLES = round(0.060 * SAMPLE_RATE)
"""Kept after the last loud sample: a voice dies away slower than it begins."""
FADE_SAMPLES = round(0.003 * SAMPLE_RATE)
"""3 ms: long enough not to click, short enough to leave a plosive at the first sample."""
EXCERPT_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class FinishedSegment:
    """A chunk's part of the audio, ready to be appended."""

    pcm: bytes
    """int16 little-endian, mono."""
    speech_start: int
    """Sample at which the kept speech begins, after the lead."""
    speech_end: int
    """Sample after the kept speech; the pause follows."""
    model_start: int
    """Where the model's first sample would lie; before `speech_start` if some was trimmed."""

    @property
    def sample_count(self) -> int:
        """Samples in `pcm`."""
        return len(self.pcm) // 2


def finish_segment(
    samples: NDArray[np.float32], *, lead_seconds: float = 0.0, pause_seconds: float = 0.0
) -> FinishedSegment:
    """Trim the silence that the model adds, fade the edges, and lay the wanted silence around.

    Args:
        samples: float32, (n,), finite; beyond [-1, 1] it is cut off, never wrapped.
        lead_seconds: Silence before the speech.
        pause_seconds: Silence after the speech, from its trimmed end.
    """
    lead = round(lead_seconds * SAMPLE_RATE)
    pause = round(pause_seconds * SAMPLE_RATE)
    start, end = find_speech(samples)
    speech = np.clip(samples[start:end], -1.0, 1.0)
    _fade(speech)
    pcm = np.zeros(lead + speech.size + pause, dtype="<i2")
    pcm[lead : lead + speech.size] = np.rint(speech * np.float32(32_767))
    return FinishedSegment(
        pcm=pcm.tobytes(),
        speech_start=lead,
        speech_end=lead + speech.size,
        model_start=lead - start,
    )


def find_speech(samples: NDArray[np.float32]) -> tuple[int, int]:
    """Return the span of `samples` worth keeping, margins included; (0, 0) if all is silence."""
    level = np.abs(samples)
    loud = np.flatnonzero(level >= find_threshold(samples))
    if not loud.size:
        return 0, 0
    return max(0, int(loud[0]) - HEAD_SAMPLES), min(samples.size, int(loud[-1]) + 1 + TAIL_SAMPLES)


def find_threshold(samples: NDArray[np.float32]) -> float:
    """Return the level below which samples of this chunk count as silence."""
    peak = float(np.abs(samples).max(initial=0.0))
    return max(SILENCE, min(QUIET_CEILING, QUIET_SHARE * peak))


def find_runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first index and end of each stretch in which `flags` holds, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in edges.reshape(-1, 2)]


def check_audio(samples: NDArray[np.float32], *, phonemes: str, text: str, start: int) -> None:
    """Refuse audio that would leave a hole in the speech.

    Args:
        samples: What the model returned.
        phonemes: What it was given.
        text: The stretch of the request that these phonemes speak.
        start: Where this stretch begins in the request.

    Raises:
        SilentAudio: not a number, or no sound although there is more than punctuation to speak.
    """
    has_sounds = any(char.isalpha() for char in phonemes)
    if not np.isfinite(samples).all():
        fault = "not a number"
    elif has_sounds and float(np.abs(samples).max(initial=0.0)) < SILENCE:
        fault = "silence" if samples.size else "no audio"
    else:
        return
    excerpt = text if len(text) <= EXCERPT_CHARACTERS else text[: EXCERPT_CHARACTERS - 3] + "..."
    raise SilentAudio(
        f"the model returned {fault} for characters {start} to {start + len(text)} ({excerpt!r}); "
        "write this passage differently, or run `ktts doctor` if it happens with other text too"
    )


def _fade(speech: NDArray[np.float32]) -> None:
    """Let the speech rise from zero and fall to zero along half a cosine, in place."""
    size = min(FADE_SAMPLES, speech.size // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(size) / max(size, 1))).astype(np.float32)
    speech[:size] *= ramp
    speech[speech.size - size :] *= ramp[::-1]
