"""English numbers in words: num2words, with American and British manners."""

from __future__ import annotations

from functools import lru_cache

from num2words import num2words

DIGIT_WORDS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LONGEST_QUANTITY = 15
"""Digits; a longer number is read digit by digit, as people do."""


@lru_cache(maxsize=4096)
def say_cardinal(digits: str, *, british: bool = False) -> str:
    """Say a whole number; `digits` may hold thousands separators and a minus sign."""
    plain = digits.replace(",", "")
    if plain.startswith("-"):
        return "minus " + say_cardinal(plain[1:], british=british)
    if len(plain) > LONGEST_QUANTITY:
        return say_digits(plain, zero="zero")
    return _tidy(num2words(int(plain)), british=british)


@lru_cache(maxsize=4096)
def say_ordinal(digits: str, *, british: bool = False) -> str:
    """Say the place in an order: 21 is twenty first."""
    return _tidy(num2words(int(digits.replace(",", "")), to="ordinal"), british=british)


@lru_cache(maxsize=4096)
def say_year(digits: str, *, british: bool = False) -> str:
    """Say a year: nineteen oh five, two thousand five, twenty twenty four, ten sixty six."""
    return _tidy(num2words(int(digits), to="year"), british=british)


def say_digits(digits: str, *, zero: str = "oh") -> str:
    """Say digit by digit."""
    return " ".join(DIGIT_WORDS[int(digit)] if digit != "0" else zero for digit in digits)


def say_number(written: str, *, british: bool = False) -> str:
    """Say a number that may have a minus sign, separators and a decimal point."""
    if written.startswith("-"):
        return "minus " + say_number(written[1:], british=british)
    whole, point, decimals = written.partition(".")
    words = say_cardinal(whole, british=british) if whole else ""
    if point and decimals:
        words = f"{words} point {say_digits(decimals, zero='zero')}".strip()
    return words


def say_plural(words: str) -> str:
    """Put the last word of a number into the plural: nineties, tens, sixes."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")


def _tidy(words: str, *, british: bool) -> str:
    words = words.replace(",", "").replace("-", " ")
    return words if british else words.replace(" and ", " ")
