"""The gender of a noun behind a number, which the number takes on."""

import re

from worker.pronunciation.reading.european.european_language import EuropeanLanguage

_WORD_BEFORE = re.compile(r"([^\W\d_]{1,20}) \Z")
_LOOK_BACK = 22
"""Characters in front of a number in which its article is."""


def find_gender(language: EuropeanLanguage, line: str, start: int, noun: str, count: int) -> str:
    """Return ``f`` or ``m``; empty where no noun follows.

    Args:
        language: The language.
        line: The line that holds the number.
        start: Where the number begins.
        noun: The word behind it, or empty.
        count: The number: of one thing the noun is in the singular.
    """
    data = language.data
    if not noun or not noun[0].islower() or noun in data["small_words"]:
        return ""
    nouns: dict[str, list[str]] = data.get("nouns", {})
    before = _WORD_BEFORE.search(line[max(0, start - _LOOK_BACK) : start])
    article = before[1].lower() if before else ""
    if noun in data["large"] or noun in nouns.get("masculine", ()):
        return "m"
    if article in nouns.get("feminine_before", ()) or noun in nouns.get("feminine", ()):
        return "f"
    if article in nouns.get("masculine_before", ()):
        return "m"
    ends = nouns.get("one" if count == 1 else "many", ())
    return "f" if noun.endswith(tuple(ends)) else "m"
