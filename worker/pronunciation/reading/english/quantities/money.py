"""Money, as English says it: signs and codes before and behind, old coins."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    LARGE,
    MAGNITUDES,
    find_unit,
    leave_stop,
    look_behind,
    may_end_sentence,
    stands_before_noun,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    MINUS,
    START,
    Numbers,
    use_point,
)
from worker.pronunciation.reading.english.quantities.fractions import Fractions
from worker.pronunciation.reading.rules import Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_MONEY: dict[str, list[str]] = DATA["money"]
_SIGNS = [sign for sign in _MONEY if not sign.isalpha() or sign in {"Rs", "kr"}]
_CODES = [sign for sign in _MONEY if sign.isalpha() and sign.isupper()]
_MAGNITUDE = rf"(?:[ -]?(?P<large>{any_of(LARGE)})|(?: ?(?P<letter>{any_of(MAGNITUDES)})))?(?!\w)"
_PER = rf"(?: ?/ ?(?P<per>{any_of({**DATA['per'], **DATA['units']})}|[a-z]{{3,14}})(?!\w))?"
_CENTS_AFTER_COMMA = re.compile(r"\d{1,6},\d\d")
_MONEY_FIRST = re.compile(
    rf"(?<![\w$£€¥])(?P<minus>-)?(?P<sign>{any_of(_SIGNS)}|(?:{any_of(_CODES)})(?= ?\d)) ?"
    rf"(?P<minus2>-)?(?P<amount>\d{{1,6}},\d\d(?!\d|[.,]\d)|{AMOUNT})(?:,-{{1,2}}(?!\w))?"
    rf"(?:(?P<dash> ?[-—] ?)(?P<second>{AMOUNT})(?![/-]\d))?{_MAGNITUDE}(?!\.\d){_PER}"
)
_MONEY_LAST = re.compile(
    rf"{START}(?P<minus>{MINUS})(?P<amount>\d{{1,6}},\d\d(?!\d|,\d)|{AMOUNT})"
    rf"(?: ?(?P<large>{any_of(LARGE)}))?"
    rf" ?(?P<sign>{any_of(sign for sign in _SIGNS if sign not in ('Rs', 'Rs.'))}|{any_of(_CODES)})"
    r"(?![\w$£€])"
)
# Shillings by themselves, as 10s. a week, have a stop and no article, as decades have.
_OLD_MONEY = re.compile(
    r"(?<![\w.,'])(?:(?:£(?P<pounds>\d{1,3}(?:,\d{3}){0,3}),? )?(?P<shillings>\d{1,2})s\.?"
    r"(?:,? (?P<pence>\d{1,2}(?:[½¼¾]|(?= ?d)))? ?d\b\.?)?"
    r"|(?P<pence_only>\d{1,2}[½¼¾]?(?=d\.)|\d{0,2}[½¼¾])d\b\.?(?!\w))"
)
_POUNDS = re.compile(r"£(?P<pounds>\d{1,6})/(?P<shillings>\d{1,2})/(?P<pence>\d{1,2})(?![\w/])")
_DECADE_BEFORE = re.compile(
    r"\b(?:the|his|her|their|my|our|your|early|late|mid|low|upper|high|lower)[ -]\Z"
)
_COINED = re.compile(r"[ -](?:bank)?(?:bill|note|coin|stamp)s?\b")
_CENTS = re.compile(rf"{START}(?P<amount>{AMOUNT}) ?(?P<sign>[¢])(?!\w)")
_PENCE = re.compile(rf"{START}(?P<amount>\d{{1,3}})p(?!\w)")


def money_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for money, pence by themselves in Britain only."""
    say = _Money(numbers)
    pence = [Rule("money", _PENCE, say.read_pence, "p")] if numbers.british else []
    return [
        Rule("money", _POUNDS, say.read_pounds, "£"),
        Rule("money", _OLD_MONEY, say.read_old_money, DIGITS + "½¼¾"),
        Rule("money", _MONEY_FIRST, say.read_money, DIGITS),
        Rule("money", _MONEY_LAST, say.read_money, DIGITS),
        Rule("money", _CENTS, say.read_cents, "¢"),
        *pence,
    ]


class _Money:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._fractions = Fractions(numbers)

    def read_money(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        one, many, part, parts = _MONEY[match["sign"]]
        magnitude = groups["large"] or MAGNITUDES.get(groups.get("letter") or "", "")
        minus = "minus " if match["minus"] or groups.get("minus2") else ""
        second = groups.get("second")
        per = groups.get("per")
        behind = f" per {find_unit(per)[0]}" if per else ""
        is_singular = stands_before_noun(match) or _COINED.match(match.string, match.end())
        if second or magnitude:
            amounts = [match["amount"], *([second] if second else [])]
            joined = " to ".join(map(self._numbers.number, amounts))
            name = one if is_singular else many
            return f"{minus}{joined} {magnitude} {name}{behind}".replace("  ", " ")
        written = use_point(match["amount"])
        if _CENTS_AFTER_COMMA.fullmatch(written):
            written = written.replace(",", ".")
        whole, _, decimals = written.replace(",", "").partition(".")
        decimals = "" if not decimals.strip("0") else decimals
        if len(decimals) > len("99") and decimals[2:].strip("0"):
            return f"{minus}{self._numbers.number(written.rstrip('0'))} {many}{behind}"
        cents = int(decimals[:2].ljust(2, "0")) if decimals and part else 0
        said = []
        if int(whole or 0) or not cents:
            name = one if int(whole or 0) == 1 or (is_singular and not cents) else many
            said.append(f"{self._numbers.cardinal(whole or '0')} {name}")
        if cents:
            said.append(f"{self._numbers.cardinal(str(cents))} {part if cents == 1 else parts}")
        return f"{minus}{' and '.join(said)}{behind}"

    def read_old_money(self, match: re.Match[str]) -> Said:
        is_alone = match["shillings"] and not match["pounds"] and not match["pence"]
        is_plural = not match.group().endswith(".") or _DECADE_BEFORE.search(look_behind(match))
        if is_alone and is_plural:
            return None
        said = []
        for group, one, many in (
            ("pounds", "pound", "pounds"),
            ("shillings", "shilling", "shillings"),
            ("pence", "penny", "pence"),
            ("pence_only", "penny", "pence"),
        ):
            if match[group]:
                name = one if match[group] == "1" else many
                said.append(f"{self._fractions.say_amount(match[group])} {name}")
        return leave_stop(match, " ".join(said), ends=may_end_sentence(match))

    def read_pounds(self, match: re.Match[str]) -> Said:
        pounds, shillings, pence = map(self._numbers.cardinal, match.groups())
        return f"{pounds} pounds {shillings} shillings {pence} pence"

    def read_cents(self, match: re.Match[str]) -> Said:
        is_singular = match["amount"] == "1" or _COINED.match(match.string, match.end())
        return f"{self._numbers.number(match['amount'])} {'cent' if is_singular else 'cents'}"

    def read_pence(self, match: re.Match[str]) -> Said:
        name = "penny" if match["amount"] == "1" else "pence"
        return f"{self._numbers.number(match['amount'])} {name}"
