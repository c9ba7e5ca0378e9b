"""What Chinese and Japanese have in common: no spaces, and English for words in Latin letters."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from misaki.token import MToken

from jobs.text.characters import has_sound
from jobs.text.pronunciations import GivenSound
from worker.engine import PhonemeToken
from worker.pronunciation.alignment import join_silent
from worker.pronunciation.espeak import quiet_phonemizer
from worker.pronunciation.espeak_library import EspeakFallback
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


def place_words(
    text: str, in_words: str, words: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield (text, phonemes) for each stretch of `text` whose sound is known, tiling it.

    Args:
        text: As it is written.
        in_words: The same with figures and signs put into words.
        words: The words of `in_words` in order, each with its phonemes; what is between them has no
            sound.
    """
    places = _find_places(text, in_words)
    pieces: list[tuple[int, str]] = []
    at = 0
    for word, phonemes in words:
        found = in_words.find(word, at)
        start = places[found] if found >= 0 else None
        at = max(at, found + len(word))
        # Equal signs in a row leave open which of them a word is: none may be left without a sign.
        is_blank = (
            bool(pieces) and has_sound(pieces[-1][1]) and not text[pieces[-1][0] : start].strip()
        )
        if pieces and (start is None or start <= pieces[-1][0] or is_blank):
            pieces[-1] = pieces[-1][0], pieces[-1][1] + phonemes
        else:
            pieces.append((start if pieces and start else 0, phonemes))
    stops = [*(start for start, _ in pieces[1:]), len(text)]
    return join_silent(
        (text[start:stop], phonemes) for (start, phonemes), stop in zip(pieces, stops, strict=False)
    )


def _find_places(text: str, in_words: str) -> list[int | None]:
    """Return where each character of `in_words` is written; None inside what is put into words."""
    if text == in_words:
        return list(range(len(text)))
    places: list[int | None] = []
    for kind, start, end, first, last in SequenceMatcher(
        None, text, in_words, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            places.extend(range(start, end))
        elif last > first:
            inner = [None] * (last - first - 1)
            places.extend([start if end > start else None, *inner])
    return places
