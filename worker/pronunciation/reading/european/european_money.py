"""Sums of money, with the sign or code before or behind the figures."""

import re

from worker.pronunciation.reading.european.european_language import START, EuropeanLanguage
from worker.pronunciation.reading.european.european_measures import say_per
from worker.pronunciation.reading.rules import Rule, Said
from worker.pronunciation.reading.word_tables import any_of


def money_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``money``."""
    data = language.data
    sign = rf"(?P<sign>{any_of(language.money)})"
    large = rf"(?: ?(?P<large>{any_of([*data['large'], *data['large_short']])})(?!\w))?"
    per = rf"(?!\w)(?: ?/ ?(?P<per>{any_of(data['units'])})(?!\w))?"
    to = rf"(?: ?[—-] ?(?P<to>{language.amount})(?![\w%]|[.,]\d))?"
    amount = rf"(?P<amount>{language.amount})"
    return [
        language.rule(
            "money", rf"(?<![\w$€£])(?P<minus>-)?{sign} ?{amount}{to}{large}{per}", _read_money
        ),
        language.rule("money", rf"{START}{amount}{large} ?{sign}{per}", _read_money),
    ]


def _read_money(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data, numbers = language.data, language.numbers
    sign = match["sign"]
    if sign.isascii() and sign.islower() and len(sign) < len("eur"):
        before = match.string[: match.start("sign")]
        if before and not (before[-1] == " " or before[-1].isdecimal()):
            return None
    is_behind = match.start("sign") > match.start("amount")
    if (
        is_behind
        and sign.isalpha()
        and len(sign) < len("eur")
        and (match.string[match.start("sign") - 1].isdecimal())
    ):
        return None  # 9F is no money
    one, many, cent, cents, gender = language.money[sign].split("|")
    whole, _, part = language.split(match["amount"])
    if len(part) == len("500") and int(whole) and len(whole) <= len(part):
        # Money has no thousandths: this comma groups figures.
        whole, part = whole + part, ""
    minus = language.say_minus(match["minus"])
    of = data["of"]
    if "elide" in data and many[0] in "aeiou":
        of = of.replace("de ", "d'")
    to = match.groupdict().get("to")
    large = match["large"]
    if to:
        range_words = f"{language.say_amount(match['amount'], gender)} {data['range']}"
        many = f"{data['large_short'].get(large, large)}{of}{many}" if large else many
        return f"{minus}{range_words} {language.say_amount(to, gender)} {many}"
    if large:
        large = data["large_short"].get(large, large)
        joint = " " if large in data.get("no_of", ()) or large == "mil" else of
        return f"{minus}{language.say_amount(match['amount'], 'm')} {large}{joint}{many}"
    if len(part) > len("99"):
        return f"{minus}{language.say_amount(match['amount'], gender)} {many}"
    joint = of if whole.endswith("000000") and int(whole[0]) else " "
    words = f"{numbers.cardinal(int(whole), gender)}{joint}{one if int(whole) == 1 else many}"
    small = int(part.ljust(2, "0")) if part else 0
    if small:
        behind = f"{numbers.cardinal(small, 'm')} {cent if small == 1 else cents}"
        words = behind if not int(whole) else f"{words}{numbers.words['cents_joint']}{behind}"
    return minus + words + say_per(language, match["per"])
