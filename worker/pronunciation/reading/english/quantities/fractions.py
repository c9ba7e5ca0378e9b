"""Fractions, as English says them: 1/2, 2 1/2, ¾."""

import re

from worker.pronunciation.reading.english.english_data import (
    look_ahead,
    look_behind,
)
from worker.pronunciation.reading.english.english_numbers import (
    SCIENTIFIC,
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
    r"(?<![\w./,$-])(?:(?P<whole>\d{1,6})(?:[ -]|\+(?=\d{1,3}⁄)))?(?P<above>\d{1,6})(?P<gap> ?)[/⁄]"
    r"(?P=gap)(?P<below>\d{1,6})"
    r"(?:(?i:st|nd|rd|th)s?)?(?P<after> (?:time|met(?:re|er)|scale|stars?)\b)?(?![\w/]|[.,:-]\d)"
)
_RATED = re.compile(r"(?<![\w./,$-])(?P<above>\d{1,2}\.\d)/(?P<below>5|10|100)(?![\w/]|[.,]\d)")
_ALL_OUT = 10
_WICKETS = re.compile(r"\b(?:took|taking|takes|figures of|claimed|bowling) \Z")
_RATING = frozenset({"10", "100"})


def fraction_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for fractions."""
    say = Fractions(numbers)
    return [
        Rule("fraction", _FRACTION_SIGN, say.read_vulgar, "".join(_VULGAR)),
        Rule("fraction", _RATED, say.read_rated, "/"),
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

    def read_rated(self, match: re.Match[str]) -> Said:
        """Read how many points of how many, as 4.5/5."""
        above, below = self._numbers.number(match["above"]), self._numbers.number(match["below"])
        return f"{above} out of {below}"

    def read_fraction(self, match: re.Match[str]) -> Said:
        """Read a fraction with a slash."""
        above, below, whole = match["above"], match["below"], match["whole"] or ""
        end = match.start("after") if match["after"] else match.end()
        if (
            is_code(above)
            or is_code(below)
            or _is_season(above, below)
            or (match["gap"] and "=" in look_behind(match) + look_ahead(match, 40))
        ):
            return None
        is_bowling = int(above) <= _ALL_OUT < int(below) and not whole
        if is_bowling and _WICKETS.search(look_behind(match)):
            return f"{self._numbers.cardinal(above)} for {self._numbers.cardinal(below)}"
        is_rating = below in _RATING or (match["after"] or "").startswith(" star")
        if is_rating and not whole and 1 < int(above) <= int(below):
            said = f"{self._numbers.cardinal(above)} out of {self._numbers.cardinal(below)}"
        elif match["after"]:
            said = f"{self._numbers.cardinal(above)} {self._numbers.cardinal(below)}"
        else:
            said = self._say_mixed(whole, above, below)
        return [Replacement(match.start(), end, said)]

    def say_amount(self, written: str) -> str:
        """Say a number, a fraction or both."""
        sign = _VULGAR.get(written[-1])
        if sign:
            written = f"{written[:-1].strip()} {sign}".strip()
        written = written.replace("⁄", "/")
        if re.fullmatch(SCIENTIFIC, written):
            return self._numbers.scientific(written)
        if "/" not in written:
            return self._numbers.number(written)
        whole, _, fraction = re.sub("[-+]", " ", written).rpartition(" ")
        return self._say_mixed(whole, *fraction.split("/"))

    def _say_mixed(self, whole: str, above: str, below: str) -> str:
        said = self._numbers.fraction(above, below)
        if not whole:
            return said
        if above == "1":
            said = said.replace("one ", "an " if said.startswith("one e") else "a ", 1)
        return f"{self._numbers.cardinal(whole)} and {said}"


def _is_season(above: str, below: str) -> bool:
    """Say whether two numbers are a year and the next one, as in 1990/91."""
    is_year = len(above) == len("1990") and above[:2] in {"17", "18", "19", "20"}
    return is_year and below in {str(int(above) + 1), str(int(above) + 1)[2:]}
