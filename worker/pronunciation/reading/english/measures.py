"""Measures, as English says them: glued or apart, compound, squared, per something."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    LARGE,
    MAGNITUDES,
    UNITS,
    find_unit,
    stands_before_noun,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    MINUS,
    START,
    Numbers,
)
from worker.pronunciation.reading.english.fractions import Fractions
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_LENGTH = any_of(DATA["units_squared"]["words"])
_POWERS = {"2": "square", "²": "square", "^2": "square", "3": "cubic", "³": "cubic", "^3": "cubic"}
_UNIT = (
    rf"(?:(?P<area>sq|cu)\.? (?P<length>{_LENGTH}|foot|feet|miles?|inches|yards|met(?:er|re)s)"
    rf"|(?P<base>{_LENGTH})(?P<power>\^?[23]|[²³])"
    rf"|(?P<unit>{any_of(UNITS)}|in(?=[),;]|\Z| [x×])|(?<=\d)in))(?![\w²³])"
)
_UNIT_PER = (
    rf"(?: ?/ ?(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per_area>sq|cu)\.? (?P<per_length>{_LENGTH})"
    rf"|(?P<per>{any_of({**DATA['per'], **UNITS})}))(?![\w²³])(?P<per_square>[²³])?)?"
)
_MEASURE = re.compile(
    rf"{START}(?P<minus>{MINUS})"
    rf"(?P<amount>{AMOUNT}|(?:\d{{1,4}}[ -])?\d{{1,3}}[/⁄]\d{{1,3}}|\d{{0,4}}[½¼¾⅓⅔⅛])"
    rf"(?: (?P<large>{any_of(LARGE)}))?"
    rf"(?P<gap>[ -]?){_UNIT}{_UNIT_PER}"
    r"(?:(?<![%°])(?<!°[CF])(?P<stop>\.(?= [a-z0-9(]|[,;:)])))?"
)
_PER_ONLY = re.compile(
    rf"(?<![\w/])(?P<unit>{any_of(UNITS)})/(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per>{any_of({**DATA['per'], **UNITS})}))(?![\w/²³-])"
)
_NUMBER_PER = re.compile(
    rf"{START}(?P<amount>{AMOUNT}) ?/ ?(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per_area>sq|cu)\.? (?P<per_length>{_LENGTH})|(?P<per>{any_of(UNITS)}))(?![\w²³])"
)
_INCHES_A_FOOT = 12
_FEET_INCHES = re.compile(
    rf"{START}(?P<feet>\d{{1,3}})' ?(?P<inches>\d{{1,2}}(?:\.\d)?|\d{{0,2}}[½¼¾])(?:\"|'')?(?!\w)"
)
_PRIME = re.compile(
    rf"{START}(?P<amount>{AMOUNT})(?P<sign>\"|'(?= ?[x×]|-)|(?<=x \d)'|(?<=x \d\d)')(?!\w)"
)
_COORDINATE = re.compile(
    r"(?<![\w.])(?P<degrees>\d{1,3}(?:\.\d{1,8})?)° ?(?:(?P<minutes>\d{1,2}(?:\.\d{1,6})?)' ?)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d{1,6})?)\" ?)?(?P<pole>[NSEW])?(?!\w)"
)
_MAGNITUDE_ONLY = re.compile(
    rf"{START}(?P<amount>{AMOUNT})(?P<letter>K|k|M|bn|mn|tn)(?!\w)(?P<of> \w+)?"
)
_SCREENS = frozenset({"run", "race", "tv", "video", "resolution", "display", "monitor", "screen"})
_MILLIONS = re.compile(rf" (?:{any_of(DATA['grammar']['in_millions'])})\b")


def measure_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for measures."""
    say = _Measures(numbers)
    return [
        Rule("measure", _COORDINATE, say.read_coordinate, "°"),
        Rule("measure", _FEET_INCHES, say.read_feet, "'"),
        Rule("measure", _MEASURE, say.read_measure, DIGITS + "½¼¾⅓⅔⅛"),
        Rule("measure", _NUMBER_PER, say.read_number_per, "/"),
        Rule("measure", _PER_ONLY, say.read_per, "/"),
        Rule("measure", _PRIME, say.read_prime, "\"'"),
        Rule("cardinal", _MAGNITUDE_ONLY, say.read_magnitude, DIGITS),
    ]


class _Measures:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._fractions = Fractions(numbers)

    def read_measure(self, match: re.Match[str]) -> Said:
        written = match["amount"]
        unit, rest = match["unit"], match["base"] or match["length"]
        if unit in {"W", "V"} and _is_doubtful(match):
            return None
        amount = f"{self._fractions.say_amount(written)} {match['large'] or ''}".strip()
        if unit == "m" and not match["gap"] and _MILLIONS.match(match.string, match.end()):
            return f"{amount} million"
        one, many = find_unit(unit or _base_of(rest))
        if rest:
            power = (
                {"sq": "square", "cu": "cubic"}[match["area"]]
                if match["area"]
                else _POWERS[match["power"]]
            )
            one, many = f"{power} {one}", f"{power} {many}"
        is_one = (
            written.lstrip("0") == "1"
            or ("/" in written and not re.search("[ -]", written))
            or (len(written) == 1 and not written.isdigit())
        )
        if is_one and ("/" in written or not written[0].isdigit()):
            one = f"{'of an' if one[0] in 'aeiou' else 'of a'} {one}"
            if written in {"1/2", "½"}:
                amount, one = "half", one.removeprefix("of ")
        name = one if is_one or match["gap"] == "-" or stands_before_noun(match) else many
        if match["gap"] == "-" and not stands_before_noun(match):
            name = many if not is_one else one
        minus = "minus " if match["minus"] else ""
        return f"{minus}{amount} {name}{self._say_per(match)}"

    def _say_per(self, match: re.Match[str]) -> str:
        groups = match.groupdict()
        base = groups.get("per_base") or groups.get("per_length")
        if base:
            area = groups.get("per_area")
            power = {"sq": "square", "cu": "cubic"}[area] if area else _POWERS[match["per_power"]]
            return f" per {power} {find_unit(_base_of(base))[0]}"
        per = groups.get("per")
        if not per:
            return ""
        squared = {"²": " squared", "³": " cubed"}.get(groups.get("per_square") or "", "")
        return f" per {find_unit(per)[0]}{squared}"

    def read_per(self, match: re.Match[str]) -> Said:
        return f"{find_unit(match['unit'])[1]}{self._say_per(match)}"

    def read_number_per(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.number(match['amount'])}{self._say_per(match)}"

    def read_feet(self, match: re.Match[str]) -> Said:
        feet = self._numbers.cardinal(match["feet"])
        if match["inches"].isdecimal() and int(match["inches"]) >= _INCHES_A_FOOT:
            return f"{feet} minutes {self._numbers.cardinal(match['inches'])} seconds"
        return f"{feet} foot {self._fractions.say_amount(match['inches'])}"

    def read_prime(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if sign == '"' and match.string.count('"', max(0, match.start() - 200), match.start()) % 2:
            return None
        one, many = ("inch", "inches") if sign == '"' else ("foot", "feet")
        is_one = match["amount"] == "1" or stands_before_noun(match)
        return f"{self._numbers.number(match['amount'])} {one if is_one else many}"

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

    def read_magnitude(self, match: re.Match[str]) -> Said:
        letter, of = match["letter"], (match["of"] or "").strip().lower()
        amount, end = match["amount"], match.start("of") if match["of"] else match.end()
        is_name = letter in "Kk" and (of in _SCREENS or amount in {"2", "4", "5", "8"})
        word = letter.upper() if is_name else MAGNITUDES[letter]
        return [Replacement(match.start(), end, f"{self._numbers.number(amount)} {word}")]


def _base_of(short: str) -> str:
    return {
        "in": "in.",
        "foot": "ft",
        "feet": "ft",
        "miles": "mi",
        "mile": "mi",
        "inches": "in.",
        "yards": "yd",
        "meters": "m",
    }.get(short, short)


def _is_doubtful(match: re.Match[str]) -> bool:
    """Say whether a short unit may be something else, as in 5 in. or 3 s."""
    return bool(
        match["unit"] in {"W", "V"}
        and match["gap"] == " "
        and "." not in match["amount"]
        and len(match["amount"]) == 1
    )
