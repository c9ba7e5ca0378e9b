"""The jobs of a soak: every length, voice and language, some cancelled, some failing.

The same number gives the same jobs. What costs most comes first: a worker may keep what its largest
chunk needed, and loads each language at its first use.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from jobs.voices import LANGUAGES, VOICES
from scripts.measure.quality.quality_sentences import load_sentences

LONGEST_CHARACTERS = 2_000
USUAL_CHARACTERS = 1_700
"""After the first jobs, lengths are drawn from 1 up to here."""

_SEED = 4

Fate = Literal["finished", "cancelled", "failed"]

UNSPEAKABLE = "☃☃☃"
"""Passes the producer's checks and fails in the worker: nothing in it has a sound."""

_CANCELLED_EVERY = 12
_FAILED_EVERY = 15
_BLENDED_EVERY = 9


@dataclass(frozen=True, slots=True)
class SoakJob:
    """One job and what is to become of it."""

    text: str
    voice: str
    fate: Fate


def make_jobs(count: int) -> Iterator[SoakJob]:
    """Yield the jobs; 200 of them have about 60,000 characters."""
    draw = random.Random(_SEED)  # noqa: S311  # not for secrets
    languages = list(LANGUAGES)
    for number in range(count):
        language = languages[number % len(languages)]
        # One longest text in each language, then any length; short ones as often as long ones.
        length = LONGEST_CHARACTERS
        if number >= len(languages):
            length = round(USUAL_CHARACTERS ** draw.random())
        if number % _FAILED_EVERY == _FAILED_EVERY - 1:
            yield SoakJob(UNSPEAKABLE, VOICES[0], "failed")
            continue
        fate: Fate = (
            "cancelled" if number % _CANCELLED_EVERY == _CANCELLED_EVERY - 1 else "finished"
        )
        voices = [voice for voice in VOICES if voice[0] == language]
        voice = draw.choice(voices)
        if number % _BLENDED_EVERY == 0:
            partner = "af_bella" if voice != "af_bella" else "am_adam"
            voice = f"{voice}:0.6,{partner}:0.4"
        yield SoakJob(_make_text(language, length, draw), voice, fate)


def _make_text(language: str, length: int, draw: random.Random) -> str:
    """Return exactly `length` characters of sentences in any order; at least one can be spoken."""
    written = "a" if language == "b" else language  # both accents read the same English
    sentences = [line.text for line in load_sentences() if line.language == written]
    text = ""
    while len(text) < length:
        text += draw.choice(sentences) + " "
    # A cut may fall anywhere, as it does in what users send.
    return text[:length].rstrip() or "a"
