"""Pronunciations that the producer gives: a word list, and ``[word](/ipa/)`` in the text.

A word of the list counts where it stands as a whole word. Written in lower case it matches any
case, written otherwise only itself. Inline markup wins over the list, the longer entry over the
shorter one. Phonemes that the model does not know are reported as unspoken, as everywhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from worker.text.normalize import normalize

INLINE_SOUND = r"\[[^\[\]\n]{1,200}\]\(/[^/\n]{1,200}/\)"
"""``[Kokoro](/kˈOkəɹO/)``: the word, and how it is said."""

_INLINE = re.compile(r"\[([^\[\]\n]{1,200})\]\(/([^/\n]{1,200})/\)")
_CJK = r"\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
# Vowel signs are no word characters to `re`, yet Devanagari words are full of them.
_MARKS = r"\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])[\w{_MARKS}])+|[^\w\s]")
_WORD_GOES_ON = re.compile(rf"(?![{_CJK}])[\w{_MARKS}]|'\w")
_POSSESSIVE = re.compile(r"'s(?!\w)")


@dataclass(frozen=True, slots=True)
class GivenSound:
    """A stretch of text whose phonemes are settled before pronunciation starts."""

    start: int
    end: int
    phonemes: str
    """As given; empty where the stretch has no sound."""
    unspoken: str = ""
    """Why it has none."""


class Lexicon:
    """The producer's word list, indexed by first word so that its length costs nothing."""

    def __init__(self, entries: Mapping[str, str]) -> None:
        """Index `entries`, word to phonemes."""
        self._by_first_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for word, phonemes in entries.items():
            written = normalize(word).text.strip()
            first = _WORD.search(written)
            if first:
                self._by_first_word[first.group().lower()].append((written, phonemes.strip()))
        for candidates in self._by_first_word.values():
            candidates.sort(key=lambda entry: (-len(entry[0]), entry[0].islower()))

    def find(self, text: str) -> list[GivenSound]:
        """Return the settled stretches of normalised `text`, in order, none overlapping."""
        inline = [
            _give(text, match.start(), match.end(), match[2]) for match in _INLINE.finditer(text)
        ]
        if not self._by_first_word:
            return inline
        found: list[GivenSound] = []
        at = 0
        for given in inline:
            found.extend(self._find_words(text, at, given.start))
            found.append(given)
            at = given.end
        found.extend(self._find_words(text, at, len(text)))
        return found

    def _find_words(self, text: str, start: int, end: int) -> Iterator[GivenSound]:
        taken = start
        for match in _WORD.finditer(text, start, end):
            if match.start() < taken:
                continue
            for word, phonemes in self._by_first_word.get(match.group().lower(), ()):
                given = _match_entry(text, match.start(), end, word, phonemes)
                if given:
                    yield given
                    taken = given.end
                    break


def _match_entry(text: str, start: int, limit: int, word: str, phonemes: str) -> GivenSound | None:
    end = start + len(word)
    written = text[start:end]
    if end > limit or (written.lower() if word == word.lower() else written) != word:
        return None
    given = _give(text, start, end, phonemes)
    is_cut = re.match(r"\w", word[-1]) and _WORD_GOES_ON.match(text, given.end)
    is_cjk = re.match(f"[{_CJK}]", word[-1])
    return None if is_cut and not is_cjk else given


def _give(text: str, start: int, end: int, phonemes: str) -> GivenSound:
    possessive = _POSSESSIVE.match(text, end)
    if not possessive:
        return GivenSound(start, end, phonemes)
    return GivenSound(start, possessive.end(), phonemes + _possessive_sound(phonemes))


def _possessive_sound(phonemes: str) -> str:
    """Say the English ``'s`` as the sound before it asks for."""
    last = phonemes.rstrip("ˈˌː")[-1:]
    if last and last in "szʃʒʧʤ":
        return "ɪz"
    return "s" if last and last in "ptkfθ" else "z"
