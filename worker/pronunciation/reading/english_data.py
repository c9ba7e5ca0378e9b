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
