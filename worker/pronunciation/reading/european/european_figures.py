"""Ordinals, plain numbers, versions, ranges, mathematics and signs."""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.european_language import (
    FIGURES,
    START,
    EuropeanLanguage,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_VERSION = r"(?<!\w)(?<!\d[.,])\d{1,3}(?:\.\d{1,4}){2,4}(?![\w]|[.,]\d)"


def version_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``version``."""
    return [language.rule("version", _VERSION, _read_version, ".")]


def place_rules(language: EuropeanLanguage) -> list[Rule]:
    """Read a degree sign as an ordinal's end where an article and a noun are around it."""
    articles = language.data.get("articles_before_places", "")
    if not articles:
        return []
    pattern = rf"(?i:(?<!\w)(?:{articles})) ?(?P<figures>\d{{1,2}})(?P<end>°)(?= [^\W\d_]{{3,30}})"
    return [language.rule("ordinal", pattern, _read_place, "°")]


def ordinal_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``ordinal``; those of Hindi are its own."""
    if language.code == "hi":
        return []
    group = rf"[{re.escape(language.data['thousands'])}]\d{{3}}"
    pattern = (
        rf"(?<![\w.,])(?P<figures>\d{{1,3}}(?:{group}){{1,6}}|\d{{1,30}})"
        rf"(?P<end>{language.data['ordinal_ends']})(?P<plural>s?)(?!\w)"
    )
    return [language.rule("ordinal", pattern, _read_ordinal)]


def number_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rule of kind ``cardinal``."""
    pattern = rf"{START}(?P<amount>{language.amount})(?=(?P<next> [^\W\d_]{{1,30}})?)"
    return [language.rule("cardinal", pattern, _read_number, FIGURES)]


def sign_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of the kinds ``range``, ``math`` and ``sign``."""
    signs: dict[str, str] = language.data["signs"]
    return [
        language.rule("range", r"(?<=[\d%°])(?: ?—|-| - ) ?(?=[$€£]?\d)", _read_range, "-—"),
        language.rule(
            "math",
            r"(?<=\d) - (?=\d)",
            lambda spoken, _: f" {spoken.numbers.words['minus']} ",
            "-",
        ),
        language.rule(
            "math",
            r"(?<=\d) ?[x*] ?(?=\d)",
            lambda spoken, _: f" {spoken.data['signs']['×']} ",
            "x*",
        ),
        language.rule("sign", r"<=|>=", _read_sign, "<>"),
        language.rule("sign", f"[{re.escape(''.join(signs))}]", _read_sign, "".join(signs)),
    ]


def _read_version(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    parts = match.group().split(".")
    if all(len(part) == len("000") for part in parts[1:]):
        return None
    return f" {language.data['point']['.']} ".join(map(language.numbers.whole, parts))


def _read_place(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    article = match.string[match.start() : match.start("figures")].strip().lower()
    gender = "f" if article.endswith("a") else "m"
    words = language.numbers.ordinal(int(match["figures"]), gender)
    if language.code == "es":  # before its noun
        words = re.sub(r"(primer|tercer)o\Z", r"\1", words)
    return [Replacement(match.start("figures"), match.end("end"), words)]


def _read_ordinal(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    figures = re.sub(r"\D", "", match["figures"])
    end = match["end"].lstrip(".").replace("ᵉʳ", "er").replace("ᵉ", "e")
    if end == "°" and len(figures) > len("99"):
        return None
    gender = "f" if end in language.data["feminine_ends"] else "m"
    words = language.numbers.ordinal(int(figures), gender)
    if end == "er" and language.code == "es":
        words = "decimoprimero" if figures == "11" else words
        words = re.sub(r"(primer|tercer)o\Z", r"\1", words)
    return words + ("s" if match["plural"] and not words.endswith("s") else "")


def _read_number(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data = language.data
    following = (match["next"] or "").strip()
    gender = ""
    if following and following[0].islower() and following not in data["small_words"]:
        ends = data["feminine_end"]
        whole, _, part = language.split(match["amount"])
        feminine = ends and following.endswith(ends if int(whole) != 1 else ends[0])
        gender = "f" if feminine and following not in data["not_feminine"] else "m"
        if following in data["large"] or part:
            gender = "m"
    return language.say_minus(match["minus"]) + language.say_amount(match["amount"], gender)


def _read_range(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return None if "=" in match.string[:200] else f" {language.data['range']} "


def _read_sign(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    sign = {"<=": "≤", ">=": "≥"}.get(match.group(), match.group())
    return f" {language.data['signs'][sign]} "
