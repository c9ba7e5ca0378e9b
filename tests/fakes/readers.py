"""A pronunciation without packages: every letter is its own phoneme, one token for each word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jobs.text.pronunciations import GivenSound
from tests.builders.vocabulary import VOCABULARY
from worker.engine import PhonemeToken
from worker.pronunciation.phonemize import LanguagePhonemizer
from worker.pronunciation.reader import read_runs
from worker.pronunciation.reading.rules import RuleTable


class LetterReader:
    """Reads Latin letters as they are, and a digit as six phonemes."""

    def __init__(self) -> None:
        self.fingerprint = {"letters": "1"}
        self.read_characters = 0

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        self.read_characters += len(text)
        return read_runs(text, given, self._pronounce)

    def reads(self, letter: str) -> bool:
        return letter.isascii()

    def spell(self, word: str) -> str:
        return "".join(sound for _, sound in self._pronounce(word)) if word.isascii() else ""

    def _pronounce(self, run: str) -> Iterator[tuple[str, str]]:
        for word in re.findall(r"\S+\s*", run):
            sound = re.sub(r"\d", "number", word.strip().lower())
            letters = "".join(char for char in sound if char.isalpha() and char.isascii())
            yield word, letters + " " * word[-1:].isspace()


def make_phonemizer(rules: RuleTable | None = None) -> LanguagePhonemizer:
    """Return a phonemizer over a fresh `LetterReader`, with reading rules if they are given."""
    return LanguagePhonemizer("a", LetterReader(), VOCABULARY, rules)
