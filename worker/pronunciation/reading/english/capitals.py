"""Words in capitals: which are spelled, which are words, names or shouts."""

import re
from collections.abc import Callable

from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    look_ahead,
    look_behind,
    spell,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_CAPITALS = re.compile(
    r"(?<![\w.&@/])(?P<word>[A-Z]{2,30}(?:'[A-Z]{1,2}(?![\w]))?)(?P<tail>'?s(?!\w))?(?![\w&]|\.\w)"
)
_HAS_VOWEL = re.compile(r"[AEIOUY]")
_CLUSTER = re.compile(
    r"[B-DF-HJ-NP-TV-XZ]{4}|^(?![BCDFGKPST]?[LR]|S[CHKMNPTWQ]|[CGPTSW]H|TW|DW|KN|WR|[BCDFGHJKLMNPRSTVWYZ][AEIOUY]|[AEIOUY]|QU|PS|SCH|THR|SHR|SPR|STR|SCR)[A-Z]{2}"
)
_ONE_SOUND = re.compile(r"(?<!^)(?:TH|CH|SH|PH|GH|CK|([B-DF-HJ-NP-TV-XZ])\1)")
_CALM_LETTERS = frozenset(DATA["letters_only"]["unless_shouted"])
_LETTERS_ONLY = frozenset(DATA["letters_only"]["words"])
_PLAIN_WORDS = frozenset(DATA["plain_words"]["words"])
_SHORTEST_NAME = 5
_THREE_CONSONANTS = re.compile(r"[B-DF-HJ-NP-TV-XZ]{3}")
_TO_SPELL = frozenset({"AM", "PM", "AC", "BC", "CE", "BCE"})
_WORDS = re.compile(r"[^\W\d_]{2,40}")


def capital_rules(is_word: Callable[[str], bool]) -> list[Rule]:
    """Return the rules for words in capitals; `is_word` asks the lexicon."""
    return [Rule("capitals", _CAPITALS, _Capitals(is_word).read_capitals)]


class _Capitals:
    """Reads matches of the patterns above."""

    def __init__(self, is_word: Callable[[str], bool]) -> None:
        self._is_word = is_word

    def read_capitals(self, match: re.Match[str]) -> Said:
        word = match["word"]
        letters = word.split("'")[0]
        is_shouted = _is_shouted(match)
        if (match["tail"] and not is_shouted) or set(letters) <= set("IVX"):
            return None
        is_pronoun = letters.lower() in FUNCTION_WORDS and not look_behind(match).endswith("THE ")
        if letters in _LETTERS_ONLY and not (is_shouted and is_pronoun):
            if letters not in _TO_SPELL:
                return None
            if letters == "AM" and (
                look_behind(match, 3).endswith("I ") or re.match(r" I\b(?!\.)", look_ahead(match))
            ):
                return "am"
            return [Replacement(match.start(), match.start() + len(letters), spell(letters))]
        is_word = self._is_shouted_word(word) if is_shouted else self._is_calm_word(match, letters)
        return self._put_small(match, word) if is_word else None

    def _is_shouted_word(self, word: str) -> bool:
        is_long = len(word) > len("ABC") and _HAS_VOWEL.search(word) is not None
        return is_long or "'" in word or self._is_word(word.lower())

    def _is_calm_word(self, match: re.Match[str], letters: str) -> bool:
        """Say whether capitals among small letters are a word, and not letters to be spelled."""
        if letters in _CALM_LETTERS or self._is_word(letters):  # as it stands, for example NASA
            return False
        if self._is_name(letters) or (_is_speaker(match) and self._is_sayable(letters)):
            return True
        has_vowel = len(letters) > len("AB") and _HAS_VOWEL.search(letters) is not None
        return letters in _PLAIN_WORDS or (has_vowel and self._is_word(letters.lower()))

    def _put_small(self, match: re.Match[str], word: str) -> list[Replacement]:
        """Write a word in small letters, with one capital at the start of a line and in a name."""
        is_common = match.start() > 0 and self._is_word(word.lower())
        said = word.lower() if is_common else word.capitalize()
        return [Replacement(match.start(), match.start() + len(word), said)]

    def _is_name(self, letters: str) -> bool:
        if len(letters) < _SHORTEST_NAME or letters in _LETTERS_ONLY:
            return False
        is_dense = len(letters) == _SHORTEST_NAME and _THREE_CONSONANTS.search(letters)
        return not is_dense and self._is_sayable(letters)

    def _is_sayable(self, letters: str) -> bool:
        sounds = _ONE_SOUND.sub("T", letters)
        return bool(_HAS_VOWEL.search(letters[1:] or letters)) and not _CLUSTER.search(sounds)


def _is_shouted(match: re.Match[str]) -> bool:
    """Say whether the words around are in capitals too: a heading, a line, a shout."""
    window = look_behind(match, 60) + match.group() + look_ahead(match, 60)
    words = _WORDS.findall(window)
    capitals = [word for word in words if word.isupper()]
    small = len(words) - len(capitals)
    if small == 0:
        return len(capitals) > 1 and any(
            len(word) > len("ABC") or word.lower() in FUNCTION_WORDS for word in capitals
        )
    before = re.search(r"(?:\b[A-Z]{2,30}|\b[AI])[,:;]? \Z", look_behind(match, 34))
    after = re.match(r"[,:;]? (?:[A-Z]{2,30}|[AI])\b(?!\.)", look_ahead(match, 34))
    run = len(capitals) >= len(("a", "run", "of", "four")) and 2 * small < len(capitals)
    return run and bool(before or after)


def _is_speaker(match: re.Match[str]) -> bool:
    """Say whether the word stands alone at the start of a line, as a speaker's name does."""
    before, after = look_behind(match, 4), look_ahead(match, 2)
    return not before.strip() and (after[:1] in {".", ":"} or not after.strip())
