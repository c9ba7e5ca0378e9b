"""The table of English reading rules, American and British."""

import re
from collections.abc import Callable
from functools import lru_cache

from worker.pronunciation.reading.english.addresses import house_rules, street_rules
from worker.pronunciation.reading.english.calendar_dates import date_rules
from worker.pronunciation.reading.english.capitals import capital_rules
from worker.pronunciation.reading.english.clock_times import time_rules
from worker.pronunciation.reading.english.codes import (
    code_rules,
    identifier_rules,
    telephone_rules,
    version_rules,
)
from worker.pronunciation.reading.english.electronic import electronic_rules
from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    MAGNITUDES,
    UNITS,
    look_ahead,
    look_behind,
)
from worker.pronunciation.reading.english.english_numbers import (
    AMOUNT,
    END,
    MINUS,
    START,
    WHOLE,
    Numbers,
    say_digits,
    say_plural,
)
from worker.pronunciation.reading.english.noises import noise_rules
from worker.pronunciation.reading.english.quantities.arithmetic import arithmetic_rules
from worker.pronunciation.reading.english.quantities.dimensions import (
    coordinate_rules,
    dimension_rules,
)
from worker.pronunciation.reading.english.quantities.fractions import fraction_rules
from worker.pronunciation.reading.english.quantities.measures import measure_rules
from worker.pronunciation.reading.english.quantities.money import money_rules
from worker.pronunciation.reading.english.roman_figures import roman_rules
from worker.pronunciation.reading.english.short_forms import (
    phrase_rules,
    short_form_rules,
    title_rules,
)
from worker.pronunciation.reading.english.years import decade_rules, year_rules
from worker.pronunciation.reading.rules import Rule, RuleTable, Said
from worker.pronunciation.reading.word_tables import any_of

_ORDINAL = re.compile(rf"{START}(?P<figures>{WHOLE})(?i:st|nd|rd|th)(?!\w)")
# Wheels of several locomotives, as in 2-8-0s.
_HYPHENED_PLURAL = re.compile(r"(?<=\d-\d-)(?P<figures>\d{1,2})s(?!\w)")
_NUMBER = re.compile(rf"{START}{MINUS}{AMOUNT}{END}")
_LONG = re.compile(r"(?<![\w.])\d{16,}(?!\w)")
_MONTH = any_of([*map(str.capitalize, DATA["months"]), *DATA["months"].values()])
_DASH = re.compile(
    r"(?<=[\d%°¢a-zA-Z½¼¾'\"])(?P<dash> - |-|—| — )(?=[$£€¥]?\d)"
    rf"|(?<=\d) ?[-—] ?(?=(?:{_MONTH}|present|today|now)\b)"
    r"|(?<=[ap]\.m\.)(?P<dash2> ?[-—] ?)(?=\d)"
)
# Between initialisms and between measures nobody says it, as in AC/DC, and in 5 m/16 ft.
_SILENT_SLASH = re.compile(
    r"(?<=[A-Z]{2})/(?=[A-Z]{2}|\d)|(?<=\d [a-z]{2})/(?=\d)|(?<=\d [a-z])/(?=\d)"
)
_TILDE = re.compile(r"(?<=\d)~(?=\d)")
_SLASH = re.compile(r"(?<=\w) ?/ ?(?=\w)")
_UNIT_BEFORE = re.compile(
    rf"(?:\d ?(?:{any_of(UNITS)}|[AaPp]\.?[Mm]|[AaPp]\.[Mm]\.)"
    rf"|\d(?:{any_of(MAGNITUDES)}|st|nd|rd|th|s))\Z"
)
_SECTIONS = re.compile(r"§§ ?(?=\w)")
_UNDERSCORE = re.compile(r"(?<=\w)_(?=\w)")
_SIGNS: dict[str, str] = DATA["signs"]
_SIGN = re.compile(f"(?P<row>[=+*])(?P=row){{2,}}|&&|[{re.escape(''.join(_SIGNS))}]")


def load_english_rules(*, british: bool, is_word: Callable[[str], bool]) -> RuleTable:
    """Return the rules of American or British English; `is_word` asks the lexicon."""
    numbers = Numbers(british)
    asks = lru_cache(maxsize=8192)(is_word)

    def read_plural(match: re.Match[str]) -> Said:
        return say_plural(numbers.cardinal(match["figures"]))

    return RuleTable(
        (
            *electronic_rules(numbers),
            *phrase_rules(),
            *date_rules(numbers),
            *telephone_rules(),
            *house_rules(numbers),
            *coordinate_rules(numbers),
            Rule("cardinal", _HYPHENED_PLURAL, read_plural, "-"),
            *code_rules(numbers),
            *time_rules(numbers),
            *money_rules(numbers),
            *decade_rules(numbers),
            *version_rules(numbers),
            *dimension_rules(numbers),
            *measure_rules(numbers),
            *fraction_rules(numbers),
            *arithmetic_rules(numbers),
            *title_rules(),
            *street_rules(),
            *short_form_rules(numbers),
            *roman_rules(numbers),
            *year_rules(numbers),
            Rule("ordinal", _ORDINAL, lambda match: numbers.ordinal(match["figures"]), DIGITS),
            Rule("cardinal", _NUMBER, lambda match: numbers.number(match.group()), DIGITS),
            Rule("cardinal", _LONG, lambda match: say_digits(match.group(), zero="zero"), DIGITS),
            *identifier_rules(numbers),
            Rule("range", _DASH, _read_dash, "-—"),
            *noise_rules(numbers, asks),
            *capital_rules(asks),
            Rule("range", _TILDE, lambda _: " to ", "~"),
            Rule("sign", _SILENT_SLASH, _read_silent_slash, "/"),
            Rule("sign", _SLASH, lambda _: " slash ", "/"),
            Rule("sign", _SECTIONS, lambda _: "sections ", "§"),
            Rule("sign", _UNDERSCORE, lambda _: " ", "_"),
            Rule("sign", _SIGN, _read_sign, "".join(_SIGNS)),
        ),
        signs="<>~#^",
    )


def _read_dash(match: re.Match[str]) -> Said:
    """Say the dash of a range; after a word it is a plain dash."""
    if not match["dash"]:
        return " to "
    dash = match["dash"]
    before = look_behind(match, 12)
    if dash.strip() == "—" and len(dash) > 1 and before[-1].isalpha():
        return None
    # After a word only where that belongs to a figure, as in 4 pm-6 pm and 5 kg-10 kg.
    if before[-1].isalpha() and not _UNIT_BEFORE.search(before):
        return None
    if dash in {"-", "—"} and (
        re.search(r"\d[-—]\d{1,2}\Z", before) or re.match(r"\d{1,2}[-—]\d", look_ahead(match))
    ):
        return " "  # a row of figures, as in 1-2-3
    first = re.search(r"(\d{1,9})\Z", before)
    second = re.match(r"\d{1,9}", look_ahead(match))
    if first and second and int(first[1]) > int(second[0]) and second[0].endswith("00"):
        return " "
    return " to "


def _read_silent_slash(match: re.Match[str]) -> Said:
    return ", " if match.string[match.start() - 1].islower() else " "


def _read_sign(match: re.Match[str]) -> Said:
    if match["row"]:
        return " "  # a line drawn, as under a heading
    sign, line = match.group().removeprefix("&") or "&", match.string
    before, after = line[match.start() - 1 : match.start()], line[match.end() : match.end() + 1]
    if sign in "<>#" and not (sign == "#" and before.isalnum() and after.isalnum()):
        return f" {_SIGNS[sign]} " if sign != "#" and before == after == " " else None
    if sign in "$£€¥₹" and match.start() and before.isalnum() and after.isalnum():
        return f" {_SIGNS[sign]} "
    return f" {_SIGNS[sign]} " if before.isalnum() or after.isalnum() else _SIGNS[sign]
