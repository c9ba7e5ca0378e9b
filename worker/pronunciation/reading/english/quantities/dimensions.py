"""Lengths by signs, as English says them: 5'7", 9"x13", 51°30'N, 1920x1080."""

import re

from worker.pronunciation.reading.english.english_data import (
    AFTER_INCHES,
    DATA,
    DIGITS,
    look_behind,
    stands_before_noun,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    START,
    Numbers,
)
from worker.pronunciation.reading.english.quantities.fractions import Fractions
from worker.pronunciation.reading.rules import Rule, Said

_INCHES_A_FOOT = 12
_FEET_INCHES = re.compile(
    rf"{START}(?P<feet>\d{{1,3}})' ?(?P<inches>\d{{1,2}}(?:\.\d)?|\d{{0,2}}[½¼¾])(?:\"|'')?(?!\w)"
)
_PRIME = re.compile(
    rf"{START}(?P<amount>(?:\d{{1,3}}[ -])?\d{{1,2}}/\d{{1,2}}(?=\")|{AMOUNT})"
    rf"(?P<sign>\"|'(?= ?[x×]|-| (?:{AFTER_INCHES})\b)|(?<=x \d)'|(?<=x \d\d)')(?!\w)"
)
_QUOTE = re.compile(r"(?<!\d)\"")
_SIDE = r"\d{1,4}(?:\.\d{1,3}|[½¼¾])?"
_SIZES = re.compile(rf"(?<![\w.])(?P<sides>{_SIDE}\"(?: ?[x×] ?{_SIDE}\"){{1,2}})(?!\w)")
_SCREEN = re.compile(r"(?<![\w.,])(?P<width>\d{3,5})[x×](?P<height>\d{3,5})(?!\w|[.,]\d)")
_COORDINATE = re.compile(
    r"(?<![\w.])(?P<degrees>\d{1,3}(?:\.\d{1,8})?)° ?(?:(?P<minutes>\d{1,2}(?:\.\d{1,6})?)' ?)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d{1,6})?)\" ?)?(?P<pole>[NSEW])?(?!\w)"
)


def coordinate_rules(numbers: Numbers) -> list[Rule]:
    """Return the rule for degrees of the globe, whose minutes may begin with a zero."""
    return [Rule("measure", _COORDINATE, _Dimensions(numbers).read_coordinate, "°")]


def dimension_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for feet and inches, sizes and screens."""
    say = _Dimensions(numbers)
    return [
        Rule("measure", _FEET_INCHES, say.read_feet, DIGITS),
        Rule("measure", _SIZES, say.read_sizes, '"'),
        Rule("measure", _SCREEN, say.read_screen, DIGITS),
        Rule("measure", _PRIME, say.read_prime, "\"'"),
    ]


class _Dimensions:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._fractions = Fractions(numbers)

    def read_sizes(self, match: re.Match[str]) -> Said:
        sides = re.findall(_SIDE, match["sides"])
        name = "inch" if stands_before_noun(match) else "inches"
        return f"{' by '.join(map(self._fractions.say_amount, sides))} {name}"

    def read_screen(self, match: re.Match[str]) -> Said:
        width, height = self._numbers.groups(match["width"]), self._numbers.groups(match["height"])
        return f"{width} by {height}"

    def read_feet(self, match: re.Match[str]) -> Said:
        feet = self._numbers.cardinal(match["feet"])
        if match["inches"].isdecimal() and int(match["inches"]) >= _INCHES_A_FOOT:
            return f"{feet} minutes {self._numbers.cardinal(match['inches'])} seconds"
        return f"{feet} foot {self._fractions.say_amount(match['inches'])}"

    def read_prime(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if sign == '"' and len(_QUOTE.findall(look_behind(match, 200))) % 2:
            return None
        one, many = ("inch", "inches") if sign == '"' else ("foot", "feet")
        amount = match["amount"]
        is_part = "/" in amount and not re.search("[ -]", amount)
        is_one = amount == "1" or is_part or stands_before_noun(match)
        return f"{self._fractions.say_amount(amount)} {one if is_one else many}"

    def read_coordinate(self, match: re.Match[str]) -> Said:
        if not match["minutes"] and not match["pole"]:
            return None
        said = [f"{self._numbers.number(match['degrees'])} degrees"]
        if match["minutes"]:
            said.append(f"{self._numbers.number(match['minutes'].lstrip('0') or '0')} minutes")
        if match["seconds"]:
            said.append(f"{self._numbers.number(match['seconds'].lstrip('0') or '0')} seconds")
        if match["pole"]:
            said.append(str(DATA["compass"][match["pole"]]).lower())
        return " ".join(said)
