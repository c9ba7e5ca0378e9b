"""Measures, as English says them: glued or apart, compound, squared, per something."""

import re

from worker.pronunciation.reading.english.english_data import (
    AFTER_INCHES,
    DATA,
    DIGITS,
    FUNCTION_WORDS,
    LARGE,
    MAGNITUDES,
    UNITS,
    find_unit,
    look_ahead,
    look_behind,
    stands_before_noun,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    MINUS,
    SCIENTIFIC,
    START,
    Numbers,
)
from worker.pronunciation.reading.english.quantities.fractions import Fractions
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_LENGTH = any_of(DATA["units_squared"]["words"])
_POWERS = {"2": "square", "²": "square", "^2": "square", "3": "cubic", "³": "cubic", "^3": "cubic"}
_UNIT = (
    rf"(?:(?P<area>sq|cu)\.?[ -](?P<length>{_LENGTH}|foot|feet|miles?|inches|yards|met(?:er|re)s)"
    rf"|(?P<base>{_LENGTH})(?P<power>\^?[23]|[²³])"
    rf"|(?P<unit>{any_of(UNITS)}|in(?=[),;]|\Z| [x×]| \(\d|-| (?:{AFTER_INCHES})\b)"
    r"|(?<=\d)in|(?<=ft \d )in|(?<=ft \d\d )in))(?![\w²³])"
)
_UNIT_PER = (
    rf"(?: ?/ ?(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per_area>sq|cu)\.? (?P<per_length>{_LENGTH})"
    rf"|(?P<per>{any_of({**DATA['per'], **UNITS})})(?P<per_square>[²³])?)(?![\w²³])"
    rf"(?:/(?P<per_too>{any_of({**DATA['per'], **UNITS})})(?![\w²³]))?)?"
)
_MEASURE = re.compile(
    rf"{START}(?P<minus>{MINUS})"
    rf"(?P<amount>{SCIENTIFIC}|{AMOUNT}"
    r"|(?:\d{1,4}(?:[ -]|\+(?=\d{1,3}⁄)))?\d{1,3}[/⁄]\d{1,3}|(?:\d{1,4}[ -]?)?[½¼¾⅓⅔⅛])"
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
_PER_AREA = re.compile(rf"\b(?P<per>[Pp]er )(?P<area>sq|cu)\.? (?P<length>{_LENGTH})(?!\w)")
# 11st is eleven stone, 21st an ordinal.
_STONE = re.compile(
    r"(?<![\w.,])(?P<amount>\d{1,2})(?: ?st\.?(?= ?\d{1,2}½? ?lbs?\b)"
    r"|(?:(?<=1[1-3])|(?<=[02-9]))st\b)"
)
# Of ovens and weather, without the sign of a degree.
_HEAT = re.compile(r"(?<![\w.,-])(?P<minus>-)?(?P<amount>\d{1,3}) ?(?P<scale>[CF])(?![\w'.+#-])")
_HEAT_WORDS = re.compile(rf"\b(?:{any_of(DATA['grammar']['heat'])})", re.IGNORECASE)
_RACE = re.compile(rf" (?:{any_of(DATA['grammar']['races'])})\b")
_MAGNITUDE_ONLY = re.compile(
    rf"{START}(?<![A-Za-z]-)(?<![A-Za-z]\d-)(?P<amount>{AMOUNT})(?P<letter>K|k|M|bn|mn|tn)"
    r"(?!\w)(?P<of> \w+)?"
)
_SCREENS = frozenset({"run", "race", "tv", "video", "resolution", "display", "monitor", "screen"})
_IN_MILLIONS = frozenset(DATA["grammar"]["in_millions"])
_MILLIONS = re.compile(rf" (?:{any_of(_IN_MILLIONS)})\b")


def measure_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for measures."""
    say = _Measures(numbers)
    return [
        Rule("measure", _MEASURE, say.read_measure, DIGITS + "½¼¾⅓⅔⅛"),
        Rule("measure", _STONE, lambda match: f"{numbers.cardinal(match['amount'])} stone", "s"),
        Rule("measure", _HEAT, say.read_heat, "CF"),
        Rule("measure", _NUMBER_PER, say.read_number_per, "/"),
        Rule("measure", _PER_AREA, say.read_per_area, "qu"),
        Rule("measure", _PER_ONLY, say.read_per, "/"),
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
        if _is_doubtful(match):
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
            (written.lstrip("0") == "1" and not _RANGE_BEFORE.search(look_behind(match, 8)))
            or ("/" in written and not re.search("[ -]", written))
            or (len(written) == 1 and not written.isdigit())
        )
        if is_one and ("/" in written or not written[0].isdigit()):
            one = f"{'of an' if one[0] in 'aeiou' else 'of a'} {one}"
            if written in {"1/2", "½"}:
                amount, one = "half", one.removeprefix("of ")
        is_glued = match["gap"] == "-" and _COMPOUND.match(match.string, match.end())
        is_race = unit in {"m", "km"} and _RACE.match(match.string, match.end())
        is_singular = is_one or is_glued or is_race or stands_before_noun(match)
        name = one if is_singular else many
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
        too = f" per {find_unit(groups['per_too'])[0]}" if groups.get("per_too") else ""
        return f" per {find_unit(per)[0]}{squared}{too}"

    def read_per(self, match: re.Match[str]) -> Said:
        return f"{find_unit(match['unit'])[1]}{self._say_per(match)}"

    def read_per_area(self, match: re.Match[str]) -> Said:
        power = {"sq": "square", "cu": "cubic"}[match["area"]]
        return f"{match['per']}{power} {find_unit(_base_of(match['length']))[0]}"

    def read_heat(self, match: re.Match[str]) -> Said:
        around = look_behind(match, 60) + "." + look_ahead(match, 30)
        if not _HEAT_WORDS.search(around):
            return None
        scale = {"C": "Celsius", "F": "Fahrenheit"}[match["scale"]]
        minus = "minus " if match["minus"] else ""
        name = "degree" if match["amount"] == "1" else "degrees"
        return f"{minus}{self._numbers.cardinal(match['amount'])} {name} {scale}"

    def read_number_per(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.number(match['amount'])}{self._say_per(match)}"

    def read_magnitude(self, match: re.Match[str]) -> Said:
        letter, of = match["letter"], (match["of"] or "").strip().lower()
        amount, end = match["amount"], match.start("of") if match["of"] else match.end()
        is_name = letter in "Kk" and (of in _SCREENS or amount in {"2", "4", "5", "8"})
        if letter == "M" and _is_company(match, of):
            return f"{self._numbers.number(amount)} M {match['of'] or ''}".strip()
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


_COMPOUND = re.compile(rf"[)-]| can\b| (?!(?:{any_of(FUNCTION_WORDS)})\b)[a-z]")
_RANGE_BEFORE = re.compile(r"\d ?(?:[-—]|to) ?\Z")
_PLACE_BEFORE = re.compile(rf"\b(?i:{any_of(DATA['grammar']['places'])}) \Z")
_LETTER_UNITS = frozenset({"W", "V", "K", "J"})
_OF_QUANTITY = re.compile(
    r"\b(?:[Aa]n?|at|of|to|from|about|around|is|or|by|with|than|below|above) \Z|\(\Z"
)


def _is_doubtful(match: re.Match[str]) -> bool:
    """Say whether a unit of one letter may be something else, as in Henry 5 V."""
    unit, gap, amount = match["unit"], match["gap"], match["amount"]
    if unit == "bar":
        return gap == "-"
    if unit not in _LETTER_UNITS:
        return unit in {"PS", "AU", "ac"} and not gap
    if gap != " ":
        return unit == "K" or _PLACE_BEFORE.search(look_behind(match, 16)) is not None
    return len(amount) == 1 and not _OF_QUANTITY.search(look_behind(match))


def _is_company(match: re.Match[str], following: str) -> bool:
    """Say whether M behind a figure is a letter: at the start, or before one thing, not many."""
    is_counted = following.endswith("s") or following in {*FUNCTION_WORDS, *_IN_MILLIONS}
    is_first = not look_behind(match).strip() and following not in {"", *_IN_MILLIONS}
    is_named = look_behind(match, 4).lower() == "the "
    return is_first or bool(following and not is_counted and is_named)
