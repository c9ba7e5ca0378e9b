"""Numbers in words, as Spanish, French, Italian, Portuguese and Hindi have in common."""

import re
from functools import lru_cache
from typing import Any

from num2words import num2words

LONGEST = 15
"""Figures; what is longer and not round is read figure by figure."""
_TEN = 10
_REFUSALS = (OverflowError, NotImplementedError, KeyError, RecursionError)
"""What num2words raises for a number that is too large; the limit differs by language and form."""


@lru_cache(maxsize=4096)
def count(number: int, code: str, to: str) -> str:
    """Return what num2words says for `number`, figure by figure where it has no name."""
    try:
        words = str(num2words(number, lang=code, to=to))
    except _REFUSALS:
        return " ".join(count(int(figure), code, "cardinal") for figure in str(number))
    return re.sub(r" {2,}", " ", words.replace(",", " "))


class EuropeanNumbers:
    """Numbers of one language; its own manners are in the classes below."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take the words of the language."""
        self.data = data
        self.words: dict[str, Any] = data["words"]
        self.code = str(data["code"])

    def cardinal(self, number: int, gender: str = "") -> str:
        """Say `number`; `gender` is that of a noun behind it, ``m`` or ``f``."""
        return self.agree(count(number, self.code, "cardinal"), gender)

    def ordinal(self, number: int, gender: str = "m") -> str:
        """Say which in a row."""
        words = count(number, self.code, "ordinal")
        return re.sub(r"o\b", "a", words) if gender == "f" else words

    def digits(self, figures: str) -> str:
        """Say one figure after another."""
        return " ".join(self.cardinal(int(char)) for char in figures if char.isdecimal())

    def whole(self, figures: str, gender: str = "", *, grouped: bool = False) -> str:
        """Say a whole number as it is written: a nought in front makes it a code."""
        longest = LONGEST + 9 if grouped or figures.endswith("000000") else LONGEST
        if len(figures) > longest or (len(figures) > 1 and int(figures[0]) == 0):
            return self.digits(figures)
        return self.cardinal(int(figures), gender)

    def decimals(self, figures: str) -> str:
        """Say what is behind the comma."""
        return self.digits(figures)

    def fraction(self, above: int, below: int) -> str:
        """Say a fraction."""
        many = above != 1
        names: dict[str, str] = self.words["parts"]
        one = self.cardinal(above, "m")
        if str(below) in names:
            return f"{one} {names[str(below)].split('|')[many]}"
        return f"{one} {self._part(below, many=many)}"

    def mixed(self, whole: int, above: int, below: int) -> str:
        """Say a whole number and a fraction."""
        joint = self.words["and"]
        if (above, below) == (1, 2):
            return f"{self.cardinal(whole)} {joint} {self.words['half']}"
        return f"{self.cardinal(whole)} {joint} {self.fraction(above, below)}"

    def before_noun(self, words: str, noun: str) -> str:
        """Give `words` the form that they have in front of `noun`."""
        del noun
        return words

    def king(self, number: int) -> str:
        """Say the number of a ruler: up to ten by rank, then by count."""
        return self.ordinal(number) if number <= _TEN else self.cardinal(number)

    def century(self, number: int) -> str:
        """Say the number behind the word for century."""
        return self.cardinal(number)

    def first_day(self, day: int) -> str:
        """Say the day of a month."""
        return self.ordinal(1) if day == 1 else self.cardinal(day)

    def year(self, figures: str) -> str:
        """Say a year."""
        return self.whole(figures)

    def clock(self, hour: int, minute: int, second: int | None) -> str:
        """Say a time of day."""
        raise NotImplementedError

    def agree(self, words: str, gender: str) -> str:
        """Give `words` the gender of a noun: ``m``, ``f`` or none."""
        del gender
        return words

    def _part(self, below: int, *, many: bool) -> str:
        return self.ordinal(below) + "s" * many

    def _hours(self, hour: int) -> str:
        return f"{self.cardinal(hour, 'f')} {self.words['hours'].split('|')[hour > 1]}"


def say_pairs(numbers: EuropeanNumbers, figures: str) -> str:
    """Say three figures as a number, others in pairs; noughts in front by themselves."""
    if len(figures) == len("132") and not figures.startswith("0"):
        return numbers.cardinal(int(figures))
    parts = []
    for at in range(0, len(figures), 2):
        pair = figures[at : at + 2]
        parts.append(numbers.digits(pair) if pair.startswith("0") else numbers.cardinal(int(pair)))
    return " ".join(parts)
