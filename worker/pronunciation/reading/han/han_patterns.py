"""How figures are written in Chinese and Japanese alike."""

from __future__ import annotations

import re
from collections.abc import Iterable

from worker.pronunciation.reading.word_tables import any_of

WHOLE = r"\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,40}"
START = r"(?<![\dA-Za-z/:])(?<!\d\.)"
"""Where a number may begin."""
MINUS = r"(?:(?<![A-Za-z\d)])(?P<minus>-)(?=[\d$]))?"
AMOUNT = rf"(?P<whole>{WHOLE})(?:\.(?P<part>\d{{1,20}}))?(?!\d)"
MONTHS, DAYS = 12, 31

DATE = re.compile(
    rf"{START}(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?:(?P=sep)(?P<day>\d{{1,2}}))?"
    r"(?![\d/]|\.\d)"
)
CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>[01]?\d|2\d):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?![\d:])"
)
NUMBER = re.compile(rf"(?<!\d)(?<!\d\.){MINUS}{AMOUNT}")
POWERS = {"²": "平方", "³": "立方"}
COMPARISONS = {">=": "≥", "<=": "≤", "*": "×"}


def money_pattern(signs: Iterable[str], large: str) -> re.Pattern[str]:
    """Return a pattern for a sum with its sign in front and one of the `large` numbers behind."""
    return re.compile(rf"{MINUS}(?P<sign>{any_of(signs)}) ?{AMOUNT}(?P<large>{large})")


def measure_pattern(units: Iterable[str], per: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for a number with one of `units`, and one of `per` below a stroke."""
    return re.compile(
        rf"{START}{MINUS}{AMOUNT} ?(?P<unit>{any_of(units)})(?P<power>[²³])?"
        rf"(?: ?/ ?(?P<per>{any_of(per)}))?(?![A-Za-z²³/])"
    )


def is_date(match: re.Match[str]) -> bool:
    """Say whether month and day of a match are such; 3.5 and 3-5 behind a year are no month."""
    month, day = match["month"], match["day"]
    if not 1 <= int(month) <= MONTHS or (day and not 1 <= int(day) <= DAYS):
        return False
    return bool(day) or len(month) == len("05") or match["sep"] == "/"
