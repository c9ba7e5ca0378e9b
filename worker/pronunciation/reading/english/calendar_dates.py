"""Dates, as English says them: in figures, in words, from one to another."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    FUNCTION_WORDS,
    MONTH_NAMES,
    MONTHS,
    ends_sentence,
    is_last,
    leave_stop,
    look_behind,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
)
from worker.pronunciation.reading.english.years import say_year
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_DAYS: dict[str, str] = DATA["weekdays"]
_LONG = any_of(MONTH_NAMES)
_SHORT = any_of(MONTHS)
_SHORT_DAY = any_of(short.capitalize() for short in _DAYS)
_SHORT_MONTH = any_of(short.capitalize() for short in MONTHS)
# A short form with its stop, or a name of a month; in any case of letters.
_MONTH = rf"(?:(?P<long>(?i:{_LONG}))|(?P<short>(?i:{_SHORT}))\b\.?)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?P<suffix>(?i:st|nd|rd|th))?(?!\d|[.:]\d)"
_DAY2 = r"(?P<day2>0?[1-9]|[12]\d|3[01])(?:(?i:st|nd|rd|th))?"
_YEAR = r"(?P<year>[1-9]\d{2,3}|'\d\d)(?![\d\w]|[,.:]\d|-\d{1,2}-)"
_ISO = re.compile(
    r"(?<![\w.,/-])(?P<year>1\d{3}|20\d\d)(?P<mark>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
    r"(?P<day>0?[1-9]|[12]\d|3[01])(?:T(?=\d\d:)|(?![\d/-]|\.\d))"
)
_FIGURES = re.compile(
    r"(?<![\w.,/-])(?P<first>0?[1-9]|[12]\d|3[01])(?P<mark>[-/.])(?P<second>0?[1-9]|[12]\d|3[01])(?P=mark)"
    r"(?P<year>1\d{3}|20\d\d|\d\d)(?![\w/-]|\.\d)"
)
_SHORT_FIGURES = re.compile(
    r"(?P<before>\b(?i:on|by|since|until|till|from|before|after|dated|due|[a-z]{3,6}day"
    rf"|{any_of(_DAYS)}),? \(?)(?P<first>0?[1-9]|1\d|2\d|3[01])/"
    r"(?P<second>0?[1-9]|[12]\d|3[01])(?![\w/]|[.,]\d| of\b| cup| inch)"
)
_WITH_DASHES = re.compile(
    rf"(?<![\w.])(?:(?P<day>\d{{1,2}})-(?P<short>(?i:{_SHORT}))|(?P<short2>(?i:{_SHORT}))-(?P<day2>\d{{1,2}}))-(?P<year>\d{{4}}|\d\d)(?![\w-])"
)
_MONTH_DAY = re.compile(
    rf"\b{_MONTH} (?P<the>the )?{_DAY}(?:(?P<dash> ?[-—] ?){_DAY2}(?![\d\w-]))?"
    rf"(?!-\d|[\w%°]|,\d{{3}}| ?[ap]\.?m\b)(?:(?P<comma>,? (?:of )?){_YEAR})?"
)
_DAY_MONTH = re.compile(
    rf"(?<![\w.,/$£€-])(?P<the>(?i:the) )?"
    rf"(?:{_DAY2}(?P<dash> ?(?:[-—/]|and|to|or|&) ?))?{_DAY}(?P<of> (?:of )?)"
    rf"{_MONTH}(?![\w])(?:(?P<comma>,? ){_YEAR})?"
)
_D = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_AND = r"(?:, ?|,? (?:and|or|&) )"
# The days before the last two, as in 12, 14 and 16 March, and as in 18/19 and 26 February.
_DAY_LIST = re.compile(
    rf"(?<![\w.,/$£€-])(?P<days>{_D}(?:(?:{_AND}| ?[-—/] ?){_D}){{0,5}}?{_AND})"
    rf"(?={_D}(?: ?(?:[-—/]|and|or|&) ?{_D})? (?:of )?(?:{_LONG}|{_SHORT_MONTH})\b)"
)
_DAY_IN_LIST = re.compile(r"(?P<dash> ?[-—/] ?)?(?P<day>\d{1,2})(?:st|nd|rd|th)?")
_MONTH_YEAR = re.compile(rf"\b{_MONTH}(?P<comma>,? (?:of )?){_YEAR}")
_MONTH_ALONE = re.compile(
    rf"\b(?P<short>{any_of(s.capitalize() for s in MONTHS if s != 'may')})\.(?![a-z\d])"
)
_SPANNED = f"{_LONG}|{any_of(set(_DAYS.values()))}|{_SHORT_DAY}|{_SHORT_MONTH}"
_SPAN = re.compile(rf"\b(?P<first>{_SPANNED})\.?[-—](?P<last>{_SPANNED})\b\.?")
_WEEKDAY = re.compile(
    rf"\b(?P<short>{_SHORT_DAY})(?P<stop>\.)(?![a-z\d])"
    rf"|\b(?P<plain>{_SHORT_DAY})(?=,? (?:\d{{1,2}}|{_SHORT_MONTH}|{_LONG})\b"
    rf"| ?[-—] ?(?:{_SHORT_DAY})\b)"
    rf"|(?<=[-—])(?P<last>{_SHORT_DAY})\b\.?"
)
_QUARTER = re.compile(r"\b(?:(?P<q>[1-4])Q|Q(?P<q2>[1-4]))(?:[ -]?'?(?P<year>20\d\d|\d\d))?(?!\w)")
_COUNTED = re.compile(r" ([a-z]{2,30})\b")
_WORDS = frozenset({"Sat", "Sun", "Wed"})
_ON = re.compile(r"(?:\b(?:on|and|or|until|till|by|from|since|next|last|every),? |[(,—-] ?)\Z")


def date_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for dates."""
    say = _Dates(numbers)
    return [
        Rule("date", _SPAN, _read_span, "-—"),
        Rule("date", _ISO, say.read_iso, DIGITS),
        Rule("date", _FIGURES, say.read_figures, DIGITS),
        Rule("date", _SHORT_FIGURES, say.read_short_figures, "/"),
        Rule("date", _WITH_DASHES, say.read_with_dashes, "-"),
        Rule("date", _DAY_MONTH, say.read_day_month, DIGITS),
        Rule("date", _DAY_LIST, say.read_day_list, DIGITS),
        Rule("date", _MONTH_DAY, say.read_month_day, DIGITS),
        Rule("date", _MONTH_YEAR, say.read_month_year, DIGITS),
        Rule("date", _MONTH_ALONE, _read_short_name, "."),
        Rule("date", _WEEKDAY, _read_weekday),
        Rule("date", _QUARTER, say.read_quarter, "Q"),
    ]


class _Dates:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_iso(self, match: re.Match[str]) -> Said:
        return self._say_date(match["day"], int(match["month"]), match["year"])

    def read_figures(self, match: re.Match[str]) -> Said:
        first, second = int(match["first"]), int(match["second"])
        day_first = first > len(MONTH_NAMES) or (
            self._numbers.british and second <= len(MONTH_NAMES)
        )
        day, month = (first, second) if day_first else (second, first)
        if month > len(MONTH_NAMES) or (len(match["year"]) == len("99") and match["mark"] == "."):
            return None
        return self._say_date(str(day), month, match["year"])

    def read_short_figures(self, match: re.Match[str]) -> Said:
        first, second = int(match["first"]), int(match["second"])
        day_first = first > len(MONTH_NAMES) or (
            self._numbers.british and second <= len(MONTH_NAMES)
        )
        day, month = (first, second) if day_first else (second, first)
        if month > len(MONTH_NAMES):
            return None
        start = match.end("before")
        said = [Replacement(start, match.end(), self._say_date(str(day), month, ""))]
        before = match["before"].split(" ")[0].rstrip(",.")
        if name := _DAYS.get(before.lower()):
            said.insert(0, Replacement(match.start(), match.start() + len(before), name))
        return said

    def read_with_dashes(self, match: re.Match[str]) -> Said:
        short = (match["short"] or match["short2"]).lower()
        month = MONTH_NAMES.index(MONTHS[short]) + 1
        return self._say_date(match["day"] or match["day2"], month, match["year"])

    def _say_date(self, day: str, month: int, year: str) -> str:
        name = MONTH_NAMES[month - 1]
        said = self._numbers.ordinal(day)
        date = f"the {said} of {name}" if self._numbers.british else f"{name} {said}"
        return f"{date} {say_year(self._numbers, year)}".strip()

    def read_month_day(self, match: re.Match[str]) -> Said:
        is_verb = match["short"] == "may" or match["long"] in {"march", "may"}
        if is_verb and not match["year"] and look_behind(match, 1):
            return None
        if not match["year"] and not match["suffix"] and not match["day2"] and _is_count(match):
            return [*self._name_month(match)]
        parts = self._name_month(match)
        day = self._numbers.ordinal(match["day"])
        if self._numbers.british and not match["the"]:
            day = f"the {day}"
        parts.append(Replacement(match.start("day"), _end(match, "suffix", "day"), day))
        if match["day2"]:
            parts.append(Replacement(match.start("dash"), match.end("dash"), " to "))
            end = match.end() if not match["year"] else match.start("comma")
            last = self._numbers.ordinal(match["day2"])
            parts.append(Replacement(match.start("day2"), end, last))
        return self._with_year(parts, match)

    def read_day_list(self, match: re.Match[str]) -> Said:
        return [
            Replacement(
                day.start(),
                day.end(),
                f"{' to ' if day['dash'] else ''}the {self._numbers.ordinal(day['day'])}",
            )
            for day in _DAY_IN_LIST.finditer(match.string, *match.span("days"))
        ]

    def read_day_month(self, match: re.Match[str]) -> Said:
        is_verb = (match["short"] or match["long"]) in {"may", "march"}
        if is_verb and match["of"] == " " and not match["suffix"] and not match["year"]:
            return None
        parts = []
        the = "" if match["the"] else "the "
        if match["day2"]:
            first = self._numbers.ordinal(match["day2"])
            parts.append(Replacement(match.start("day2"), match.start("dash"), the + first))
            dash = match["dash"].strip()
            joint = {"and": "and the", "&": "and the", "or": "or the"}.get(dash, "to the")
            parts.append(Replacement(match.start("dash"), match.end("dash"), f" {joint} "))
            the = ""
        day = the + self._numbers.ordinal(match["day"])
        parts.append(Replacement(match.start("day"), _end(match, "suffix", "day"), day))
        if match["of"] == " ":
            parts.append(Replacement(match.start("of"), match.end("of"), " of "))
        return self._with_year(parts + self._name_month(match), match)

    def read_month_year(self, match: re.Match[str]) -> Said:
        if not match["year"].startswith("'") and len(match["year"]) < len("1000"):
            return None
        if match["short"] == "may" or match["long"] in {"may", "march"}:
            return None
        return self._with_year(self._name_month(match), match)

    def _with_year(self, parts: list[Replacement], match: re.Match[str]) -> list[Replacement]:
        if match["year"]:
            year = say_year(self._numbers, match["year"])
            parts.append(Replacement(match.start("year"), match.end("year"), year))
        return parts

    @staticmethod
    def _name_month(match: re.Match[str]) -> list[Replacement]:
        if not match["short"]:
            return []
        start, end = match.span("short")
        end += match.string[end : end + 1] == "."
        return [Replacement(start, end, MONTHS[match["short"].lower()])]

    def read_quarter(self, match: re.Match[str]) -> Said:
        quarter = self._numbers.ordinal(match["q"] or match["q2"])
        if match["q2"]:
            said = f"Q {self._numbers.cardinal(match['q2'])}"
            return f"{said} {say_year(self._numbers, match['year'] or '')}".strip()
        year = say_year(self._numbers, match["year"] or "")
        return f"the {quarter} quarter of {year}" if year else f"the {quarter} quarter"


def _read_short_name(match: re.Match[str]) -> Said:
    return leave_stop(match, MONTHS[match["short"].lower()], ends=ends_sentence(match))


def _read_span(match: re.Match[str]) -> Said:
    names = _DAYS | MONTHS
    first, last = (names.get(match[one].lower(), match[one]) for one in ("first", "last"))
    return leave_stop(match, f"{first} to {last}", ends=ends_sentence(match))


def _read_weekday(match: re.Match[str]) -> Said:
    short = match["short"] or match["plain"] or match["last"]
    if match["stop"] and short in _WORDS and is_last(match) and not _ON.search(look_behind(match)):
        return None
    return leave_stop(match, _DAYS[short.lower()], ends=ends_sentence(match))


def _is_count(match: re.Match[str]) -> bool:
    """Say whether the figure behind a month counts something, as: In May 7 ships sailed."""
    if not look_behind(match).lower().endswith(("in ", "during ")):
        return False
    counted = _COUNTED.match(match.string, match.end())
    return counted is not None and counted[1] not in FUNCTION_WORDS


def _end(match: re.Match[str], *groups: str) -> int:
    return next(match.end(group) for group in groups if match[group])
