"""Measures: numbers and fractions with a unit behind them."""

import re

from worker.pronunciation.reading.european.european_language import (
    START,
    VULGAR,
    EuropeanLanguage,
)
from worker.pronunciation.reading.european.hindi_numbers import HindiNumbers
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of


def measure_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``measure``."""
    data = language.data
    unit = rf"(?P<unit>{any_of(data['units'])})(?P<power>[²³])?"
    below = any_of([*data["units"], *data.get("per_units", {})])
    per = rf"(?: ?/ ?(?P<per>{below})(?P<per_power>[²³])?)?"
    fraction = (
        r"(?:(?P<mixed>\d{1,4}) )?(?P<above>\d{1,3})/(?P<below>\d{1,3})"
        rf"|(?P<vulgar>[{''.join(VULGAR)}])"
    )
    pattern = (
        rf"{START}(?:(?P<amount>{language.amount})|{fraction}) ?{unit}{per}"
        r"(?![\w²³/'’]|\.[A-ZÀ-Ý])(?P<stop>\.(?= [a-zà-ÿ]))?"
    )
    return [language.rule("measure", pattern, _read_measure)]


def say_per(language: EuropeanLanguage, per: str | None, power: str | None = None) -> str:
    """Say the unit below the stroke; nothing where there is none."""
    if not per:
        return ""
    fixed: dict[str, str] = language.data.get("per_fixed", {})
    if per in fixed and not power:
        return f" {fixed[per]}"
    units = {**language.data["units"], **language.data.get("per_units", {})}
    return f"{language.data['per']}{_say_unit(language, units[per], power, many=False)}"


def _say_unit(language: EuropeanLanguage, names: str, power: str | None, *, many: bool) -> str:
    one, plural, *gender = names.split("|")
    words = plural if many else one
    if not power:
        return words
    forms: list[str] = language.data["powers"][power].split("|")
    if language.data["power_order"] == "before":
        return f"{forms[0]} {words}"
    return f"{words} {forms[many + 2 * bool(gender and len(forms) > len('mf'))]}"


def _read_measure(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data, numbers = language.data, language.numbers
    unit, line = match["unit"], match.string
    if (
        unit == "in"
        and line[match.start("unit") - 1] == " "
        and re.match(r" \w", line[match.end() :])
    ):
        return None
    if unit == "K" and line[match.start("unit") - 1].isdecimal():
        return None  # 64K is no temperature
    if unit == "°" and language.code == "fr" and match.span() == (0, len(line)):
        return None  # alone it is the tenth
    gender = ([*data["units"][unit].split("|"), ""])[2] or "m"
    minus = language.say_minus(match["minus"])
    if match["amount"] is None:
        return minus + _say_part_of(language, match, gender)
    whole, _, part = language.split(match["amount"])
    many = int(whole) > 1 if "elide" in data else int(whole) != 1 or bool(part)
    is_halved = part == "5" and unit in data.get("halved", ()) and not match["per"]
    if isinstance(numbers, HindiNumbers) and is_halved:
        noun = data["units"][unit].split("|")[1].replace("वर्ष", "साल")
        return f"{minus}{numbers.half_more(int(whole))} {noun}"
    noun = _say_unit(language, data["units"][unit], match["power"], many=many)
    amount = language.say_amount(match["amount"], "" if unit in ("%", "‰") else gender)
    words = f"{minus}{amount} {noun}{say_per(language, match['per'], match['per_power'])}"
    ends = unit.endswith(".") and not line[match.end() :].strip()
    return [Replacement(match.start(), match.end() - ends, words)]


def _say_part_of(language: EuropeanLanguage, match: re.Match[str], gender: str) -> str:
    """Say a fraction of a unit: half a metre, two thirds of a metre."""
    numbers, names = language.numbers, language.data["units"][match["unit"]]
    vulgar = VULGAR.get(match["vulgar"] or "")
    above, below = vulgar or (int(match["above"]), int(match["below"]))
    mixed = int(match["mixed"] or 0)
    joint = numbers.words["and"]
    one = _say_unit(language, names, match["power"], many=False)
    per = say_per(language, match["per"], match["per_power"])
    whole = f"{numbers.cardinal(mixed, gender)} {joint} " if match["mixed"] else ""
    if (above, below) != (1, 2):
        return f"{whole}{numbers.fraction(above, below)}{language.data['of']}{one}{per}"
    if whole and isinstance(numbers, HindiNumbers):
        return f"{numbers.half_more(mixed)} {one}"
    half = numbers.words["half"] if whole else numbers.fraction(above, below)
    half = re.sub(r"o\Z", "a", half) if gender == "f" else half
    if not whole and language.code in ("fr", "pt_BR"):
        half = ("un " if language.code == "fr" else "") + numbers.words["half"]
        half = re.sub(r"o\Z", "a", half) if gender == "f" else half
        half = "une demi" if gender == "f" and language.code == "fr" else half
    noun = _say_unit(language, names, match["power"], many=mixed > 1)
    return f"{whole}{half} {noun}{per}"
