"""Fractions with a stroke, and those that are one character."""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.european_language import (
    START,
    VULGAR,
    EuropeanLanguage,
)
from worker.pronunciation.reading.rules import Rule, Said

_STROKE = (
    rf"{START}(?:(?P<whole>\d{{1,6}}) )?(?P<above>\d{{1,20}}) ?[/⁄] ?"
    r"(?P<below>\d{1,3}(?:[.]\d{3}){1,4}(?!\d)|\d{1,9})(?![\w/]|[.,]\d)"
)
_CHARACTER = rf"{START}(?:(?P<whole>\d{{1,6}}) ?)?(?P<sign>[{''.join(VULGAR)}])"


def fraction_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``fraction``."""
    return [
        language.rule("fraction", _STROKE, _read_stroke, "/⁄"),
        language.rule("fraction", _CHARACTER, _read_character, "".join(VULGAR)),
    ]


def _read_stroke(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    above, below = int(match["above"]), int(match["below"].replace(".", ""))
    if not below and language.code != "hi":
        return None
    if "elide" in language.data and above > below and not match["whole"]:
        return f"{language.numbers.cardinal(above)} {language.numbers.cardinal(below)}"
    return _say_fraction(language, match, above, below)


def _read_character(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return _say_fraction(language, match, *VULGAR[match["sign"]])


def _say_fraction(language: EuropeanLanguage, match: re.Match[str], above: int, below: int) -> str:
    numbers = language.numbers
    minus = language.say_minus(match["minus"])
    if match["whole"]:
        return minus + numbers.mixed(int(match["whole"]), above, below)
    return minus + numbers.fraction(above, below)
