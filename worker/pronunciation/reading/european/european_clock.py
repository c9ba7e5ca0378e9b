"""Times of day and spans of time in figures."""

from __future__ import annotations

import re

from worker.pronunciation.reading.european.european_language import FIGURES, EuropeanLanguage
from worker.pronunciation.reading.european.hindi_numbers import HindiNumbers
from worker.pronunciation.reading.rules import Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_ZONE = (
    r"(?: ?(?P<zone>UTC|GMT|utc|gmt|EST|est|PST|pst|CET|cet)"
    r"(?: ?(?P<shift>[+-]) ?(?P<off>\d{1,2})(?::(?P<offm>\d\d))?)?(?!\w))?"
)
_HALF = r"(?: ?(?P<half>[aApP])\.? ?[mM](?!\w)(?:\.(?! [A-ZÁÉÍÓÚ]|\Z))?)?"
_HOUR = r"(?P<hour>[01]?\d|2[0-4])"
_BEFORE = r"(?<![\w.,:/-])"
_AFTERNOON = range(13, 19)
_NOON = 12
_EVENING = range(8, 12)


def clock_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``time``."""
    data = language.data
    marks = any_of(data["hour_marks"])
    parts_of_day = any_of(data.get("day_parts", ["-"]))
    patterns = [
        (
            rf"{_BEFORE}{_HOUR}:(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
            rf"(?: ?(?:{marks})(?!\w))?{_HALF}{_ZONE}(?P<part> (?:{parts_of_day}))?(?![\w:])"
        ),
        (
            rf"{_BEFORE}{_HOUR} ?[hH](?: ?(?P<minute>[0-5]?\d))?"
            r"(?: ?m(?:in)?\.?)?(?: ?(?P<second>[0-5]?\d) ?s(?:e[cg])?\.?)?"
            rf"{_HALF}{_ZONE}(?![\w:])"
        ),
        (
            rf"(?:(?<=\A)|(?<=las )|(?<=alle )|(?<=ore )){_HOUR}\.(?P<minute>[0-5]\d)"
            rf"(?: ?h(?!\w))?{_HALF}{_ZONE}(?=\Z|[,;.] |\.?\Z| [a-z])(?! ?%)"
        ),
        (
            rf"{_BEFORE}(?P<hour>1?\d) ?(?P<half>[ap])\.? ?m(?!\w)"
            r"(?:\.(?! [A-ZÁÉÍÓÚ]|\Z))?(?P<zone>(?!))?"
        ),
    ]
    if not data["halves"]:
        patterns = patterns[:2]
    return [language.rule("time", pattern, _read_clock, FIGURES) for pattern in patterns]


def _read_clock(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    found = match.groupdict()
    numbers = language.numbers
    hour, minute = int(match["hour"]), int(found.get("minute") or 0)
    second = int(found["second"]) if found.get("second") else None
    written = match.group().rstrip()
    has_point = written[len(match["hour"]) : len(match["hour"]) + 1] == "."
    is_alone = match.span() == (0, len(match.string.rstrip(".")))
    if has_point and not match.start() and not (is_alone or found["half"] or found["zone"]):
        return None
    if language.code == "hi" and re.search(r"[hH]", written):
        return None
    part = (found.get("part") or "").strip()
    if part and hour in _AFTERNOON and part in language.data.get("afternoon", ()):
        hour -= _NOON
    words = numbers.clock(hour, minute, second)
    if found.get("minute") is None and re.search(r"h(?:s|rs|oras)?\Z", written.lower()):
        words = _say_hours(language, hour)
    if language.code == "es" and re.search(r"\d ?h(?:ora)?s? ?\d{1,2} ?min ?\d{1,2} ?s", written):
        words = _say_span(language, hour, minute, second or 0)
    if isinstance(numbers, HindiNumbers) and written.endswith("बजे") and minute:
        words = numbers.oclock(hour, minute)
    if found.get("half"):
        words += f" {_say_half(language, hour, found['half'])}"
    if found.get("zone"):
        words += f" {_say_zone(language, found)}"
    return f"{words} {part}".rstrip()


def _say_hours(language: EuropeanLanguage, hour: int) -> str:
    one, many = language.numbers.words["hours"].split("|")
    return f"{language.numbers.cardinal(hour, 'f')} {one if hour == 1 else many}"


def _say_span(language: EuropeanLanguage, hour: int, minute: int, second: int) -> str:
    numbers = language.numbers
    minutes = f"{numbers.cardinal(minute, 'm')} minuto{'s' * (minute != 1)}"
    seconds = f"{numbers.cardinal(second, 'm')} segundo{'s' * (second != 1)}"
    return f"{_say_hours(language, hour)} {minutes} y {seconds}"


def _say_half(language: EuropeanLanguage, hour: int, half: str) -> str:
    """Say the half of the day that "am" or "pm" stands for."""
    halves: dict[str, str] = language.data["halves"]
    if half in "aA":
        return halves["night" if hour == _NOON else "am"]
    return halves["night" if hour in _EVENING else "pm"]


def _say_zone(language: EuropeanLanguage, found: dict[str, str | None]) -> str:
    numbers = language.numbers
    words = " ".join(str(found["zone"]).upper())
    if found["shift"]:
        sign = language.data["signs"]["+"] if found["shift"] == "+" else numbers.words["minus"]
        words += f" {sign} {numbers.cardinal(int(found['off'] or 0), 'f')}"
        if found["offm"] and int(found["offm"]):
            words += f" {numbers.cardinal(int(found['offm']))}"
    return words
