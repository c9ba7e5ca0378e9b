"""Years, decades and eras, as English says them."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    FUNCTION_WORDS,
    MONTH_NAMES,
    look_behind,
    may_end_sentence,
    spell,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_digits,
    say_plural,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_ERA = r"(?: ?(?P<era>B\.?C\.?E\.?|B\.?C\.?|C\.?E\.?|A\.?D\.?)(?!\w))"
_YEAR_ERA = re.compile(
    rf"(?<![\w.,])(?:(?P<first>\d{{1,4}})(?P<dash>[-—]))?(?P<year>\d{{1,4}}|\d{{1,3}},\d{{3}}){_ERA}"
)
_ERA_YEAR = re.compile(r"\b(?P<era>A\.?D\.?) (?P<year>\d{1,4})(?!\w|[.,]\d)")
_YEARS = re.compile(
    r"(?<![\w.,/$£€-])(?P<first>1[1-9]\d\d|20\d\d)(?P<dash> ?[-—/] ?)"
    r"(?P<last>1[1-9]\d\d|20\d\d|\d\d)(?![\w%°]|[.,:/-]\d)"
)
_DECADE = re.compile(r"(?<![\w.])(?P<figures>'?\d0|1\d\d0|20\d0|\d{2,3}00)'?s(?!\w)")
_PLURAL = re.compile(r"(?<![\w.])(?<!\d-)(?:(?P<width>\d{1,2})[x×])?(?P<figures>\d{1,4})'?s(?!\w)")
_ROUND = {"100": "hundred", "1000": "thousand"}
_SHORT_YEAR = re.compile(r"(?<![\w'])'(?P<year>\d\d)(?![\w'])")
_FOUR = re.compile(
    r"(?<![\w.,$£€¥])(?<!\d-)(?P<year>1\d{3}|20\d\d)"
    r"(?!\w|[,.:]\d|-\d{3}| ?[%°×$£€])(?:(?=[ -](?P<next>[a-z]{1,40}))|)"
)
_WORD_BEFORE = re.compile(r"([A-Za-z]+)[,.]? \(?\Z")
_BEFORE_YEARS = frozenset(DATA["grammar"]["before_years"])
_COUNTED = frozenset(DATA["grammar"]["counted"])
_NOT_COUNTED = frozenset(DATA["grammar"]["not_counted"])


def decade_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for decades and numbers in the plural, which look like seconds."""
    say = _Years(numbers)
    return [
        Rule("year", _DECADE, say.read_decade, DIGITS),
        Rule("cardinal", _PLURAL, say.read_plural, DIGITS),
    ]


def year_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for years by themselves."""
    say = _Years(numbers)
    return [
        Rule("year", _YEAR_ERA, say.read_era, DIGITS),
        Rule("year", _ERA_YEAR, say.read_era, DIGITS),
        Rule("range", _YEARS, say.read_years, "-—/"),
        Rule("year", _SHORT_YEAR, say.read_short_year, "'"),
        Rule("year", _FOUR, say.read_four, DIGITS),
    ]


class _Years:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_era(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        start, end = match.span("era")
        if match["era"].count(".") <= 1:  # a stop is the sentence's
            end -= match["era"].endswith(".")
        letters = match["era"].replace(".", "")
        parts = []
        if groups.get("first"):
            parts = [
                Replacement(*match.span("first"), self._say_old_year(match["first"])),
                Replacement(*match.span("dash"), " to "),
            ]
        parts.append(Replacement(*match.span("year"), self._say_old_year(match["year"])))
        if match["era"].count(".") > 1 and may_end_sentence(match):
            end -= 1
        parts.append(Replacement(start, end, spell(letters)))
        return sorted(parts, key=lambda part: part.start)

    def _say_old_year(self, figures: str) -> str:
        if len(figures) == len("1000"):
            return self._numbers.year(figures)
        return self._numbers.cardinal(figures)

    def read_years(self, match: re.Match[str]) -> Said:
        last = match["last"]
        joint = " " if match["dash"] == "/" else " to "
        return [
            Replacement(*match.span("first"), self._numbers.year(match["first"])),
            Replacement(*match.span("dash"), joint),
            Replacement(*match.span("last"), say_year(self._numbers, last)),
        ]

    def read_decade(self, match: re.Match[str]) -> Said:
        figures = match["figures"].lstrip("'")
        if figures in _ROUND:
            return say_plural(_ROUND[figures])
        said = (
            self._numbers.year(figures)
            if len(figures) > len("99")
            else self._numbers.cardinal(figures)
        )
        return say_plural(said)

    def read_plural(self, match: re.Match[str]) -> Said:
        figures = match["figures"]
        said = _ROUND.get(figures) or self._numbers.groups(figures)
        if match["width"]:
            return f"{self._numbers.cardinal(match['width'])} by {say_plural(said)}"
        return say_plural(said)

    def read_short_year(self, match: re.Match[str]) -> Said:
        return say_year(self._numbers, match["year"])

    def read_four(self, match: re.Match[str]) -> Said:
        year = match["year"]
        following = match["next"] or ""
        before = _WORD_BEFORE.search(look_behind(match, 24))
        word = before[1] if before else ""
        is_dated = word.lower() in _BEFORE_YEARS or word in MONTH_NAMES
        is_counted = following in _COUNTED or (
            following.endswith("s")
            and following not in FUNCTION_WORDS
            and not following.endswith(("ss", "us", "is"))
            and following not in _NOT_COUNTED
        )
        is_odd = year[1] == "0" and year[0] == "1" and not is_dated and bool(following)
        if (is_counted and not is_dated) or is_odd:
            is_round = year.endswith("00") and year[1:3] != "00" and year[1] != "0"
            said = (
                f"{self._numbers.cardinal(year[:2])} hundred"
                if is_round
                else self._numbers.cardinal(year)
            )
        else:
            said = self._numbers.year(year)
        return said


def say_year(numbers: Numbers, year: str) -> str:
    """Say a year of two, three or four figures."""
    figures = year.lstrip("'")
    if len(figures) == len("99"):
        return say_digits(figures) if figures[0] == "0" else numbers.cardinal(figures)
    return numbers.year(figures) if figures else ""
