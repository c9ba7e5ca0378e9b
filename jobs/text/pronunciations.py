"""Pronunciations that the producer gives: a word list, and ``[word](/ipa/)`` in the text.

A word of the list counts where it stands as a whole word. Written in lower case it matches any
case, written otherwise only itself. Inline markup wins over the list, the longer entry over the
shorter one. An entry is phonemes, or ``say:`` and ordinary letters that the language itself reads;
``[word](/ipa/)`` may stand among them. Phonemes that the model does not know are reported as
unspoken, as everywhere.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..request import RESPELLED
from .markup import SOUND
from .normalize import normalize

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

    def __init__(self, entries: Mapping[str, str], pronounce: Callable[[str], str]) -> None:
        """Index `entries`; `pronounce` reads ordinary letters, for those that are respellings."""
        self._entries = entries
        self._pronounce = pronounce
        self._respelled: dict[str, str] = {}
        # As it is written in normalised text, and as the producer wrote it.
        self._by_first_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for word in entries:
            forms = (normalize(word, keeps_signs=keeps).text.strip() for keeps in (False, True))
            for written in dict.fromkeys(forms):
                if first := _WORD.search(written):
                    self._by_first_word[first.group().lower()].append((written, word))
        for candidates in self._by_first_word.values():
            candidates.sort(key=lambda entry: (-len(entry[0]), entry[0].islower()))

    def find(self, text: str) -> list[GivenSound]:
        """Return the settled stretches of normalised `text`, in order, none overlapping."""
        inline = find_inline(text)
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

    def find_entries(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield each entry that stands in normalised `text`, and how it is written there.

        Also those that do not count because a longer one or inline markup wins.
        """
        if not self._by_first_word:
            return
        for match in _WORD.finditer(text):
            for written, word in self._by_first_word.get(match.group().lower(), ()):
                if _stands_at(text, match.start(), len(text), written):
                    yield word, text[match.start() : match.start() + len(written)]

    def _find_words(self, text: str, start: int, end: int) -> Iterator[GivenSound]:
        taken = start
        for match in _WORD.finditer(text, start, end):
            if match.start() < taken:
                continue
            for written, word in self._by_first_word.get(match.group().lower(), ()):
                if _stands_at(text, match.start(), end, written):
                    word_end = match.start() + len(written)
                    given = _give(text, match.start(), word_end, self._say(word))
                    yield given
                    taken = given.end
                    break

    def _say(self, word: str) -> str:
        entry = self._entries[word].strip()
        if not entry.startswith(RESPELLED):
            return entry
        if word not in self._respelled:
            letters = normalize(entry.removeprefix(RESPELLED)).text.strip()
            self._respelled[word] = self._pronounce(letters).strip()
        return self._respelled[word]


def find_inline(text: str) -> list[GivenSound]:
    """Return what ``[word](/ipa/)`` settles in normalised `text`, in order."""
    return [
        _give(text, match.start(), match.end(), match["phonemes"])
        for match in SOUND.finditer(text)
        if match["phonemes"]
    ]


def find_whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen ``text[start:end]`` to the words of normalised `text` that it is a piece of."""
    for match in _WORD.finditer(text):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
        if match.end() >= end:
            break
    contraction = None if _POSSESSIVE.match(text, end) else re.compile(r"'\w+").match(text, end)
    return start, contraction.end() if contraction else end


def _stands_at(text: str, start: int, limit: int, word: str) -> bool:
    """Say whether the entry `word` counts at `start`: whole, and in a case that fits."""
    end = start + len(word)
    written = text[start:end]
    if end > limit or (written.lower() if word == word.lower() else written) != word:
        return False
    possessive = _POSSESSIVE.match(text, end)
    goes_on = _WORD_GOES_ON.match(text, possessive.end() if possessive else end)
    is_cut = re.match(r"\w", word[-1]) and goes_on
    return not is_cut or re.match(f"[{_CJK}]", word[-1]) is not None


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
