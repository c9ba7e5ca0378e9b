"""Laughter, noises and stretched words, as English says them."""

import re
from collections.abc import Callable

from worker.pronunciation.reading.english.english_data import (
    DATA,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
)
from worker.pronunciation.reading.english.roman_figures import find_roman
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_NOISES: dict[str, list[str]] = DATA["noises"]
_NOISE = re.compile(
    r"\b(?P<word>(?:" + "|".join("".join(f"{c}+" for c in key) for key in DATA["noises"]) + r")"
    r"|[a-z]{0,20}(?P<letter>[a-z])(?P=letter){2}[a-z]{0,20})\b(?!')",
    re.IGNORECASE,
)
_STRETCHED = re.compile(r"([a-z])\1{2,}", re.IGNORECASE)
_REPEATED = re.compile(r"([a-z])\1+", re.IGNORECASE)
_LAUGHTER = re.compile(
    r"\b(?:(?:ha){3,10}h?|(?:he){3,10}h?|(?:ho){3,10}|(?:hi){3,10}|b?w[ae](?:ha){2,10})\b",
    re.IGNORECASE,
)
_HAS_VOWEL = re.compile(r"[AEIOUY]")


def noise_rules(numbers: Numbers, is_word: Callable[[str], bool]) -> list[Rule]:
    """Return the rules for noises; `is_word` asks the lexicon."""
    say = _Noises(numbers, is_word)
    return [
        Rule("noise", _LAUGHTER, _read_laughter),
        Rule("noise", _NOISE, say.read_noise),
    ]


class _Noises:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers, is_word: Callable[[str], bool]) -> None:
        self._numbers = numbers
        self._is_word = is_word

    def read_noise(self, match: re.Match[str]) -> Said:
        word = match["word"]
        key = _REPEATED.sub(r"\1", word.lower())
        key = key if key in _NOISES else word.lower()
        is_stretched = _STRETCHED.search(word) is not None
        if key in _NOISES and len(word) > len("sh") and (is_stretched or key not in {"mm", "z"}):
            phonemes = _NOISES[key][self._numbers.british]
            return [Replacement(match.start(), match.end(), word, phonemes=phonemes)]
        if len(set(word.lower())) == 1:
            return None  # letters, as in AAA
        if not is_stretched or not _HAS_VOWEL.search(word.upper()) or find_roman(word.upper()):
            return None
        shorter = (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word))
        known = next((one for one in shorter if self._is_word(one.lower())), None)
        if known and word.isupper():
            return known.lower()
        return known.capitalize() if known and word[0].isupper() else known


def _read_laughter(match: re.Match[str]) -> Said:
    word = match.group().lower()
    if word[0] in "bw":
        return "bwa " + " ".join(re.findall("h[aeio]", word))
    return " ".join(re.findall("h[aeio]", word))
