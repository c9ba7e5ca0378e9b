"""Dates, years and times, as English says them."""

from __future__ import annotations

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    FUNCTION_WORDS,
    is_last,
    look_behind,
    may_end_sentence,
)
from worker.pronunciation.reading.english.english_numbers import Numbers, say_digits, say_plural
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

DIGITS = "0123456789"
_MONTHS: dict[str, str] = DATA["months"]
_NAMES = tuple(dict.fromkeys(_MONTHS.values()))
_DAYS: dict[str, str] = DATA["weekdays"]
_LONG = any_of(_NAMES)
_SHORT = any_of(_MONTHS)
_SHORT_DAY = any_of(short.capitalize() for short in _DAYS)
_SHORT_MONTH = any_of(short.capitalize() for short in _MONTHS)
# A short form with its stop, or a name of a month; in any case of letters.
_MONTH = rf"(?:(?P<long>(?i:{_LONG}))|(?P<short>(?i:{_SHORT}))\b\.?)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?P<suffix>(?i:st|nd|rd|th))?(?!\d|[.:]\d)"
_DAY2 = r"(?P<day2>0?[1-9]|[12]\d|3[01])(?:(?i:st|nd|rd|th))?"
_YEAR = r"(?P<year>[1-9]\d{2,3}|'\d\d)(?![\d\w]|[,.:]\d|-\d{1,2}-)"

_ISO = re.compile(
    r"(?<![\w.,/-])(?P<year>1\d{3}|20\d\d)(?P<mark>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
    r"(?P<day>0?[1-9]|[12]\d|3[01])(?:T(?=\d\d:))?(?![\d/-]|\.\d)"
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
    rf"(?:{_DAY2}(?P<dash> ?(?:[-—]|and|to|or|&) ?))?{_DAY}(?P<of> (?:of )?)"
    rf"{_MONTH}(?![\w])(?:(?P<comma>,? ){_YEAR})?"
)
_MONTH_YEAR = re.compile(rf"\b{_MONTH}(?P<comma>,? (?:of )?){_YEAR}")
_MONTH_ALONE = re.compile(
    rf"\b(?P<short>{any_of(s.capitalize() for s in _MONTHS if s != 'may')})\.(?![a-z\d])"
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

_ERA = r"(?: ?(?P<era>B\.?C\.?E\.?|B\.?C\.?|C\.?E\.?|A\.?D\.?)(?!\w))"
_YEAR_ERA = re.compile(
    rf"(?<![\w.,])(?:(?P<first>\d{{1,4}})(?P<dash>[-—]))?(?P<year>\d{{1,4}}|\d{{1,3}},\d{{3}}){_ERA}"
)
_ERA_YEAR = re.compile(r"\b(?P<era>A\.?D\.?) (?P<year>\d{1,4})(?!\w|[.,]\d)")
_YEARS = re.compile(
    r"(?<![\w.,/$£€-])(?P<first>1[1-9]\d\d|20\d\d)(?P<dash> ?[-—/] ?)"
    r"(?P<last>1[1-9]\d\d|20\d\d|\d\d)(?![\w%°]|[.,:/-]\d)"
)
_DECADE = re.compile(r"(?<![\w.])(?P<figures>'?\d0|1\d\d0|20\d0|\d{2,3}00)'?s(?!\w)")
_PLURAL = re.compile(r"(?<![\w.-])(?P<figures>\d{1,4})'?s(?!\w)")
_SHORT_YEAR = re.compile(r"(?<![\w'])'(?P<year>\d\d)(?![\w'])")
_FOUR = re.compile(
    r"(?<![\w.,$£€¥])(?<!\d-)(?P<year>1\d{3}|20\d\d)"
    r"(?!\w|[,.:]\d|-\d{3}| ?[%°×$£€])(?:(?=[ -](?P<next>[a-z]{1,40}))|)"
)
_WORD_BEFORE = re.compile(r"([A-Za-z]+)[,.]? \(?\Z")

_HALF_DAY = r"(?P<half>[AaPp])(?:\.\s?[Mm]\.?|[Mm]\b\.?)(?!\w)"
_ZONE = rf"(?: ?\(?(?P<zone>(?i:{any_of(DATA['zones']['words'])}|[ecmp]\.[sd]\.t))\b\.?)?"
_CLOCK = re.compile(
    r"(?<![\w.:])(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?"
    rf"(?P<parts>\.\d{{1,6}})?(?![\d:]|,\d{{3}})(?: ?{_HALF_DAY}{_ZONE})?"
)
_CLOCK_POINT = re.compile(
    rf"(?<![\w.:])(?P<hours>\d{{1,2}})\.(?P<minutes>[0-5]\d) ?{_HALF_DAY}{_ZONE}"
)
_HOUR = re.compile(rf"(?<![\w.:,$£€/])(?P<hours>1[0-2]|0?[1-9]) ?{_HALF_DAY}{_ZONE}")
_HOURS_RANGE = re.compile(
    r"(?<![\w.:,$£€/-])(?P<first>1[0-2]|0?[1-9])(?P<dash> ?[-—] ?)"
    r"(?=(?:1[0-2]|0?[1-9])(?::[0-5]\d)? ?[AaPp]\.?[Mm])"
)
_MILITARY = re.compile(
    r"(?<![\w.,$£€-])(?P<hours>[01]\d|2[0-4])(?P<minutes>[0-5]\d) (?:hours|hrs\b\.?)"
)
_ZONED = re.compile(r"(?<=\d\d) (?P<zone>GMT|UTC|BST|CET|CEST|EST|EDT|CST|PST|PDT)\b")
_RATIO = re.compile(
    r"(?<![\w.:])(?P<first>\d{1,4}(?:\.\d{1,3})?):(?P<second>\d{1,3}(?:,\d{3}){1,2}|\d{1,4})(?::(?P<third>\d{1,4}))?(?![\w:]|\.\d)"
)


def date_rules(numbers: Numbers) -> dict[str, list[Rule]]:
    """Return the rules by the place that they take in the table."""
    say = _Dates(numbers)
    return {
        "date": [
            Rule("date", _SPAN, _read_span, "-—"),
            Rule("date", _ISO, say.read_iso, DIGITS),
            Rule("date", _FIGURES, say.read_figures, DIGITS),
            Rule("date", _SHORT_FIGURES, say.read_short_figures, "/"),
            Rule("date", _WITH_DASHES, say.read_with_dashes, "-"),
            Rule("date", _DAY_MONTH, say.read_day_month, DIGITS),
            Rule("date", _MONTH_DAY, say.read_month_day, DIGITS),
            Rule("date", _MONTH_YEAR, say.read_month_year, DIGITS),
            Rule("date", _MONTH_ALONE, _read_short_name, "."),
            Rule("date", _WEEKDAY, _read_weekday),
            Rule("date", _QUARTER, say.read_quarter, "Q"),
        ],
        "time": [
            Rule("time", _CLOCK, say.read_clock, ":"),
            Rule("time", _CLOCK_POINT, say.read_clock, "."),
            Rule("time", _HOURS_RANGE, say.read_hours_range, "-—"),
            Rule("time", _MILITARY, say.read_military, DIGITS),
            Rule("time", _HOUR, say.read_clock, DIGITS),
            Rule("range", _RATIO, say.read_ratio, ":"),
        ],
        "decade": [
            Rule("year", _DECADE, say.read_decade, "s"),
            Rule("cardinal", _PLURAL, say.read_plural, "s"),
        ],
        "year": [
            Rule("year", _YEAR_ERA, say.read_era, DIGITS),
            Rule("year", _ERA_YEAR, say.read_era, DIGITS),
            Rule("range", _YEARS, say.read_years, "-—/"),
            Rule("year", _SHORT_YEAR, say.read_short_year, "'"),
            Rule("year", _FOUR, say.read_four, DIGITS),
        ],
    }  # fmt: skip


class _Dates:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_iso(self, match: re.Match[str]) -> Said:
        return self._say_date(match["day"], int(match["month"]), match["year"])

    def read_figures(self, match: re.Match[str]) -> Said:
        first, second = int(match["first"]), int(match["second"])
        day_first = first > len(_NAMES) or (self._numbers.british and second <= len(_NAMES))
        day, month = (first, second) if day_first else (second, first)
        if month > len(_NAMES) or (len(match["year"]) == len("99") and match["mark"] == "."):
            return None
        return self._say_date(str(day), month, match["year"])

    def read_short_figures(self, match: re.Match[str]) -> Said:
        first, second = int(match["first"]), int(match["second"])
        day_first = first > len(_NAMES) or (self._numbers.british and second <= len(_NAMES))
        day, month = (first, second) if day_first else (second, first)
        if month > len(_NAMES):
            return None
        start = match.end("before")
        return [Replacement(start, match.end(), self._say_date(str(day), month, ""))]

    def read_with_dashes(self, match: re.Match[str]) -> Said:
        short = (match["short"] or match["short2"]).lower()
        month = _NAMES.index(_MONTHS[short]) + 1
        return self._say_date(match["day"] or match["day2"], month, match["year"])

    def _say_date(self, day: str, month: int, year: str) -> str:
        name = _NAMES[month - 1]
        said = self._numbers.ordinal(day)
        date = f"the {said} of {name}" if self._numbers.british else f"{name} {said}"
        return f"{date} {self.say_year(year)}".strip()

    def say_year(self, year: str) -> str:
        """Say a year of two, three or four figures."""
        figures = year.lstrip("'")
        if len(figures) == len("99"):
            return say_digits(figures) if figures[0] == "0" else self._numbers.cardinal(figures)
        return self._numbers.year(figures) if figures else ""

    def read_month_day(self, match: re.Match[str]) -> Said:
        is_verb = match["short"] == "may" or match["long"] in {"march", "may"}
        if is_verb and not match["year"] and look_behind(match, 1):
            return None
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

    def read_day_month(self, match: re.Match[str]) -> Said:
        if match["short"] == "may" and match["of"] == " " and not match["suffix"]:
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
            year = self.say_year(match["year"])
            parts.append(Replacement(match.start("year"), match.end("year"), year))
        return parts

    @staticmethod
    def _name_month(match: re.Match[str]) -> list[Replacement]:
        if not match["short"]:
            return []
        start, end = match.span("short")
        end += match.string[end : end + 1] == "."
        return [Replacement(start, end, _MONTHS[match["short"].lower()])]

    def read_quarter(self, match: re.Match[str]) -> Said:
        quarter = self._numbers.ordinal(match["q"] or match["q2"])
        if match["q2"]:
            said = f"Q {self._numbers.cardinal(match['q2'])}"
            return f"{said} {self.say_year(match['year'] or '')}".strip()
        year = self.say_year(match["year"] or "")
        return f"the {quarter} quarter of {year}" if year else f"the {quarter} quarter"

    def read_clock(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        hours, minutes, seconds = match["hours"], groups.get("minutes"), groups.get("seconds")
        parts: str = groups.get("parts") or ""
        if seconds:
            return self._say_duration(hours, minutes or "", seconds, parts) + _half_day(match)
        if parts:
            rest = f"{int(minutes or 0)}{parts}"
            name = "minute" if hours == "1" else "minutes"
            return f"{self._numbers.cardinal(hours)} {name} {self._numbers.number(rest)} seconds"
        if int(hours) > len(range(24)):
            return (
                f"{self._numbers.cardinal(hours)} {say_clock_minutes(self._numbers, minutes or '')}"
            )
        hour = "twelve" if int(hours) == 0 else self._numbers.cardinal(hours.lstrip("0"))
        if match["half"]:
            tail = "" if minutes in {None, "00"} else self._say_minutes(minutes or "")
            return f"{hour} {tail}".strip() + _half_day(match)
        if minutes == "00":
            hour = hour if int(hours) else "zero"
            return f"{hour} o'clock" if 0 < int(hours) <= len(_NAMES) else f"{hour} hundred"
        if hours == "00":
            hour = "zero"
        return f"{hour} {self._say_minutes(minutes or '')}"

    def read_military(self, match: re.Match[str]) -> Said:
        hours = self._numbers.number(match["hours"])
        stop = "." * (match.group().endswith(".") and may_end_sentence(match))
        return f"{hours} {self._say_minutes(match['minutes'])} hours{stop}"

    def _say_minutes(self, minutes: str) -> str:
        return say_clock_minutes(self._numbers, minutes)

    def _say_duration(self, hours: str, minutes: str, seconds: str, parts: str) -> str:
        said = []
        for figures, name in ((hours, "hour"), (minutes, "minute"), (seconds, "second")):
            number = int(figures)
            words = self._numbers.cardinal(str(number))
            if name == "second" and parts:
                words, number = self._numbers.number(f"{number}{parts}"), 0
            said.append(f"{words} {name}{'s' * (number != 1)}")
        return f"{said[0]} {said[1]} and {said[2]}"

    def read_hours_range(self, match: re.Match[str]) -> Said:
        return [
            Replacement(*match.span("first"), self._numbers.cardinal(match["first"])),
            Replacement(*match.span("dash"), " to "),
        ]

    def read_ratio(self, match: re.Match[str]) -> Said:
        said = [
            Replacement(*match.span("first"), self._numbers.number(match["first"])),
            Replacement(match.end("first"), match.start("second"), " to "),
            Replacement(*match.span("second"), self._numbers.cardinal(match["second"])),
        ]
        if match["third"]:
            said.append(Replacement(match.end("second"), match.start("third"), " to "))
            said.append(Replacement(*match.span("third"), self._numbers.cardinal(match["third"])))
        return said

    def read_era(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        start, end = match.span("era")
        if match["era"].count(".") <= 1:  # a stop is the sentence's
            end -= match["era"].endswith(".")
        letters = match["era"].replace(".", "")
        parts = []
        if groups.get("first"):
            parts = [
                Replacement(*match.span("first"), self._say_old_year(match["first"])),
                Replacement(*match.span("dash"), " to "),
            ]
        parts.append(Replacement(*match.span("year"), self._say_old_year(match["year"])))
        is_dotted = match["era"].count(".") > 1
        stop = "." * (is_dotted and may_end_sentence(match))
        parts.append(Replacement(start, end, ".".join(letters) + stop))
        return sorted(parts, key=lambda part: part.start)

    def _say_old_year(self, figures: str) -> str:
        if len(figures) == len("1000"):
            return self._numbers.year(figures)
        return self._numbers.cardinal(figures)

    def read_years(self, match: re.Match[str]) -> Said:
        last = match["last"]
        if match["dash"].strip() == "/" and len(last) > len("99"):
            return None
        joint = " " if match["dash"] == "/" else " to "
        return [
            Replacement(*match.span("first"), self._numbers.year(match["first"])),
            Replacement(*match.span("dash"), joint),
            Replacement(*match.span("last"), self.say_year(last)),
        ]

    def read_decade(self, match: re.Match[str]) -> Said:
        figures = match["figures"].lstrip("'")
        said = (
            self._numbers.year(figures)
            if len(figures) > len("99")
            else self._numbers.cardinal(figures)
        )
        return say_plural(said)

    def read_plural(self, match: re.Match[str]) -> Said:
        return say_plural(self._numbers.groups(match["figures"]))

    def read_short_year(self, match: re.Match[str]) -> Said:
        return self.say_year(match["year"])

    def read_four(self, match: re.Match[str]) -> Said:
        year = match["year"]
        following = match["next"] or ""
        before = _WORD_BEFORE.search(look_behind(match, 24))
        word = before[1] if before else ""
        is_dated = word.lower() in _BEFORE_YEARS or word in _NAMES
        is_counted = following in _COUNTED or (
            following.endswith("s")
            and following not in FUNCTION_WORDS
            and not following.endswith(("ss", "us", "is"))
            and following not in _NOT_COUNTED
        )
        is_odd = year[1] == "0" and year[0] == "1" and not is_dated and bool(following)
        if (is_counted and not is_dated) or is_odd:
            is_round = year.endswith("00") and year[1:3] != "00" and year[1] != "0"
            said = (
                f"{self._numbers.cardinal(year[:2])} hundred"
                if is_round
                else self._numbers.cardinal(year)
            )
        else:
            said = self._numbers.year(year)
        return said


_WORDS = frozenset({"Sat", "Sun", "Fri", "Mon", "Wed"})
_BEFORE_YEARS = frozenset(DATA["grammar"]["before_years"])
_COUNTED = frozenset(DATA["grammar"]["counted"])
_NOT_COUNTED = frozenset(DATA["grammar"]["not_counted"])


def say_clock_minutes(numbers: Numbers, minutes: str) -> str:
    """Say the minutes after the hour: oh five, thirty."""
    if minutes == "00":
        return "hundred"
    return say_digits(minutes) if minutes.startswith("0") else numbers.cardinal(minutes)


def _half_day(match: re.Match[str]) -> str:
    """Say a.m. or p.m. and the zone; the stop stays where the sentence ends with it."""
    if not match.groupdict().get("half"):
        return ""
    said = f" {match['half'].upper()}.M"
    zone = match.groupdict().get("zone")
    if zone:
        said += " " + ".".join(zone.replace(".", "").upper())
    is_stop = match.group().endswith(".") and may_end_sentence(match)
    return said + "." * is_stop


def _read_short_name(match: re.Match[str]) -> Said:
    return _MONTHS[match["short"].lower()] + "." * is_last(match)


def _read_span(match: re.Match[str]) -> Said:
    names = _DAYS | _MONTHS
    first, last = (names.get(match[one].lower(), match[one]) for one in ("first", "last"))
    return f"{first} to {last}" + "." * (match.group().endswith(".") and is_last(match))


def _read_weekday(match: re.Match[str]) -> Said:
    short = match["short"] or match["plain"] or match["last"]
    is_stop = match.group().endswith(".") and is_last(match)
    if is_stop and short in _WORDS and not look_behind(match).endswith(("on ", "(", "—", "-")):
        return None
    return _DAYS[short.lower()] + "." * is_stop


def _end(match: re.Match[str], *groups: str) -> int:
    return next(match.end(group) for group in groups if match[group])
