"""A speech engine without a model: every phoneme a tone, the same bytes for the same call.

``KTTS_SYNTHESIZER=tests.fakes.tone:load_engine`` puts it into a real worker process.
``KTTS_TONE_SECONDS_PER_CHUNK`` makes each chunk take that long.

These words in a text, written in capitals, make it misbehave as a real model can:

* ``BOOM`` raises RuntimeError; ``SEGFAULT`` kills the process as a bad pointer does;
* ``HANGC`` blocks for ever in C, where no Python signal handler runs;
* ``SILENT`` returns silence, ``NAN`` samples that are no number, ``NOTHING`` no samples,
  ``LOUD`` samples far beyond full scale.

A character that is neither letter, digit nor punctuation cannot be spoken.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import time
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from jobs.errors import MissingLanguage, UnknownVoice
from jobs.playback.pcm import SAMPLE_RATE
from jobs.voices import LANGUAGES, VOICES, parse_voice
from worker.engine import (
    MAX_PHONEMES,
    Announce,
    ClaimCard,
    Engine,
    MemoryUse,
    PhonemeToken,
    Segment,
)
from worker.settings import WorkerSettings

PHONEME_SAMPLES = 1_200
HEAD_SAMPLES = 2_400
TAIL_SAMPLES = 4_800
PUNCTUATION = ';:,.!?—…"()“” '
TRAITS = ("BOOM", "SEGFAULT", "HANGC", "SILENT", "NAN", "NOTHING", "LOUD")
MARK = "ˈ"
"""Stands before a trait's phonemes and nowhere else, so that only capitals misbehave."""


class ToneSynthesizer:
    """Speaks each phoneme as 50 ms of a tone, between 100 and 200 ms of near-silence.

    With fewer samples for each phoneme a long text costs little time.
    """

    def __init__(
        self,
        *,
        seconds_per_chunk: float = 0.0,
        version: str = "1",
        phoneme_samples: int = PHONEME_SAMPLES,
    ) -> None:
        self.device = "cpu"
        self.fingerprint = {"model": "tone", "tone": version}
        self.seconds_per_chunk = seconds_per_chunk
        self.phoneme_samples = phoneme_samples

    def check_voice(self, voice: str) -> None:
        for share in parse_voice(voice):
            if share.name not in VOICES:
                raise UnknownVoice(f"voice {share.name!r} is not on disk")

    def synthesize(self, phonemes: str, *, voice: str, speed: float, seed: int) -> Segment:
        if not 1 <= len(phonemes) <= MAX_PHONEMES:
            raise AssertionError(f"{len(phonemes)} phonemes")
        time.sleep(self.seconds_per_chunk)
        trait = re.search(f"{MARK}([a-z]+)", phonemes)
        if trait is not None:
            _misbehave(trait[1])
        counts = [round(self.phoneme_samples / speed)] * len(phonemes)
        samples = self._tones(phonemes, counts[0], voice, seed)
        counts[0] += HEAD_SAMPLES
        counts[-1] += TAIL_SAMPLES
        return Segment(_spoil(samples, trait[1] if trait else ""), tuple(counts))

    def release_memory(self) -> tuple[MemoryUse, MemoryUse]:
        use = MemoryUse(host_bytes=0)
        return use, use

    def _tones(self, phonemes: str, count: int, voice: str, seed: int) -> NDArray[np.float32]:
        offset = int(hashlib.sha256(f"{voice}{self.fingerprint['tone']}".encode()).hexdigest(), 16)
        pitch = np.array([0 if char in PUNCTUATION else 120 + ord(char) % 97 for char in phonemes])
        hertz = np.repeat(pitch + offset % 50 * (pitch > 0), count)
        phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE + seed % 1_000 / 500
        speech = np.where(hertz > 0, 0.3 * np.sin(phase), 0.0)
        hiss = 0.0001 * np.random.default_rng(seed).standard_normal(
            HEAD_SAMPLES + speech.size + TAIL_SAMPLES
        )
        hiss[HEAD_SAMPLES : HEAD_SAMPLES + speech.size] += speech
        return hiss.astype(np.float32)


class TonePhonemizer:
    """Pronounces a letter as itself, a digit as a letter, an accented letter as some letter."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.fingerprint = {"g2p": "tone"}

    def phonemize(
        self, text: str, lexicon: Mapping[str, str], reading: str = "full"
    ) -> tuple[PhonemeToken, ...]:
        del reading
        return tuple(self._tokens(text, lexicon))

    def _tokens(self, text: str, lexicon: Mapping[str, str]) -> Iterator[PhonemeToken]:
        for match in re.finditer(r"\s+|\w+(?:['’-]\w+)*|[^\w\s]", text):
            word = match[0]
            if word.isspace():
                phonemes = " "
            elif word in PUNCTUATION:
                phonemes = word
            elif word in TRAITS:
                phonemes = MARK + word.lower()
            else:
                phonemes = lexicon.get(word) or "".join(
                    chr(97 + ord(char) % 26) if not "a" <= char <= "z" else char
                    for char in word.lower()
                    if char.isalnum()
                )
            unspoken = "" if phonemes else "no sound for it"
            yield PhonemeToken(match.start(), match.end(), phonemes, unspoken)


def load_engine(_settings: WorkerSettings, _claim_card: ClaimCard, _announce: Announce) -> Engine:
    """Build the stand-in, at the pace that the environment asks for."""
    pace = float(os.environ.get("KTTS_TONE_SECONDS_PER_CHUNK", "0"))
    return make_engine(seconds_per_chunk=pace)


def make_engine(
    *,
    seconds_per_chunk: float = 0.0,
    version: str = "1",
    phoneme_samples: int = PHONEME_SAMPLES,
) -> Engine:
    """Build the stand-in; another version speaks other bytes under another fingerprint."""
    synthesizer = ToneSynthesizer(
        seconds_per_chunk=seconds_per_chunk, version=version, phoneme_samples=phoneme_samples
    )
    return Engine(synthesizer=synthesizer, load_phonemizer=_load_phonemizer)


def _load_phonemizer(language: str) -> TonePhonemizer:
    if language not in LANGUAGES:
        raise MissingLanguage(f"language {language!r} has no pronunciation here")
    return TonePhonemizer(language)


def _misbehave(trait: str) -> None:
    if trait == "boom":
        raise RuntimeError("the model failed on BOOM")
    if trait == "segfault":
        ctypes.string_at(0)
    if trait == "hangc":
        library = ctypes.CDLL(None)
        mutex = ctypes.create_string_buffer(128)
        library.pthread_mutex_init(mutex, None)
        library.pthread_mutex_lock(mutex)
        library.pthread_mutex_lock(mutex)


def _spoil(samples: NDArray[np.float32], trait: str) -> NDArray[np.float32]:
    if trait == "silent":
        return samples * np.float32(0)
    if trait == "nan":
        return samples * np.float32("nan")
    if trait == "nothing":
        return samples[:0]
    return samples * np.float32(8 if trait == "loud" else 1)
