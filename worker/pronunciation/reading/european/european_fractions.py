"""Fractions with a stroke, and those that are one character."""

import re

from worker.pronunciation.reading.european.european_language import (
    START,
    VULGAR,
    EuropeanLanguage,
)
from worker.pronunciation.reading.european.european_nouns import find_gender
from worker.pronunciation.reading.rules import Rule, Said

_YEARS = range(1001, 2100)
_TYPE_NUMBER = 100
"""Where both are no smaller, a stroke parts two numbers: types, not a fraction."""
_THIRD_TO_TENTH = range(3, 11)
_NOUN = r"(?= (?P<noun>[^\W\d_]{3,30}))?"
_STROKE = (
    rf"{START}(?:(?P<whole>\d{{1,6}}) )?(?P<above>\d{{1,20}}) ?[/⁄] ?"
    rf"(?P<below>\d{{1,3}}(?:[.]\d{{3}}){{1,4}}(?!\d)|\d{{1,9}})(?![\w/]|[.,]\d){_NOUN}"
)
_CHARACTER = rf"{START}(?:(?P<whole>\d{{1,6}}) ?)?(?P<sign>[{''.join(VULGAR)}]){_NOUN}"
_AND_A_HALF = rf"{START}(?P<whole>\d{{1,6}})(?: 1[/⁄]2| ?½) (?P<noun>[^\W\d_]{{3,30}})(?!\w)"


def fraction_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``fraction``."""
    rules = [
        language.rule("fraction", _STROKE, _read_stroke, "/⁄"),
        language.rule("fraction", _CHARACTER, _read_character, "".join(VULGAR)),
    ]
    if language.code != "hi":
        rules.insert(0, language.rule("fraction", _AND_A_HALF, _read_and_a_half, "/⁄½"))
    return rules


def say_half(language: EuropeanLanguage, gender: str) -> str:
    """Say a half of, or behind, a noun of that gender."""
    half = str(language.numbers.words["half"])
    if gender != "f":
        return half
    return f"{half}e" if language.code == "fr" else re.sub(r"o\Z", "a", half)


def _read_and_a_half(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    """Say the noun between the number and the half."""
    noun, count = match["noun"], int(match["whole"])
    gender = find_gender(language, match.string, match.start(), noun, count)
    if not gender or noun in language.data["large"]:
        return None
    numbers = language.numbers
    number = numbers.before_noun(numbers.cardinal(count, gender), noun)
    joint, half = numbers.words["and"], say_half(language, gender)
    return f"{language.say_minus(match['minus'])}{number} {noun} {joint} {half}"


def _read_stroke(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    above, below = int(match["above"]), int(match["below"].replace(".", ""))
    is_pair = min(above, below) >= _TYPE_NUMBER and not match["whole"]
    if language.code != "hi" and (not below or (is_pair and above not in _YEARS)):
        return None
    is_season = above in _YEARS and (below in _YEARS or below == (above + 1) % 100)
    if is_season and not match["whole"] and language.code != "hi":
        numbers = language.numbers
        return f"{numbers.year(match['above'])}, {numbers.whole(match['below'])}"
    if language.code == "fr" and above > below and not match["whole"]:
        return f"{language.numbers.cardinal(above)} {language.numbers.cardinal(below)}"
    return _say_fraction(language, match, above, below)


def _read_character(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return _say_fraction(language, match, *VULGAR[match["sign"]])


def _say_fraction(language: EuropeanLanguage, match: re.Match[str], above: int, below: int) -> str:
    numbers, noun = language.numbers, match["noun"] or ""
    minus = language.say_minus(match["minus"])
    gender = find_gender(language, match.string, match.start(), noun, 1)
    if match["whole"]:
        return minus + numbers.mixed(int(match["whole"]), above, below)
    if (above, below) == (1, 2) and gender and language.code != "hi":
        one = "une " if language.code == "fr" and gender == "f" else ""
        one = "un " if language.code == "fr" and gender == "m" else one
        return minus + one + say_half(language, "m" if one else gender)
    nouns = language.data.get("nouns", {})
    if noun in nouns.get("parts", ()) and below in _THIRD_TO_TENTH:
        return f"{minus}{numbers.cardinal(above, 'f')} {numbers.ordinal(below, 'f')}" + "s" * (
            above > 1
        )
    of = language.data["of"].rstrip() if noun in nouns.get("portions", ()) else ""
    return f"{minus}{numbers.fraction(above, below)}{of}"
