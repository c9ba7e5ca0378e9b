"""The words of ``tables/english.toml``, and patterns that are made of them."""

import re
from typing import Any

from worker.pronunciation.reading.rules import Replacement, Said
from worker.pronunciation.reading.word_tables import any_of, load_table

DATA: dict[str, Any] = load_table("english")


_BEFORE = re.compile(r"(\w{1,30}|×) ?[-—]?\Z")
_NEXT_WORD = re.compile(r"[\"')”]{0,2} [\"'(“]?([A-Z][a-z]{0,20})\b")
_AFTER = re.compile(r"[ -]([A-Za-z][a-z-]{0,30})")

FUNCTION_WORDS = frozenset(DATA["grammar"]["function_words"])
"""What follows a quantity without being what is counted."""

ARTICLES = frozenset(DATA["grammar"]["articles"])

DIGITS = "0123456789"

UNITS: dict[str, str] = DATA["units"]

MAGNITUDES: dict[str, str] = DATA["magnitudes"]

LARGE = tuple(word for word in MAGNITUDES if len(word) > len("mln"))
"""Magnitudes that are written out, as million."""

AFTER_INCHES = any_of(DATA["grammar"]["after_inches"])
"""What may follow a length in feet or inches, as long and wide."""

MONTHS: dict[str, str] = DATA["months"]

MONTH_NAMES = tuple(dict.fromkeys(MONTHS.values()))


def look_behind(match: re.Match[str], characters: int = 40) -> str:
    """Return what is right before a match; bounded, so that a long line costs no more."""
    return match.string[max(0, match.start() - characters) : match.start()]


def look_ahead(match: re.Match[str], characters: int = 16) -> str:
    """Return what is right behind a match."""
    return match.string[match.end() : match.end() + characters]


def is_last(match: re.Match[str]) -> bool:
    """Say whether only closing marks follow a match."""
    return not look_ahead(match).strip(" \"')”")


def may_end_sentence(match: re.Match[str]) -> bool:
    """Say whether a sentence may end with a match: nothing follows, or a capital letter."""
    rest = look_ahead(match).lstrip("\"')”")
    return is_last(match) or (rest[0] == " " and rest.lstrip(" \"'(“")[:1].isupper())


def ends_sentence(match: re.Match[str]) -> bool:
    """Say whether a sentence ends with a match: nothing follows, or a word that begins one."""
    word = _NEXT_WORD.match(match.string, match.end())
    return is_last(match) or (word is not None and word[1].lower() in FUNCTION_WORDS)


def leave_stop(match: re.Match[str], words: str, *, ends: bool) -> Said:
    """Read a match as `words`; where the sentence `ends` with it, leave its stop as it is."""
    if ends and match.group().endswith("."):
        return [Replacement(match.start(), match.end() - 1, words)]
    return words


def stands_before_noun(match: re.Match[str]) -> bool:
    """Say whether a quantity describes what follows, as in a $20 bill."""
    before = _BEFORE.search(look_behind(match, 12))
    after = _AFTER.match(match.string, match.end())
    if not before or not after or before[1].lower() not in {*ARTICLES, "x", "×"}:
        return False
    # A name in capitals may be who acts: the 5 kg Smith lifted.
    is_noun = after[1].islower() or before[1].lower() in {"a", "an"}
    return is_noun and after[1].lower() not in FUNCTION_WORDS


def find_unit(short: str) -> tuple[str, str]:
    """Return a unit's name for one and for many."""
    name = UNITS.get(short) or UNITS.get(f"{short}.") or DATA["per"].get(short) or short
    one, _, many = name.partition("|")
    return one, many or f"{one}s"


def spell(letters: str) -> str:
    """Return `letters` as the pronunciation package spells them out."""
    return ".".join(letters.upper())
