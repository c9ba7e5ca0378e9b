"""The words of ``tables/english.toml``, and patterns that are made of them."""

from __future__ import annotations

import re
from typing import Any

from worker.pronunciation.reading.word_tables import load_table

DATA: dict[str, Any] = load_table("english")


FUNCTION_WORDS = frozenset(DATA["grammar"]["function_words"])
"""What follows a quantity without being what is counted."""

ARTICLES = frozenset(DATA["grammar"]["articles"])


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
