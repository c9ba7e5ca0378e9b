"""The words of ``tables/english.toml``, and patterns that are made of them."""

from __future__ import annotations

import re
from typing import Any

from worker.pronunciation.reading.word_tables import load_table

DATA: dict[str, Any] = load_table("english")


_BEFORE = re.compile(r"(\w{1,30}|×) ?[-—]?\Z")
_AFTER = re.compile(r"[ -]([a-z]{2,30})")

FUNCTION_WORDS = frozenset(DATA["grammar"]["function_words"])
"""What follows a quantity without being what is counted."""

ARTICLES = frozenset(DATA["grammar"]["articles"])

DIGITS = "0123456789"

UNITS: dict[str, str] = DATA["units"]

MAGNITUDES: dict[str, str] = DATA["magnitudes"]

LARGE = tuple(word for word in MAGNITUDES if len(word) > len("mln"))
"""Magnitudes that are written out, as million."""

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
    return not rest.strip() or (rest[0] == " " and rest.lstrip(" \"'(“")[:1].isupper())


def stands_before_noun(match: re.Match[str]) -> bool:
    """Say whether a quantity describes what follows, as in a $20 bill."""
    before = _BEFORE.search(look_behind(match, 12))
    after = _AFTER.match(match.string, match.end())
    return bool(
        before
        and after
        and before[1].lower() in {*ARTICLES, "x", "×"}
        and after[1] not in FUNCTION_WORDS
    )


def find_unit(short: str) -> tuple[str, str]:
    """Return a unit's name for one and for many."""
    name = UNITS.get(short) or UNITS.get(f"{short}.") or DATA["per"].get(short) or short
    one, _, many = name.partition("|")
    return one, many or f"{one}s"


def spell(letters: str) -> str:
    """Return `letters` as the pronunciation package spells them out."""
    return ".".join(letters.upper())
