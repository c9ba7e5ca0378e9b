"""Fractions, as English says them: 1/2, 2 1/2, ¾."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import (
    look_ahead,
    look_behind,
)
from worker.pronunciation.reading.english.english_numbers import (
    START,
    Numbers,
    is_code,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8",
    "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
_FRACTION_SIGN = re.compile(rf"(?:{START}(?P<whole>\d{{1,6}})[ -]?)?(?P<sign>[{''.join(_VULGAR)}])")
_FRACTION = re.compile(
    r"(?<![\w./,$-])(?:(?P<whole>\d{1,6})[ -])?(?P<above>\d{1,6})(?P<gap> ?)[/⁄]"
    r"(?P=gap)(?P<below>\d{1,6})"
    r"(?:(?i:st|nd|rd|th)s?)?(?P<after> time\b| scale\b)?(?![\w/]|[.,:-]\d)"
)
_RATING = frozenset({"10", "100"})


def fraction_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for fractions."""
    say = Fractions(numbers)
    return [
        Rule("fraction", _FRACTION_SIGN, say.read_vulgar, "".join(_VULGAR)),
        Rule("fraction", _FRACTION, say.read_fraction, "/⁄"),
    ]


class Fractions:
    """Says fractions, and reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        """Say fractions with `numbers`."""
        self._numbers = numbers

    def read_vulgar(self, match: re.Match[str]) -> Said:
        """Read a fraction that is one sign, as ¾."""
        return self._say_mixed(match["whole"] or "", *_VULGAR[match["sign"]].split("/"))

    def read_fraction(self, match: re.Match[str]) -> Said:
        """Read a fraction with a slash."""
        above, below, whole = match["above"], match["below"], match["whole"] or ""
        end = match.start("after") if match["after"] else match.end()
        if (
            is_code(above)
            or is_code(below)
            or (match["gap"] and "=" in look_behind(match) + look_ahead(match, 40))
        ):
            return None
        if match["after"]:
            said = f"{self._numbers.cardinal(above)} {self._numbers.cardinal(below)}"
        elif below in _RATING and not whole and int(above) <= int(below) and int(above) > 1:
            said = f"{self._numbers.cardinal(above)} out of {self._numbers.cardinal(below)}"
        else:
            said = self._say_mixed(whole, above, below)
        return [Replacement(match.start(), end, said)]

    def say_amount(self, written: str) -> str:
        """Say a number, a fraction or both."""
        sign = _VULGAR.get(written[-1])
        if sign:
            written = f"{written[:-1].strip()} {sign}".strip()
        written = written.replace("⁄", "/")
        if "/" not in written:
            return self._numbers.number(written)
        whole, _, fraction = written.replace("-", " ").rpartition(" ")
        return self._say_mixed(whole, *fraction.split("/"))

    def _say_mixed(self, whole: str, above: str, below: str) -> str:
        said = self._numbers.fraction(above, below)
        if not whole:
            return said
        if above == "1":
            said = said.replace("one ", "a ", 1)
        return f"{self._numbers.cardinal(whole)} and {said}"
