"""One European language: its words, its numbers, and how its figures are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from worker.pronunciation.reading.european.european_numbers import EuropeanNumbers
from worker.pronunciation.reading.rules import Rule, Said

START = r"(?:(?<!\w)|(?<=\d[xX]))(?<!\d[.,])(?:(?<![\w)°%])(?P<minus>-)(?=\d))?"
"""Where a number may begin, with its minus."""
FIGURES = "0123456789०१२३४५६७८९"
VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8),
    "⅞": (7, 8),
}  # fmt: skip
"""Fractions of one character: above and below."""


@dataclass(frozen=True, slots=True)
class EuropeanLanguage:
    """What the rules of all kinds need."""

    code: str
    """ISO 639, with the country where it matters: ``es``, ``pt_BR``."""
    data: dict[str, Any]
    """The language's table."""
    numbers: EuropeanNumbers
    amount: str
    """A pattern for a number with its groups and decimals."""
    parts: re.Pattern[str]
    """The same, taken apart: ``whole``, ``point``, ``part``."""
    short_forms: dict[str, str]
    """What each short form stands for; titles may be written small."""
    money: dict[str, str]
    """The names of each currency by its sign or code; codes may be written small."""

    def rule(
        self,
        kind: str,
        pattern: str,
        read: Callable[[EuropeanLanguage, re.Match[str]], Said],
        needs: str = "",
    ) -> Rule:
        """Return a rule whose reading is told the language."""
        return Rule(kind, re.compile(pattern), partial(read, self), needs)

    def split(self, written: str) -> tuple[str, str, str]:
        """Return the figures before the point, the point, and those behind it.

        Raises:
            ValueError: it is no number.
        """
        match = self.parts.match(written)
        if not match:
            raise ValueError(written)
        return re.sub(r"\D", "", match["whole"]), match["point"] or "", match["part"] or ""

    def say_amount(self, written: str, gender: str = "") -> str:
        """Say a number with its decimals; `gender` is that of the noun behind it."""
        whole, point, part = self.split(written)
        if not part:
            return self.numbers.whole(whole, gender, grouped=not written.isdecimal())
        if not int(part) and self.data.get("drop_noughts"):
            return self.numbers.whole(whole, gender)
        words = self.numbers.cardinal(int(whole), gender if gender == "f" else "")
        decimals = self.numbers.decimals(part)
        if self.code == "es":  # "uno" takes on the gender of the noun
            decimals = self.numbers.agree(decimals, gender)
        return f"{words} {self.data['point'][point]} {decimals}"

    def say_minus(self, sign: str | None) -> str:
        """Say a minus in front of what follows; nothing where there is none."""
        return f"{self.numbers.words['minus']} " if sign else ""


def make_language(numbers: EuropeanNumbers) -> EuropeanLanguage:
    """Return the language of `numbers`."""
    data = numbers.data
    is_hindi = numbers.code == "hi"
    group = r",\d{2,3}" if is_hindi else rf"[{re.escape(data['thousands'])}]\d{{3}}"
    english, grouped = r"\d{1,3}(?:,\d{3}){1,5}", rf"\d{{1,3}}(?:{group}){{1,9}}(?!\d)"
    points = "." if is_hindi else ",."
    short: dict[str, str] = data["abbreviations"]
    small = {key[0].lower() + key[1:]: words for key, words in short.items() if _is_title(key)}
    first = {
        key[0].upper() + key[1:]: words
        for key, words in short.items()
        if key[:2].isalpha() and key[1].islower() and key not in data.get("never_first", ())
    }
    codes = {code.lower(): names for code, names in data["money"].items()}
    return EuropeanLanguage(
        numbers.code,
        data,
        numbers,
        rf"(?:{english}(?=\.\d\d(?!\d))|{grouped}|\d{{1,40}})(?:[{points}]\d{{1,20}})?(?!\d)",
        re.compile(
            rf"(?P<whole>{english}(?=\.\d\d\Z)|{grouped}|\d+)(?:(?P<point>[.,])(?P<part>\d+))?\Z"
        ),
        {**small, **first, **short},
        {**codes, **data["money"]},
    )


def _is_title(short: str) -> bool:
    """Say whether a short form is a capital with small letters: not D. or EE. UU."""
    return len(short) > len("D.") and short[1].islower()
