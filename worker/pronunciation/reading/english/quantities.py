"""Money, measures, fractions and signs of arithmetic, as English says them."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import (
    ARTICLES,
    DATA,
    FUNCTION_WORDS,
    look_ahead,
    look_behind,
    may_end_sentence,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    MINUS,
    START,
    Numbers,
    is_code,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

DIGITS = "0123456789"
_MONEY: dict[str, list[str]] = DATA["money"]
_SIGNS = [sign for sign in _MONEY if not sign.isalpha() or sign == "Rs"]
_CODES = [sign for sign in _MONEY if sign.isalpha() and sign.isupper()]
_MAGNITUDES: dict[str, str] = DATA["magnitudes"]
_LARGE = [word for word in _MAGNITUDES if len(word) > len("mln")]
_MAGNITUDE = rf"(?:[ -]?(?P<large>{any_of(_LARGE)})|(?: ?(?P<letter>{any_of(_MAGNITUDES)})))?(?!\w)"
_PER = rf"(?: ?/ ?(?P<per>{any_of({**DATA['per'], **DATA['units']})})(?!\w))?"

_MONEY_FIRST = re.compile(
    rf"(?<![\w$£€¥])(?P<minus>-)?(?P<sign>{any_of(_SIGNS)}|(?:{any_of(_CODES)})(?= ?\d)) ?"
    rf"(?P<minus2>-)?(?P<amount>{AMOUNT})"
    rf"(?:(?P<dash> ?[-—] ?)(?P<second>{AMOUNT})(?![/-]\d))?{_MAGNITUDE}(?!\.\d){_PER}"
)
_MONEY_LAST = re.compile(
    rf"{START}(?P<minus>{MINUS})(?P<amount>{AMOUNT})(?: ?(?P<large>{any_of(_LARGE)}))?"
    rf" ?(?P<sign>{any_of(sign for sign in _SIGNS if sign not in ('Rs', 'Rs.'))}|{any_of(_CODES)})"
    r"(?![\w$£€])"
)
_OLD_MONEY = re.compile(
    r"(?<![\w.,])(?:£(?P<pounds>\d{1,3}(?:,\d{3}){0,3}) )?(?P<shillings>\d{1,2})s\.?"
    r"(?: (?P<pence>\d{1,2})d\b\.?)?"
)
_CENTS = re.compile(rf"{START}(?P<amount>{AMOUNT}) ?(?P<sign>[¢])(?!\w)")
_PENCE = re.compile(rf"{START}(?P<amount>\d{{1,3}})p(?!\w)")

_UNITS: dict[str, str] = DATA["units"]
_LENGTHS: dict[str, str] = {
    short: _UNITS.get(short, "inch|inches") for short in DATA["units_squared"]["words"]
}
_LENGTH = any_of(_LENGTHS)
_POWERS = {"2": "square", "²": "square", "^2": "square", "3": "cubic", "³": "cubic", "^3": "cubic"}
_UNIT = (
    rf"(?:(?P<area>sq|cu)\.? (?P<length>{_LENGTH}|foot|feet|miles?|inches|yards|met(?:er|re)s)"
    rf"|(?P<base>{_LENGTH})(?P<power>\^?[23]|[²³])"
    rf"|(?P<unit>{any_of(_UNITS)}|in(?=[),;]|\Z| [x×])|(?<=\d)in))(?![\w²³])"
)
_UNIT_PER = (
    rf"(?: ?/ ?(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per_area>sq|cu)\.? (?P<per_length>{_LENGTH})"
    rf"|(?P<per>{any_of({**DATA['per'], **_UNITS})}))(?![\w²³])(?P<per_square>[²³])?)?"
)
_MEASURE = re.compile(
    rf"{START}(?P<minus>{MINUS})"
    rf"(?P<amount>{AMOUNT}|(?:\d{{1,4}}[ -])?\d{{1,3}}[/⁄]\d{{1,3}}|\d{{0,4}}[½¼¾⅓⅔⅛])"
    rf"(?: (?P<large>{any_of(_LARGE)}))?"
    rf"(?P<gap>[ -]?){_UNIT}{_UNIT_PER}"
    r"(?:(?<![%°])(?<!°[CF])(?P<stop>\.(?= [a-z0-9(]|[,;:)])))?"
)
_PER_ONLY = re.compile(
    rf"(?<![\w/])(?P<unit>{any_of(_UNITS)})/(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per>{any_of({**DATA['per'], **_UNITS})}))(?![\w/²³-])"
)
_NUMBER_PER = re.compile(
    rf"{START}(?P<amount>{AMOUNT}) ?/ ?(?:(?P<per_base>{_LENGTH})(?P<per_power>\^?[23]|[²³])"
    rf"|(?P<per_area>sq|cu)\.? (?P<per_length>{_LENGTH})|(?P<per>{any_of(_UNITS)}))(?![\w²³])"
)
_INCHES_A_FOOT = 12
_FEET_INCHES = re.compile(
    rf"{START}(?P<feet>\d{{1,3}})' ?(?P<inches>\d{{1,2}}(?:\.\d)?|\d{{0,2}}[½¼¾])(?:\"|'')?(?!\w)"
)
_PRIME = re.compile(
    rf"{START}(?P<amount>{AMOUNT})(?P<sign>\"|'(?= ?[x×]|-)|(?<=x \d)'|(?<=x \d\d)')(?!\w)"
)
_COORDINATE = re.compile(
    r"(?<![\w.])(?P<degrees>\d{1,3}(?:\.\d{1,8})?)° ?(?:(?P<minutes>\d{1,2}(?:\.\d{1,6})?)' ?)?"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d{1,6})?)\" ?)?(?P<pole>[NSEW])?(?!\w)"
)
_MAGNITUDE_ONLY = re.compile(
    rf"{START}(?P<amount>{AMOUNT})(?P<letter>K|k|M|bn|mn|tn)(?!\w)(?P<of> \w+)?"
)
_SCREENS = frozenset({"run", "race", "tv", "video", "resolution", "display", "monitor", "screen"})
_BY = re.compile(rf"(?:{START}(?P<amount>{AMOUNT})|(?<=['\"a-z]))(?P<sign> ?[x×] ?)(?={AMOUNT})")
_TIMES = re.compile(rf"{START}(?P<amount>{AMOUNT}) ?(?P<sign>[x×])(?!\w)")

_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8",
    "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
_FRACTION_SIGN = re.compile(rf"(?:{START}(?P<whole>\d{{1,6}})[ -]?)?(?P<sign>[{''.join(_VULGAR)}])")
_FRACTION = re.compile(
    r"(?<![\w./,$-])(?:(?P<whole>\d{1,6})[ -])?(?P<above>\d{1,6})(?P<gap> ?)[/⁄]"
    r"(?P=gap)(?P<below>\d{1,6})"
    r"(?:(?i:st|nd|rd|th)s?)?(?P<after> time\b| scale\b)?(?![\w/]|[.,:-]\d)"
)
_RATING = frozenset({"10", "100"})

_POWER = re.compile(
    r"(?<![\w.])(?P<base>\d{1,9}(?:\.\d{1,6})?|[A-Za-z)])"
    r"(?:\^(?P<exponent>\(?[+-]?\w{1,4}\)?)|(?P<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}))(?!\w)"
)
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_COMPARED = re.compile(rf"(?<![\w<>=-])(?P<sign><=|>=|[<>≤≥~≈±∼]) ?(?=[-+$£€¥]?{AMOUNT})")
_OPERAND = re.compile(r"(?:\b[A-Za-z]|\d) \Z")
_MILLIONS = re.compile(rf" (?:{any_of(DATA['grammar']['in_millions'])})\b")
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
_MENU = re.compile(r"[A-Z][a-z]{1,20}")
_MENU_BEFORE = re.compile(r"[A-Z][a-z]{1,20}\Z")
_EQUATION = re.compile(r"[=≠≈≤≥<>÷×]")
_ARROW = re.compile(r"(?<=\w) ?(?:-{1,2}>|=>|—>|→) ?(?=\w)")


def quantity_rules(numbers: Numbers) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    say = _Quantities(numbers)
    pence = [Rule("money", _PENCE, say.read_pence, "p")] if numbers.british else []
    return {
        "old money": [Rule("money", _OLD_MONEY, say.read_old_money, "s")],
        "money": [
            Rule("money", _MONEY_FIRST, say.read_money),
            Rule("money", _MONEY_LAST, say.read_money),
            Rule("money", _CENTS, say.read_cents, "¢"),
            *pence,
        ],
        "measure": [
            Rule("measure", _COORDINATE, say.read_coordinate, "°"),
            Rule("measure", _FEET_INCHES, say.read_feet, "'"),
            Rule("measure", _MEASURE, say.read_measure, DIGITS + "½¼¾⅓⅔⅛"),
            Rule("measure", _NUMBER_PER, say.read_number_per, "/"),
            Rule("measure", _PER_ONLY, say.read_per, "/"),
            Rule("measure", _PRIME, say.read_prime, "\"'"),
            Rule("cardinal", _MAGNITUDE_ONLY, say.read_magnitude, DIGITS),
        ],
        "fraction": [
            Rule("fraction", _FRACTION_SIGN, say.read_vulgar, "".join(_VULGAR)),
            Rule("fraction", _FRACTION, say.read_fraction, "/⁄"),
        ],
        "math": [
            Rule("math", _ARROW, lambda _: " to ", "→>"),
            Rule("math", _POWER, say.read_power, "^⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"),
            Rule("math", _SCIENTIFIC, say.read_scientific, "eE"),
            Rule("math", _COMPARED, _read_compared, "<>≤≥~≈±∼"),
            Rule("math", _BY, say.read_by, "x×"),
            Rule("math", _TIMES, say.read_times, "x×"),
            Rule("math", _OPERATOR, _read_operator),
        ],
    }  # fmt: skip


class _Quantities:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_money(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        one, many, part, parts = _MONEY[match["sign"]]
        magnitude = groups["large"] or _MAGNITUDES.get(groups.get("letter") or "", "")
        minus = "minus " if match["minus"] or groups.get("minus2") else ""
        second = groups.get("second")
        per = groups.get("per")
        behind = f" per {_find_unit(per)[0]}" if per else ""
        is_singular = _stands_before_noun(match)
        if second or magnitude:
            amounts = [match["amount"], *([second] if second else [])]
            joined = " to ".join(map(self._numbers.number, amounts))
            name = one if is_singular else many
            return f"{minus}{joined} {magnitude} {name}{behind}".replace("  ", " ")
        whole, _, decimals = match["amount"].replace(",", "").partition(".")
        decimals = "" if not decimals.strip("0") else decimals
        if len(decimals) > len("99") and decimals[2:].strip("0"):
            return f"{minus}{self._numbers.number(match['amount'].rstrip('0'))} {many}{behind}"
        cents = int(decimals[:2].ljust(2, "0")) if decimals and part else 0
        said = []
        if int(whole or 0) or not cents:
            name = one if int(whole or 0) == 1 or (is_singular and not cents) else many
            said.append(f"{self._numbers.cardinal(whole or '0')} {name}")
        if cents:
            said.append(f"{self._numbers.cardinal(str(cents))} {part if cents == 1 else parts}")
        return f"{minus}{' and '.join(said)}{behind}"

    def read_old_money(self, match: re.Match[str]) -> Said:
        if not match["pounds"] and not match["pence"]:
            return None
        said = []
        for group, one, many in (
            ("pounds", "pound", "pounds"),
            ("shillings", "shilling", "shillings"),
            ("pence", "penny", "pence"),
        ):
            if match[group]:
                name = one if match[group] == "1" else many
                said.append(f"{self._numbers.cardinal(match[group])} {name}")
        return " ".join(said) + "." * (match.group().endswith(".") and may_end_sentence(match))

    def read_cents(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.number(match['amount'])} cent{'s' * (match['amount'] != '1')}"

    def read_pence(self, match: re.Match[str]) -> Said:
        name = "penny" if match["amount"] == "1" else "pence"
        return f"{self._numbers.number(match['amount'])} {name}"

    def read_measure(self, match: re.Match[str]) -> Said:
        written = match["amount"]
        unit, rest = match["unit"], match["base"] or match["length"]
        if unit in {"W", "V"} and _is_doubtful(match):
            return None
        amount = f"{self.say_amount(written)} {match['large'] or ''}".strip()
        if unit == "m" and not match["gap"] and _MILLIONS.match(match.string, match.end()):
            return f"{amount} million"
        one, many = _find_unit(unit or _base_of(rest))
        if rest:
            power = (
                {"sq": "square", "cu": "cubic"}[match["area"]]
                if match["area"]
                else _POWERS[match["power"]]
            )
            one, many = f"{power} {one}", f"{power} {many}"
        is_one = (
            written.lstrip("0") == "1"
            or ("/" in written and not re.search("[ -]", written))
            or (len(written) == 1 and not written.isdigit())
        )
        if is_one and ("/" in written or not written[0].isdigit()):
            one = f"{'of an' if one[0] in 'aeiou' else 'of a'} {one}"
            if written in {"1/2", "½"}:
                amount, one = "half", one.removeprefix("of ")
        name = one if is_one or match["gap"] == "-" or _stands_before_noun(match) else many
        if match["gap"] == "-" and not _stands_before_noun(match):
            name = many if not is_one else one
        minus = "minus " if match["minus"] else ""
        return f"{minus}{amount} {name}{self._say_per(match)}"

    def say_amount(self, written: str) -> str:
        """Say a number, a fraction or both."""
        sign = _VULGAR.get(written[-1])
        if sign:
            written = f"{written[:-1].strip()} {sign}".strip()
        written = written.replace("⁄", "/")
        if "/" not in written:
            return self._numbers.number(written)
        whole, _, fraction = written.replace("-", " ").rpartition(" ")
        return self._say_mixed(whole, *fraction.split("/"))

    def _say_mixed(self, whole: str, above: str, below: str) -> str:
        said = self._numbers.fraction(above, below)
        if not whole:
            return said
        if above == "1":
            said = said.replace("one ", "a ", 1)
        return f"{self._numbers.cardinal(whole)} and {said}"

    def _say_per(self, match: re.Match[str]) -> str:
        groups = match.groupdict()
        base = groups.get("per_base") or groups.get("per_length")
        if base:
            area = groups.get("per_area")
            power = {"sq": "square", "cu": "cubic"}[area] if area else _POWERS[match["per_power"]]
            return f" per {power} {_find_unit(_base_of(base))[0]}"
        per = groups.get("per")
        if not per:
            return ""
        squared = {"²": " squared", "³": " cubed"}.get(groups.get("per_square") or "", "")
        return f" per {_find_unit(per)[0]}{squared}"

    def read_per(self, match: re.Match[str]) -> Said:
        return f"{_find_unit(match['unit'])[1]}{self._say_per(match)}"

    def read_number_per(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.number(match['amount'])}{self._say_per(match)}"

    def read_feet(self, match: re.Match[str]) -> Said:
        feet = self._numbers.cardinal(match["feet"])
        if match["inches"].isdecimal() and int(match["inches"]) >= _INCHES_A_FOOT:
            return f"{feet} minutes {self._numbers.cardinal(match['inches'])} seconds"
        return f"{feet} foot {self.say_amount(match['inches'])}"

    def read_prime(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if sign == '"' and match.string.count('"', max(0, match.start() - 200), match.start()) % 2:
            return None
        one, many = ("inch", "inches") if sign == '"' else ("foot", "feet")
        is_one = match["amount"] == "1" or _stands_before_noun(match)
        return f"{self._numbers.number(match['amount'])} {one if is_one else many}"

    def read_coordinate(self, match: re.Match[str]) -> Said:
        if not match["minutes"] and not match["pole"]:
            return None
        said = [f"{self._numbers.number(match['degrees'])} degrees"]
        if match["minutes"]:
            said.append(f"{self._numbers.number(match['minutes'].lstrip('0') or '0')} minutes")
        if match["seconds"]:
            said.append(f"{self._numbers.number(match['seconds'].lstrip('0') or '0')} seconds")
        if match["pole"]:
            said.append(str(DATA["compass"][match["pole"]]).lower())
        return " ".join(said)

    def read_magnitude(self, match: re.Match[str]) -> Said:
        letter, of = match["letter"], (match["of"] or "").strip().lower()
        amount, end = match["amount"], match.start("of") if match["of"] else match.end()
        is_name = letter in "Kk" and (of in _SCREENS or amount in {"2", "4", "5", "8"})
        word = letter.upper() if is_name else _MAGNITUDES[letter]
        return [Replacement(match.start(), end, f"{self._numbers.number(amount)} {word}")]

    def read_scientific(self, match: re.Match[str]) -> Said:
        exponent = match["exponent"].lstrip("+")
        raised = (
            f"minus {self._numbers.cardinal(exponent[1:])}"
            if exponent.startswith("-")
            else self._numbers.ordinal(exponent)
        )
        return f"{self._numbers.number(match['amount'])} times ten to the {raised}"

    def read_by(self, match: re.Match[str]) -> Said:
        sign = match["sign"]
        if match["amount"] == "0" or not (match["amount"] or sign.startswith(" ")):
            return None
        by = " times " if "×" in sign and "=" in look_ahead(match, 40) else " by "
        said = [Replacement(*match.span("sign"), by)]
        if match["amount"]:
            said.insert(
                0, Replacement(*match.span("amount"), self._numbers.number(match["amount"]))
            )
        return said

    def read_times(self, match: re.Match[str]) -> Said:
        return f"{self._numbers.number(match['amount'])} times"

    def read_vulgar(self, match: re.Match[str]) -> Said:
        return self._say_mixed(match["whole"] or "", *_VULGAR[match["sign"]].split("/"))

    def read_fraction(self, match: re.Match[str]) -> Said:
        above, below, whole = match["above"], match["below"], match["whole"] or ""
        end = match.start("after") if match["after"] else match.end()
        if (
            is_code(above)
            or is_code(below)
            or (match["gap"] and "=" in look_behind(match) + look_ahead(match, 40))
        ):
            return None
        if match["after"]:
            said = f"{self._numbers.cardinal(above)} {self._numbers.cardinal(below)}"
        elif below in _RATING and not whole and int(above) <= int(below) and int(above) > 1:
            said = f"{self._numbers.cardinal(above)} out of {self._numbers.cardinal(below)}"
        else:
            said = self._say_mixed(whole, above, below)
        return [Replacement(match.start(), end, said)]

    def read_power(self, match: re.Match[str]) -> Said:
        base = match["base"]
        exponent = (match["exponent"] or match["raised"].translate(_RAISED)).strip("()+")
        if match["raised"] and len(base) > len("9999"):
            return None
        said = self._numbers.number(base) if base[0].isdigit() else base if base != ")" else ""
        if exponent in {"2", "3"}:
            behind = {"2": "squared", "3": "cubed"}[exponent]
        elif exponent.isdecimal():
            behind = f"to the {self._numbers.ordinal(exponent)}"
        elif exponent[1:].isdecimal() and exponent[0] == "-":
            behind = f"to the minus {self._numbers.cardinal(exponent[1:])}"
        else:
            behind = f"to the {exponent}"
        if base == ")":
            return [Replacement(match.start() + 1, match.end(), f" {behind}")]
        return f"{said} {behind}"


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
    return f" {_OPERATIONS[sign]} "


def _find_unit(short: str) -> tuple[str, str]:
    """Return the unit's name for one and for many."""
    name = _UNITS.get(short) or _LENGTHS.get(short) or DATA["per"].get(short) or short
    one, _, many = name.partition("|")
    return one, many or f"{one}s"


def _base_of(short: str) -> str:
    return {
        "in": "in.",
        "foot": "ft",
        "feet": "ft",
        "miles": "mi",
        "mile": "mi",
        "inches": "in.",
        "yards": "yd",
        "meters": "m",
    }.get(short, short)


_BEFORE = re.compile(r"(\w{1,30}|×) ?[-—]?\Z")
_AFTER = re.compile(r"[ -]([a-z]{2,30})")


def _stands_before_noun(match: re.Match[str]) -> bool:
    """Say whether the quantity describes what follows, as in a $20 bill."""
    line = match.string
    before = _BEFORE.search(look_behind(match, 12))
    after = _AFTER.match(line, match.end())
    return bool(
        before
        and after
        and before[1].lower() in {*ARTICLES, "x", "×"}
        and after[1] not in FUNCTION_WORDS
    )


def _is_doubtful(match: re.Match[str]) -> bool:
    """Say whether a short unit may be something else, as in 5 in. or 3 s."""
    return bool(
        match["unit"] in {"W", "V"}
        and match["gap"] == " "
        and "." not in match["amount"]
        and len(match["amount"]) == 1
    )
