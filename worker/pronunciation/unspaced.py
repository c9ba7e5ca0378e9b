"""What Chinese and Japanese have in common: no spaces, and English for words in Latin letters."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from misaki.espeak import EspeakFallback
from misaki.token import MToken

from jobs.text.characters import has_sound
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.espeak import quiet_phonemizer
from worker.pronunciation.reader import LATIN, read_runs

_PART = re.compile(rf"(?P<latin>[{LATIN}][{LATIN}'-]*)|[^{LATIN}]+")


class UnspacedReader(ABC):
    """A language that writes no spaces; its own package pronounces what is not Latin."""

    def __init__(self) -> None:
        """Load espeak-ng's American voice, mapped to Kokoro's English phonemes."""
        self._fallback = EspeakFallback(british=False)
        quiet_phonemizer()

    def read(self, text: str, given: Sequence[GivenSound]) -> Iterator[PhonemeToken]:
        """Pronounce one line; one token for each stretch that the language's package keeps."""
        return read_runs(text, given, self._pronounce, is_spaced=False)

    def spell(self, word: str) -> str:
        """Pronounce a word or symbol that stands alone."""
        phonemes = "".join(sound for _, sound in self._pronounce(word))
        return phonemes if has_sound(phonemes) else self._spell_foreign(word)

    @abstractmethod
    def _read_own(self, part: str) -> Iterator[tuple[str, str]]:
        """Split `part`, which holds no Latin letter, into (text, phonemes), tiling it."""

    def _pronounce(self, run: str) -> Iterator[tuple[str, str]]:
        for match in _PART.finditer(run):
            if match["latin"]:
                yield match.group(), f"{self._spell_foreign(match.group())} "
            else:
                yield from self._read_own(match.group())

    def _spell_foreign(self, word: str) -> str:
        return str(self._fallback(MToken(text=word, tag="", whitespace=""))[0] or "")
