"""Telephone numbers, said in the groups that they are written in."""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.european_language import FIGURES, EuropeanLanguage
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_LONGEST_SPAN = 300
"""Years that a range of years may take; four figures twice are else a telephone number."""
_CALLED = (
    r"(?<!\w)(?P<key>(?i:tel|tél|tfno|t[eé]l[eé]f?ono|telefone|téléphone|fax|फ़ोन|फोन))"
    r"(?P<mark>\.? ?:? ?)(?P<plus>\+)?(?P<number>\(?\d[\d ().-]{4,20}\d)(?!\w)"
)
_NUMBER = (
    r"(?<![\w.,/:-])(?<!\d )(?P<plus>\+ ?)?"
    r"(?:(?<=\+)\d{1,3}(?:[ .-]?\(\d{1,4}\))?(?:[ .-]?\d{1,10}){1,6}"
    r"|\d{1,4} ?\(\d{2,4}\) ?\d{3,10}(?:[ .-]\d{3,5})?"
    r"|\(\d{2,5}\) ?\d{3,6}[ .-]?\d{3,5}"
    r"|\d{3}-\d{3}-\d{3,4}|\d{4,5}-\d{4,6}|\d{3}\.\d{7,8}"
    r"|0\d(?:[ .]\d\d){4}|0\d{2,4}[ /-]\d{3}[ -]?\d{3,5}"
    r"|\d{3} \d{2} \d{2} \d{2}(?! ?\d)"
    r"|\d{5}-\d{3}|[01]-\d{3}(?=-)|[6789]\d{9}"
    r")(?P<more> \d{3,5}(?!\d))?(?![\d/]|-\d|[.,]\d)"
)


def telephone_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``telephone``."""
    return [
        language.rule("telephone", _CALLED, _read_called),
        language.rule("telephone", _NUMBER, _read_number, FIGURES),
    ]


def _read_called(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    short: dict[str, str] = language.data["abbreviations"]
    key = match["key"].lower()
    groups = map(language.numbers.digits, re.findall(r"\d+", match["number"]))
    plus = f"{language.data['signs']['+']} " if match["plus"] else ""
    start = match.start("plus") if match["plus"] else match.start("number")
    return [
        Replacement(match.start("key"), match.end("mark"), short.get(f"{key}.", key) + " "),
        Replacement(start, match.end(), plus + ", ".join(groups)),
    ]


def _read_number(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    text = match.group()
    years = re.fullmatch(r"([12]\d{3})-(\d{4})", text)
    if years and 0 < int(years[2]) - int(years[1]) < _LONGEST_SPAN:
        return None
    groups = [language.numbers.digits(group) for group in re.findall(r"\d+", text)]
    plus = f"{language.data['signs']['+']} " if match["plus"] else ""
    return plus + ", ".join(groups)
