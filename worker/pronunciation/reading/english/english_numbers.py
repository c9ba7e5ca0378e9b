"""English numbers in words: num2words, with American and British manners."""

import re
from dataclasses import dataclass
from functools import lru_cache

from num2words import num2words

LONGEST_QUANTITY = 15
"""Digits; a longer number is read digit by digit, as people do."""

WHOLE = (
    r"(?:\d{1,3}(?: 000){1,4}(?![\d,]|[. ]\d)|\d{1,3}(?:,\d{3}){1,5}(?!\d|,\d)"
    r"|\d{1,2}(?:,\d\d){1,5},\d{3}(?!\d|,\d)|\d{1,15}(?!\d))"
)
CONTINENTAL = r"\d{1,3}(?:\.\d{3}){1,4},\d{1,2}(?!\d|[.,]\d)"
"""1.234,50: as most of Europe writes it."""
AMOUNT = rf"(?:{CONTINENTAL}|{WHOLE}(?:\.\d{{1,12}}(?!\d))?|\.\d{{1,12}}(?!\d))"
_EXPONENT = r"\^\(?[+-]?\d{1,3}\)?|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}"
SCIENTIFIC = (
    r"\d{1,9}(?:\.\d{1,9})? ?"
    rf"(?:[×x·] ?10(?:{_EXPONENT}|-\d{{1,3}})|\* ?10(?:{_EXPONENT}))(?!\w|\.\d)"
)
"""2.5×10^8; a minus sign behind ten is that of a power which lost its place."""
START = r"(?:(?<![\w.^])(?<!\^-)|(?<=\d[x×]))"
"""Before a number: it is not the rest of a longer one."""
MINUS = r"(?:(?<![\w)\]'\"%°$£€.,-])-(?=[\d.$£€¥]))?"
END = r"(?!\w|\.\d)"

RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_DIGITS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SPECIAL_PARTS = {"2": ("half", "halves"), "4": ("quarter", "quarters"), "1": ("whole", "wholes")}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Says numbers."""

    british: bool = False
    """With "and" before tens and ones."""

    def cardinal(self, digits: str) -> str:
        """Say a whole number; `digits` may hold thousands separators."""
        plain = re.sub("[, ]", "", digits)
        if len(digits) > LONGEST_QUANTITY and plain == digits:
            return say_digits(plain, zero="zero")
        return _say(plain, "cardinal", self.british)

    def ordinal(self, digits: str) -> str:
        """Say the place in an order: 21 is twenty first."""
        return _say(digits.replace(",", ""), "ordinal", self.british)

    def year(self, digits: str) -> str:
        """Say a year: nineteen oh five, two thousand five, twenty twenty four, ten sixty six."""
        return _say(digits, "year", self.british)

    def number(self, written: str) -> str:
        """Say a number that may have a minus sign, separators and a decimal point."""
        if written.startswith("-"):
            return "minus " + self.number(written[1:])
        written = use_point(written)
        whole, point, decimals = written.partition(".")
        if not point and is_code(whole):
            return say_digits(whole)
        words = self.cardinal(whole) if whole else ""
        if point and decimals:
            words = f"{words} point {say_digits(decimals, zero='zero')}".strip()
        return words

    def scientific(self, written: str) -> str:
        """Say a number times a power of ten."""
        amount, _, power = re.split(r"( ?[×x·*] ?10)", written.translate(RAISED), maxsplit=1)
        return f"{self.number(amount)} times ten {self.power(power.strip('^()+'))}"

    def power(self, exponent: str) -> str:
        """Say an exponent: to the eighth, to the minus three."""
        if exponent.isdecimal():
            return f"to the {self.ordinal(exponent)}"
        if exponent[1:].isdecimal() and exponent[0] == "-":
            return f"to the minus {self.cardinal(exponent[1:])}"
        return f"to the {exponent}"

    def fraction(self, above: str, below: str) -> str:
        """Say a fraction: one half, three quarters, twenty two over seven."""
        top, bottom = int(above), int(below)
        if bottom in {0, 1} or (top > bottom > LARGEST_IMPROPER):
            return f"{self.cardinal(above)} over {self.cardinal(below)}"
        if below.lstrip("0") in _SPECIAL_PARTS:
            part = _SPECIAL_PARTS[below.lstrip("0")][top != 1]
        else:
            part = self.ordinal(below) + ("s" if top != 1 else "")
        return f"{self.cardinal(above)} {part}"

    def groups(self, digits: str) -> str:
        """Say a number that only names something: 380 is three eighty, 1428 fourteen 28."""
        if digits == "0":
            return "zero"
        if digits.startswith("0") or len(digits) > len("9999"):
            return say_digits(digits)
        if len(digits) == len("999") and not digits.endswith("00"):
            rest = (
                self.cardinal(digits[1:]) if digits[1] != "0" else f"oh {_DIGITS[int(digits[2])]}"
            )
            return f"{_DIGITS[int(digits[0])]} {rest}"
        return self.year(digits) if len(digits) == len("9999") else self.cardinal(digits)


LARGEST_IMPROPER = 10
"""22/7 is twenty two sevenths, 31/12 thirty one over twelve."""


def use_point(written: str) -> str:
    """Write a continental number as English does: 1.234,50 is 1234.50."""
    if re.fullmatch(CONTINENTAL, written):
        return written.replace(".", "").replace(",", ".")
    return written


def say_digits(digits: str, *, zero: str = "oh") -> str:
    """Say digit by digit; what is no digit parts groups."""
    return " ".join(
        (_DIGITS[int(char)] if char != "0" else zero) for char in digits if char.isdecimal()
    )


def say_plural(words: str) -> str:
    """Put the last word of a number into the plural: nineties, tens, sixes."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith(("x", "s")) else "s")


def is_code(digits: str) -> bool:
    """Say whether the number begins with a zero that counts."""
    return len(digits) > 1 and digits.startswith("0")


@lru_cache(maxsize=8192)
def _say(digits: str, to: str, british: bool) -> str:  # a key of the cache
    words = re.sub("[,-]+ ?", " ", num2words(int(digits), to=to)).replace("  ", " ")
    return words if british else words.replace(" and ", " ")
