"""Times of day and spans of time in figures."""

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
_BEFORE = r"(?<![\w.,:/+-])"
_AFTERNOON = range(13, 19)
_NOON = 12
_EVENING = range(8, 12)
_LOOK_BACK = 24
_AT = ("las ", "la ", "alle ", "all'", "ore ", "às ", "à ", "aux ", "dalle ", "desde ", "hora ")
"""What stands in front of a time of day; a span of time may be written alike."""


def clock_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``time``."""
    data = language.data
    marks = any_of(data["hour_marks"])
    parts_of_day = any_of(data.get("day_parts", ["-"]))
    colon = (
        rf"{_BEFORE}{_HOUR}:(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
        rf"(?: ?(?:{marks})(?!\w))?{_HALF}{_ZONE}(?P<part> (?:{parts_of_day}))?(?![\w:])"
    )
    span = (
        r"(?<![\w.,:/-])(?P<hour>\d{1,3}) ?[hH](?:oras?|rs?|s)? ?(?P<minute>[0-5]?\d) ?(?:min|m)\.?"
        r"(?: ?(?P<second>[0-5]?\d) ?s(?:e[cg])?\.?)?(?!\w)"
    )
    letter = rf"{_BEFORE}{_HOUR} ?[hH](?: ?(?P<minute>[0-5]?\d))?{_HALF}{_ZONE}(?![\w:])"
    seconds = r"(?<![\w.,:/-])(?P<hour>\d{1,2})h(?P<minute>[0-5]\d)m(?P<second>[0-5]\d)s(?!\w)"
    point = (
        rf"(?:(?<=\A)|(?<=las )|(?<=alle )|(?<=ore )){_HOUR}\.(?P<minute>[0-5]\d)"
        rf"(?: ?h(?!\w))?{_HALF}{_ZONE}(?=\Z|[,;.] |\.?\Z| [a-z])(?! ?%)"
    )
    half = (
        rf"{_BEFORE}(?P<hour>1?\d) ?(?P<half>[ap])\.? ?m(?!\w)"
        r"(?:\.(?! [A-ZÁÉÍÓÚ]|\Z))?(?P<zone>(?!))?"
    )
    if language.code == "hi":
        return [language.rule("time", colon, _read_clock, FIGURES)]
    rules = [
        language.rule("time", colon, _read_clock, FIGURES),
        language.rule("time", span, _read_span, "hH"),
        language.rule("time", letter, _read_clock, "hH"),
        language.rule("time", half, _read_clock, "apAP"),
    ]
    if language.code == "es":
        rules.insert(1, language.rule("time", seconds, _read_clock, "h"))
    if language.code != "fr":
        rules.append(language.rule("time", point, _read_clock, "."))
    return rules


def _read_clock(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    found = match.groupdict()
    data, numbers = language.data, language.numbers
    hour, minute = int(match["hour"]), int(found.get("minute") or 0)
    second = int(found["second"]) if found.get("second") else None
    line, written = match.string, match.group().rstrip()
    before = line[max(0, match.start() - _LOOK_BACK) : match.start()].lower()
    separator = written[len(match["hour"]) : len(match["hour"]) + 1]
    is_alone = match.span() == (0, len(line.rstrip(".")))
    if before.rstrip().endswith(tuple(data["before_ratio"])):
        return None
    if separator == "." and not match.start() and not (is_alone or found["half"] or found["zone"]):
        return None
    part = (found.get("part") or "").strip()
    if part and hour in _AFTERNOON and part in data.get("afternoon", ()):
        hour -= _NOON
    is_clock = is_alone or found.get("half") or found.get("zone") or before.endswith(_AT)
    is_span = second is not None or (separator in "hH " and language.code == "it")
    if not is_clock and is_span and (minute or second) and language.code != "hi":
        return _say_span(language, hour, minute, second)
    words = numbers.clock(hour, minute, second)
    is_hours = found.get("minute") is None and re.search(r"h(?:s|rs|oras)?\Z", written.lower())
    if is_hours:
        words = _say_hours(language, hour)
    if isinstance(numbers, HindiNumbers) and written.endswith("बजे") and minute:
        words = numbers.oclock(hour, minute)
    if found.get("half"):
        part_of_day = _say_half(language, hour, found["half"])
        words = f"{part_of_day} {words}" if language.code == "hi" else f"{words} {part_of_day}"
    if found.get("zone"):
        if is_hours and language.code == "es":
            words = numbers.cardinal(hour, "f")
        words += f" {_say_zone(language, found)}"
    return f"{words} {part}".rstrip()


def _read_span(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    second = int(match["second"]) if match["second"] else None
    return _say_span(language, int(match["hour"]), int(match["minute"]), second)


def _say_hours(language: EuropeanLanguage, hour: int) -> str:
    one, many = language.numbers.words["hours"].split("|")
    if language.code == "it" and hour == 1:
        return "un'ora"
    if language.code == "fr" and not hour:
        return f"zéro {one}"
    return f"{language.numbers.cardinal(hour, 'f')} {one if hour == 1 else many}"


def _say_span(language: EuropeanLanguage, hour: int, minute: int, second: int | None) -> str:
    """Say how long something takes; the last part is joined by "and"."""
    numbers = language.numbers
    units: dict[str, str] = language.data["units"]
    parts = [_say_hours(language, hour)] if hour else []
    for count, unit in ((minute, "min"), (second, "s")):
        if count or (unit == "min" and second and hour):
            one, many, *gender = units[unit].split("|")
            words = numbers.cardinal(count or 0, gender[0] if gender else "m")
            parts.append(f"{words} {one if count == 1 else many}")
    if language.code == "fr":
        return " ".join(parts)
    if language.code == "pt_BR":
        return " e ".join(parts)
    *front, last = parts or [_say_hours(language, 0)]
    joint = numbers.words["and"]
    return f"{' '.join(front)} {joint} {last}" if front else last


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
        has_minutes = found["offm"] and int(found["offm"])
        words += f" {sign} {numbers.cardinal(int(found['off'] or 0), 'f' if has_minutes else '')}"
        if has_minutes:
            words += f" {numbers.cardinal(int(found['offm'] or 0))}"
    return words
