"""Ranges, mathematics and signs that mean something."""

import re

from worker.pronunciation.reading.european.european_language import EuropeanLanguage
from worker.pronunciation.reading.rules import Rule, Said

_RANGE = r"(?<=[\d%°])(?: ?—|-| - ) ?(?=[$€£]?\d)"
_LETTERED = re.compile(r"[^\W\d_]\d{1,5}\Z")
_SCORED = re.compile(r"(?i:ganh|venc|perd|empat|plac|gole[oa]|derrot)")


def sign_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of the kinds ``range``, ``math`` and ``sign``."""
    signs: dict[str, str] = language.data["signs"]
    return [
        language.rule("range", _RANGE, _read_range, "-—"),
        language.rule("math", r"(?<=\d) - (?=\d)", _read_minus, "-"),
        language.rule("math", r"(?<=\d)(?<!\D0) ?[xX*] ?(?=\d)", _read_times, "xX*"),
        language.rule("sign", r"<=|>=", _read_sign, "<>"),
        language.rule("sign", r"(?<=[A-Z])(?<!\w[A-Z])#(?!\w)", _read_sharp, "#"),
        language.rule("sign", f"[{re.escape(''.join(signs).replace('-', ''))}]", _read_sign),
    ]


def _read_range(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    line = match.string
    if "=" in line[:200] or _LETTERED.search(line[max(0, match.start() - 6) : match.start()]):
        return None
    is_followed = language.code == "hi" and re.match(r"\d{1,4} से", match.string[match.end() :][:9])
    return " " if is_followed else f" {language.data['range']} "


def _read_minus(language: EuropeanLanguage, _: re.Match[str]) -> Said:
    return f" {language.data['signs'].get('-') or language.numbers.words['minus']} "


def _read_times(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    if language.code == "pt_BR" and _SCORED.search(match.string[:300]):
        return " a "
    if language.code == "pt_BR" and match.group() in "xX":
        return " por "
    return f" {language.data['signs']['×']} "


def _read_sharp(language: EuropeanLanguage, _: re.Match[str]) -> Said:
    return f" {language.data['electronic']['sharp']} "


def _read_sign(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    sign = {"<=": "≤", ">=": "≥"}.get(match.group(), match.group())
    return f" {language.data['signs'][sign]} "
