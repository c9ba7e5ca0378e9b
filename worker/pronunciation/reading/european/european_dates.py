"""Dates in figures and in words."""

import re

from worker.pronunciation.reading.european.european_language import EuropeanLanguage
from worker.pronunciation.reading.rules import Replacement, Rule, Said
from worker.pronunciation.reading.word_tables import any_of

_MONTHS_IN_YEAR, _DAYS_IN_MONTH = 12, 31
_FIGURES = (
    r"(?<![\w.,/-])(?:(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})(?P<s2>[-/.])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4}|\d{2}))"
    r"(?![\w/-]|[.,]\d)"
)
_DAY_AND_MONTH = (
    r"(?:\A|(?<=\ble )|(?<=\bdu )|(?<=\bau ))(?P<day>[0-3]\d)\.(?P<month>0\d|1[0-2])"
    r"(?=\Z|[,;.]?(?: |\Z))"
    r"(?! ?[%€$°])"
)


def date_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``date``: in figures, day before month, month before day."""
    data = language.data
    short: dict[str, int] = data["month_short"]
    of_years = data["of_years"]
    month = rf"(?P<month>{any_of([*data['months'], *short])})(?!\w)\.?"
    year = rf"(?:(?P<gap>,? (?:{of_years})?|,? )(?P<year>\d{{4}})(?!\w))?"
    two_days = rf"(?<![\w.,/-])(?P<day>\d{{1,2}})/(?P<to>\d{{1,2}})(?=(?: {of_years})? ?{month})"
    rules = [
        language.rule("date", _FIGURES, _read_figures, "-/."),
        language.rule("date", two_days, _read_two_days, "/"),
        language.rule(
            "date",
            r"(?i)(?<![\w.,/-])(?P<day>\d{1,2}|1er|1\.?[º°])"
            rf"(?P<de> (?:{of_years})?){month}{year}",
            _read_day_month,
        ),
        language.rule(
            "date",
            rf"(?<!\w)(?P<month>{any_of(short)})\.? (?P<day>\d{{1,2}})(?!\w|[.,]\d)",
            _read_month_day,
        ),
    ]
    if language.code == "fr":
        rules.append(language.rule("date", _DAY_AND_MONTH, _read_day_and_month, "."))
    return rules


def _say_date(language: EuropeanLanguage, day: int, month: int, year: str) -> str | None:
    """Say a date; None if there is no such day."""
    if not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _DAYS_IN_MONTH):
        return None
    data, numbers = language.data, language.numbers
    words: str = f"{numbers.first_day(day)}{data['of_month']}{data['months'][month - 1]}"
    if not year:
        return words
    is_short = len(year) == len("24") and not year.startswith("0")
    spoken = numbers.cardinal(int(year)) if is_short else numbers.year(year)
    return f"{words}{data['of_year']}{spoken}"


def _read_figures(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
    separator, year = match["s"] or match["s2"], match["y"] or match["y2"]
    if len(year) == len("24") and separator != "/":
        return None
    if month > _MONTHS_IN_YEAR >= day:
        day, month = month, day
        if language.code == "hi":
            numbers = language.numbers
            name = language.data["months"][month - 1]
            return f"{name} {numbers.cardinal(day)} {numbers.year(year)}"
    return _say_date(language, day, month, year)


def _read_two_days(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    numbers = language.numbers
    return f"{numbers.first_day(int(match['day']))} {numbers.cardinal(int(match['to']))}"


def _read_day_and_month(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    is_alone = match.span() == (0, len(match.string))
    if not match.start() and not is_alone:
        return None
    return _say_date(language, int(match["day"]), int(match["month"]), "")


def _read_day_month(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    data, numbers = language.data, language.numbers
    day = int(re.sub(r"\D", "", match["day"]))
    written = match["month"].lower()
    if not 1 <= day <= _DAYS_IN_MONTH:
        return None
    is_full = written in data["months"]
    month = written if is_full else data["months"][data["month_short"][written] - 1]
    is_elided = match.string[max(0, match.start() - 1) : match.start()] in {"'", "’"}
    first = numbers.cardinal(day) if is_elided else numbers.first_day(day)
    words = f"{first}{data['of_month']}{month}"
    if match["year"]:
        gap = match["gap"].lstrip(",")
        gap = gap if gap.strip() else data["of_year"]
        return f"{words}{gap}{numbers.year(match['year'])}"
    if match.group().endswith(".") and is_full:
        return [Replacement(match.start(), match.end() - 1, words)]
    return words


def _read_month_day(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    return _say_date(language, int(match["day"]), language.data["month_short"][match["month"]], "")
