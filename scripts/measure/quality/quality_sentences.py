"""The fixed set of texts: ours, not used for tuning or calibration."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.text.language_tags import ENGLISH

ENGLISH_VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george")
OTHER_VOICES = ("ef_dora", "ff_siwis", "hf_alpha", "if_sara", "jf_alpha", "pf_dora", "zf_xiaobei")

FOREIGN_SENTENCES = 4
"""Of each language but English, to be read back."""

QUICK_KINDS = ("numbers", "dialogue", "short")
QUICK_VOICES = ("af_heart", "bm_george")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text of the set."""

    kind: str
    language: str
    """One of Kokoro's letters; ``a`` serves both English accents."""
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text and the voice that is to read it."""

    kind: str
    voice: str
    text: str

    @property
    def language(self) -> str:
        """The voice's own language."""
        return self.voice[0]

    @property
    def is_heard(self) -> bool:
        """Whether Whisper tiny.en can read it back."""
        return self.language in ENGLISH


def load_sentences() -> list[Sentence]:
    """Return the set."""
    path = Path(__file__).parent / "quality_sentences.json"
    return [Sentence(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def choose_readings(*, quick: bool) -> Iterator[Reading]:
    """Yield every English text by every English voice, and the other languages by one each.

    With `quick` it is one text each of three kinds, by two voices.
    """
    english = [line for line in load_sentences() if line.language == "a"]
    if quick:
        chosen = {line.kind: line for line in reversed(english) if line.kind in QUICK_KINDS}
        for voice in QUICK_VOICES:
            yield from (Reading(line.kind, voice, line.text) for line in chosen.values())
        return
    for voice in ENGLISH_VOICES:
        yield from (Reading(line.kind, voice, line.text) for line in english)
    for voice in OTHER_VOICES:
        for line in load_sentences():
            if line.language == voice[0]:
                yield Reading(line.kind, voice, line.text)


def choose_opinion_readings() -> list[Reading]:
    """Return the sentences for opinion scores: short ones, none of them in the other set."""
    path = Path(__file__).parent / "opinion_sentences.json"
    voices = {voice[0]: voice for voice in ("af_heart", "bf_emma", *OTHER_VOICES)}
    texts: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return [Reading("sound", voices[code], text) for code, some in texts.items() for text in some]


def choose_foreign_readings(*, quick: bool) -> list[Reading]:
    """Return the sentences that are read back in other languages; with `quick` one of each."""
    readings = [one for one in choose_opinion_readings() if one.language not in ENGLISH]
    count = 1 if quick else FOREIGN_SENTENCES
    by_language: dict[str, list[Reading]] = {one.language: [] for one in readings}
    for reading in readings:
        by_language[reading.language].append(reading)
    return [reading for some in by_language.values() for reading in some[:count]]


def readings_of(text: str, voices: Sequence[str]) -> list[Reading]:
    """Return a text of the user's own, by each voice."""
    return [Reading("own", voice, text) for voice in voices]
