"""The words of ``english.toml``, and patterns that are made of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

DATA: dict[str, Any] = tomllib.loads(
    files(__package__).joinpath("english.toml").read_text(encoding="utf-8")
)


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for the longest of `words` that fits."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


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
