"""The words of each language, which are data in ``tables``, and patterns made of them."""

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any


def load_table(name: str) -> dict[str, Any]:
    """Return the words of ``tables/<name>.toml``."""
    text = files(__package__).joinpath("tables", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for the longest of `words` that fits."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
