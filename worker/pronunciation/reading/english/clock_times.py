"""Times of day, spans of hours and ratios, as English says them."""

import re

from worker.pronunciation.reading.english.english_data import (
    DATA,
    DIGITS,
    MONTH_NAMES,
    leave_stop,
    may_end_sentence,
    spell,
)
from worker.pronunciation.reading.english.english_numbers import (
    Numbers,
    say_digits,
)
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_ZONES = rf"(?i:{any_of(DATA['zones']['words'])}|[ecmp]\.[sd]\.t)"
_HALF_DAY = rf"(?P<half>[AaPp])(?:\.\s?[Mm]\.(?={_ZONES}\b)|(?:\.\s?[Mm]\.?|[Mm]\b\.?)(?!\w))"
_ZONE = rf"(?: ?\(?(?P<zone>{_ZONES})\b\.?)?"
_CLOCK = re.compile(
    r"(?:(?<![\w.:])|(?<=\dT))(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?"
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
_HALF_DAY_HOURS = 12
_ZONE_AFTER = re.compile(
    r" (?:Eastern|Central|Mountain|Pacific|Atlantic|Greenwich|Coordinated"
    rf"|{any_of(set(DATA['weekdays'].values()) | set(MONTH_NAMES))})\b"
)
_OFFSET = re.compile(r"(?i:(?<=\bGMT)|(?<=\bUTC)) ?(?P<sign>[-+±])(?=\d)")
_OFFSETS = {"-": " minus ", "+": " plus ", "±": " plus or minus "}
_HOURS_MINUTES = re.compile(
    r"(?<![\w.])(?:(?P<hours>\d{1,3}) ?h(?:rs?)?\.? ?)?"
    r"(?P<minutes>\d{1,3}) ?m(?:ins?)?(?![a-zA-Z])\.?"
    r"(?: ?(?P<seconds>\d{1,2}(?:\.\d{1,3})?) ?s(?:ecs?)?(?!\w))?"
)
# Chapter and verse of a holy book; the figure before its name is an ordinal.
_BOOKS: dict[str, str] = DATA["scripture"]["short"]
_GIVEN_NAMES = frozenset({"Dan", "Josh", "Matt", "Pet", "Phil", "Sam", "Tim"})
"""Without a stop these are people, as in: Sam 3:15."""
_BOOK = any_of([*DATA["scripture"]["books"], *_BOOKS])
_VERSE = re.compile(
    rf"\b(?:(?P<volume>[123]) )?(?P<book>{_BOOK})(?P<stop>\.)? "
    r"(?P<chapter>\d{1,3}):(?P<verse>\d{1,3})"
    r"(?:(?P<dash> ?[-—] ?)(?P<last>\d{1,3}(?!:)))?(?!\w|[:.]\d)"
)
_BOOK_OF = re.compile(
    r"(?<![\w.:,])(?<!the )(?P<volume>[123])"
    rf"(?= (?:{any_of(DATA['scripture']['numbered'])})\b(?! of\b))"
)
_RATIO = re.compile(
    r"(?<![\w.:])(?P<first>\d{1,4}(?:\.\d{1,3})?):(?P<second>\d{1,3}(?:,\d{3}){1,2}|\d{1,4}(?:\.\d{1,3})?)(?::(?P<third>\d{1,4}))?(?![\w:]|\.\d)"
)


def time_rules(numbers: Numbers) -> list[Rule]:
    """Return the rules for times, and for ratios, which are written like them."""
    say = _Times(numbers)
    return [
        Rule("time", _HOURS_MINUTES, say.read_hours_minutes, DIGITS),
        Rule("range", _VERSE, say.read_verse, ":"),
        Rule("ordinal", _BOOK_OF, lambda match: numbers.ordinal(match["volume"]), "123"),
        Rule("time", _OFFSET, lambda match: _OFFSETS[match["sign"]], "-+±"),
        Rule("time", _CLOCK, say.read_clock, ":"),
        Rule("time", _CLOCK_POINT, say.read_clock, DIGITS),
        Rule("time", _HOURS_RANGE, say.read_hours_range, "-—"),
        Rule("time", _MILITARY, say.read_military, DIGITS),
        Rule("time", _HOUR, say.read_clock, DIGITS),
        Rule("range", _RATIO, say.read_ratio, ":"),
    ]


class _Times:
    """Reads matches of the patterns above."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def read_clock(self, match: re.Match[str]) -> Said:
        groups = match.groupdict()
        hours, minutes, seconds = match["hours"], groups.get("minutes"), groups.get("seconds")
        parts: str = groups.get("parts") or ""
        if seconds:
            said = self._say_duration(hours, minutes or "", seconds, parts)
            return _add_half_day(match, said)
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
            tail = (
                "" if minutes in {None, "00"} else say_clock_minutes(self._numbers, minutes or "")
            )
            return _add_half_day(match, f"{hour} {tail}".strip())
        if minutes == "00":
            hour = hour if int(hours) else "zero"
            return f"{hour} o'clock" if 0 < int(hours) <= _HALF_DAY_HOURS else f"{hour} hundred"
        if hours == "00":
            hour = "zero"
        return f"{hour} {say_clock_minutes(self._numbers, minutes or '')}"

    def read_military(self, match: re.Match[str]) -> Said:
        hours = self._numbers.number(match["hours"])
        said = f"{hours} {say_clock_minutes(self._numbers, match['minutes'])} hours"
        return leave_stop(match, said, ends=may_end_sentence(match))

    def _say_duration(self, hours: str, minutes: str, seconds: str, parts: str) -> str:
        said = []
        for figures, name in ((hours, "hour"), (minutes, "minute"), (seconds, "second")):
            number = int(figures)
            words = self._numbers.cardinal(str(number))
            if name == "second" and parts:
                words, number = self._numbers.number(f"{number}{parts}"), 0
            said.append(f"{words} {name}{'s' * (number != 1)}")
        return f"{said[0]} {said[1]} and {said[2]}"

    def read_hours_minutes(self, match: re.Match[str]) -> Said:
        if not match["hours"] and not match["seconds"]:
            return None
        said = []
        for name in ("hours", "minutes", "seconds"):
            if match[name]:
                amount = match[name].lstrip("0") or "0"
                unit = name.removesuffix("s") if amount == "1" else name
                said.append(f"{self._numbers.number(amount)} {unit}")
        return leave_stop(match, " ".join(said), ends=may_end_sentence(match))

    def read_verse(self, match: re.Match[str]) -> Said:
        parts = []
        if match["volume"]:
            parts.append(Replacement(*match.span("volume"), self._numbers.ordinal(match["volume"])))
        if match["book"] in _BOOKS and (
            match["stop"] or match["volume"] or match["book"] not in _GIVEN_NAMES
        ):
            end = match.end("stop") if match["stop"] else match.end("book")
            parts.append(Replacement(match.start("book"), end, _BOOKS[match["book"]]))
        for group in ("chapter", "verse", "last"):
            if match[group]:
                said = self._numbers.cardinal(match[group])
                parts.append(Replacement(*match.span(group), said))
            if group == "chapter":
                parts.append(Replacement(match.end(group), match.end(group) + 1, " "))
            if group == "verse" and match["last"]:
                parts.append(Replacement(*match.span("dash"), " to "))
        return parts

    def read_hours_range(self, match: re.Match[str]) -> Said:
        return [
            Replacement(*match.span("first"), self._numbers.cardinal(match["first"])),
            Replacement(*match.span("dash"), " to "),
        ]

    def read_ratio(self, match: re.Match[str]) -> Said:
        first, second = match["first"], match["second"]
        if len(first) > len("999") and re.fullmatch("(?:19|20)\\d\\d", second):
            return f"{self._numbers.number(first)} {self._numbers.year(second)}"  # ISO 9001:2015
        said = [
            Replacement(*match.span("first"), self._numbers.number(match["first"])),
            Replacement(match.end("first"), match.start("second"), " to "),
            Replacement(*match.span("second"), self._numbers.number(match["second"])),
        ]
        if match["third"]:
            said.append(Replacement(match.end("second"), match.start("third"), " to "))
            said.append(Replacement(*match.span("third"), self._numbers.cardinal(match["third"])))
        return said


def say_clock_minutes(numbers: Numbers, minutes: str) -> str:
    """Say the minutes after the hour: oh five, thirty."""
    if minutes == "00":
        return "hundred"
    return say_digits(minutes) if minutes.startswith("0") else numbers.cardinal(minutes)


def _add_half_day(match: re.Match[str], said: str) -> Said:
    """Say a.m. or p.m. and the zone behind a time, where they are written."""
    if not match["half"]:
        return said
    said += f" {match['half'].upper()}.M"
    if zone := match["zone"]:
        said += " " + spell(zone.replace(".", ""))
    is_zone = _ZONE_AFTER.match(match.string, match.end()) is not None
    return leave_stop(match, said, ends=may_end_sentence(match) and not is_zone)
