"""Speaks the set: once as this machine does it, twice in fp32 as kokoro does it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechRequest, Unspoken
from scripts.measure.quality.quality_sentences import Reading
from worker.engine import MAX_PHONEMES, Engine, Segment
from worker.pronunciation.chunking import Chunk, split_text
from worker.pronunciation.reading.languages import load_rules
from worker.pronunciation.reading.spoken_text import SpokenText
from worker.render.joints import lengthen_pauses
from worker.render.render import chunk_seed
from worker.render.segments import finish_segment

SEED_STEP = 1_000_003
"""Between the seeds of two recordings that differ in nothing else."""


@dataclass(frozen=True, slots=True)
class Script:
    """A reading, cut into chunks."""

    reading: Reading
    request: SpeechRequest
    chunks: tuple[Chunk, ...]
    said: str
    """The text in the words that a person says, as the reading rules have it."""

    @property
    def is_covered(self) -> bool:
        """Whether the chunks' spans tile the text and each fits the model."""
        ends = [0, *(chunk.end for chunk in self.chunks)]
        starts = [*(chunk.start for chunk in self.chunks), len(self.request.text)]
        fits = all(1 <= len(chunk.phonemes) <= MAX_PHONEMES for chunk in self.chunks)
        return ends == starts and fits

    @property
    def unspoken(self) -> tuple[Unspoken, ...]:
        """What of the text has no sound."""
        return tuple(piece for chunk in self.chunks for piece in chunk.unspoken)


@dataclass(frozen=True, slots=True)
class Recording:
    """A script, spoken."""

    segments: tuple[Segment, ...]
    """What the model returned for each chunk."""
    pcm: bytes
    """The finished audio, int16 little-endian: trimmed and joined as a worker does it."""

    @property
    def seconds(self) -> float:
        """Length of the finished audio."""
        return len(self.pcm) / 2 / SAMPLE_RATE

    @property
    def samples(self) -> NDArray[np.float32]:
        """The finished audio in [-1, 1]."""
        return np.frombuffer(self.pcm, dtype="<i2").astype(np.float32) / np.float32(32_767)


def write_scripts(readings: Sequence[Reading], engine: Engine) -> Iterator[Script]:
    """Yield each reading, cut into chunks as a worker cuts it.

    Raises:
        InvalidRequest: a voice is unknown, a language not installed, or nothing can be spoken.
    """
    for reading in readings:
        request = SpeechRequest(text=reading.text, voice=reading.voice)
        engine.synthesizer.check_voice(request.voice)
        chunks = tuple(split_text(request.text, engine.phonemizer(request.language)))
        yield Script(reading, request, chunks, said=_put_into_words(request))


def _put_into_words(request: SpeechRequest) -> str:
    rules = load_rules(request.language, lambda _: True)
    if rules is None:
        return request.text
    return "\n".join(SpokenText(line, rules.find(line)).text for line in request.text.split("\n"))


def record(script: Script, engine: Engine, *, take: int = 0) -> Recording:
    """Speak a script; another `take` is the same in everything but the noise that is drawn.

    Raises:
        SynthesisError: the model could not.
    """
    segments, pcm = [], []
    for chunk in script.chunks:
        segment = engine.synthesizer.synthesize(
            chunk.phonemes,
            voice=script.request.voice,
            speed=script.request.speed,
            seed=chunk_seed(script.request.job_id, chunk.index) // 2 + take * SEED_STEP,
        )
        segments.append(segment)
        paused = lengthen_pauses(segment, chunk.phonemes, chunk.joints)
        finished = finish_segment(
            paused.samples, lead_seconds=chunk.lead_seconds, pause_seconds=chunk.pause_seconds
        )
        pcm.append(finished.pcm)
    return Recording(tuple(segments), b"".join(pcm))
