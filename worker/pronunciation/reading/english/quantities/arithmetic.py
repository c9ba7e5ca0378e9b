"""Signs of arithmetic, as English says them: powers, comparisons, operators."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    look_ahead,
    look_behind,
    spell,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    RAISED,
    SCIENTIFIC,
    START,
    Numbers,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_POWER = re.compile(
    r"(?<![\w.])(?P<base>\d{1,9}(?:\.\d{1,6})?|[A-Za-z)]|[a-z]{2,3}(?=[²³]))"
    r"(?:\^(?P<exponent>\(?[+-]?\w{1,4}\)?)|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))(?!\w)"
)
_COMPARED = re.compile(rf"(?<![\w<>=-])(?P<sign><=|>=|[<>≤≥~≈±∼]) ?(?=[-+$£€¥]?{AMOUNT})")
_OPERAND = re.compile(r"(?:\b[A-Za-z]|\d) \Z")
_DIFFERENCE = re.compile(r"\d{1,9} ?=")
_SCIENTIFIC = re.compile(
    r"(?<![\w.])(?P<amount>\d{1,9}(?:\.\d{1,9})?)[eE](?P<exponent>[+-]?\d{1,3})(?!\w)"
)
_COMPARISONS = {
    "<": "less than", ">": "more than", "<=": "at most", ">=": "at least", "≤": "at most",
    "≥": "at least", "~": "about", "∼": "about", "≈": "about", "±": "plus or minus",
}  # fmt: skip
_OPERATOR = re.compile(
    r"(?<=[\w)!²³⁴⁵½¼¾π∞%])(?P<before> ?)(?P<sign><=|>=|!=|==|[-=+*/<>≤≥≈≠±×÷])"
    r"(?P<after> ?)(?=[-+±√($]?[\w.(π∞√])"
)
_OPERATIONS = {
    **DATA["signs"],
    "-": "minus", "*": "times", "/": "divided by", "<=": "is at most", ">=": "is at least",
    "!=": "is not equal to", "==": "equals",
}  # fmt: skip
_MEASURED = re.compile(r"\d [a-z]{1,2}\)? ?\Z")
_MENU = re.compile(r"[A-Z][a-z]{1,20}")
_MENU_BEFORE = re.compile(r"[A-Z][a-z]{1,20}\Z")
_EQUATION = re.compile(r"[=≠≈≤≥<>÷×]")
_ARROW = re.compile(r"(?<=\w) ?(?:-{1,2}>|=>|—>|→) ?(?=\w)")
_BY = re.compile(rf"(?:{START}(?P<amount>{AMOUNT})|(?<=['\"a-z]))(?P<sign> ?[x×] ?)(?={AMOUNT})")
_VARIABLE = re.compile(r" ?[-+=^)²³*]| ?/ ?[\d(]")
_TIMES_TEN = re.compile(rf"(?<![\w.]){SCIENTIFIC}")
_HEART = re.compile(
    r"(?:(?<=[A-Za-z!?.,)] )|\A)<3(?=[.,!?) ]*\Z| (?:you|u|this|it|him|her|them|all|my)\b)"
)
_BEFORE_HEART = re.compile(
    r"(?:\A|[!?.,)]|\b(?:I|we|you|u|me|it|this|that|him|her|them|us|ya|love|day|all|guys|much)) \Z",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"{START}(?P<amount>{AMOUNT}) ?(?P<sign>[x×])(?!\w)(?:/(?P<per>[a-z]{{3,5}})\b)?"
)


def arithmetic_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for signs between numbers and letters."""
    say = _Arithmetic(numbers)
    return [
        Rule("math", _ARROW, lambda _: " to ", "→>"),
        Rule("math", _TIMES_TEN, lambda match: numbers.scientific(match.group()), "×x·*"),
        Rule("sign", _HEART, _read_heart, "<"),
        Rule("math", _POWER, say.read_power, "^⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"),
        Rule("math", _SCIENTIFIC, say.read_scientific, DIGITS),
        Rule("math", _COMPARED, _read_compared, "<>≤≥~≈±∼"),
        Rule("math", _BY, say.read_by, DIGITS),
        Rule("math", _TIMES, say.read_times, DIGITS),
        Rule("math", _OPERATOR, _read_operator, "-=+*/<>≤≥≈≠±×÷"),
    ]


class _Arithmetic:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_scientific(self, match: re.Match[str]) -> Said:
        exponent = match["exponent"].lstrip("+")
        return f"{self._numbers.number(match['amount'])} times ten {self._numbers.power(exponent)}"

    def read_by(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if match["amount"] == "0" or not (match["amount"] or sign.startswith(" ")):
            return None
        by = " times " if "=" in look_ahead(match, 40) else " by "
        said = [Replacement(*match.span("sign"), by)]
        if match["amount"]:
            said.insert(
                0, Replacement(*match.span("amount"), self._numbers.number(match["amount"]))
            )
        return said

    def read_times(self, match: re.Match[str]) -> Said:
        if match["sign"] == "x" and _VARIABLE.match(match.string, match.end()):
            return f"{self._numbers.number(match['amount'])} x"
        per = f" a {match['per']}" if match["per"] else ""
        return f"{self._numbers.number(match['amount'])} times{per}"

    def read_power(self, match: re.Match[str]) -> Said:
        base = match["base"]
        exponent = (match["exponent"] or match["raised"].translate(RAISED)).strip("()+")
        if match["raised"] and len(base) > len("9999"):
            return None
        said = (
            self._numbers.number(base)
            if base[0].isdigit()
            else base
            if len(base) == 1
            else spell(base)
        )
        if exponent in {"2", "3"}:
            behind = {"2": "squared", "3": "cubed"}[exponent]
        else:
            behind = self._numbers.power(exponent)
        if base == ")":
            return [Replacement(match.start() + 1, match.end(), f" {behind}")]
        return f"{said} {behind}"


def _read_heart(match: re.Match[str]) -> Said:
    return "heart" if _BEFORE_HEART.search(look_behind(match)) else None


def _read_compared(match: re.Match[str]) -> Said:
    is_spaced = match.group().endswith(" ")
    if is_spaced and match["sign"] in _OPERATIONS and _OPERAND.search(look_behind(match, 3)):
        return None
    return _COMPARISONS[match["sign"]] + " "


def _read_operator(match: re.Match[str]) -> Said:
    sign, line = match["sign"], match.string
    is_even = bool(match["before"]) == bool(match["after"])
    if sign == ">" and _MENU_BEFORE.search(look_behind(match)) and _MENU.match(line, match.end()):
        return ", "
    around = look_behind(match) + match.group() + look_ahead(match, 40)
    in_equation = _EQUATION.search(around) is not None
    before, after = line[match.start() - 1], line[match.end() : match.end() + 1]
    if sign in "-*/":
        near_digit = before.isdigit() or after.isdigit()
        is_spaced = bool(match["before"] or match["after"])
        is_difference = sign == "-" and _DIFFERENCE.match(line, match.end()) is not None
        is_exact = sign == "*" or is_difference
        is_meant = (in_equation and near_digit and (is_spaced or is_exact)) or (
            sign == "*" and before.isdigit() and after.isdigit()
        )
        if not is_meant:
            return None
    if sign in "<>" and not (is_even and (match["before"] or before.isdigit() or after.isdigit())):
        return None
    if sign == "×" and "=" not in around and _MEASURED.search(look_behind(match)):
        return " by "
    return f" {_OPERATIONS[sign]} "
