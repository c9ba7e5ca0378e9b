"""How figures are written in Chinese and Japanese alike."""

import re
from collections.abc import Iterable

from worker.pronunciation.reading.word_tables import any_of

WHOLE = r"\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,40}"
START = r"(?<![\dA-Za-z/:])(?<!\d\.)"
"""Where a number may begin."""
MINUS = r"(?:(?<![A-Za-z\d)月年日号時时点度分周%])(?P<minus>-)(?=[\d$]))?"
AMOUNT = rf"(?P<whole>{WHOLE})(?:\.(?P<part>\d{{1,20}}))?(?!\d)"
MONTHS, DAYS = 12, 31
VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅛": (1, 8),
    "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
"""Fractions of one character: above and below."""

DATE = re.compile(
    rf"{START}(?P<year>\d{{4}})(?P<sep>[-/.]| (?=\d{{1,2}} \d{{1,2}}(?!\d)))(?P<month>\d{{1,2}})"
    r"(?:(?P=sep)(?P<day>\d{1,2}))?(?![\d/]|\.\d)"
)
CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>[01]?\d|2\d):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?![\d:])"
)
NUMBER = re.compile(rf"(?<!\d)(?<!\d\.){MINUS}{AMOUNT}")
LETTER_TO_LETTER = re.compile(r"(?<=[BCPGOE])(?<![A-Za-z\d][A-Z])2(?=[BCPGOE](?![A-Za-z\d]))")
"""B2B is said as B to B."""
PAGES = re.compile(r"(?<![A-Za-z.])pp?\. ?(?P<one>\d{1,5})(?:[—-](?P<two>\d{1,5}))?(?!\d)")
POWER_OF = re.compile(r"(?<![\d.])(?P<base>\d{1,9})\^(?P<power>-?\d{1,4})(?!\d)")
ROMAN = re.compile(
    r"(?<![A-Za-z])(?P<roman>[IVXL]{2,8}|(?<=第)[IVX])(?=世|章|部|型|期|级|巻|卷|編|节|節|类|類)"
)
YEARS = re.compile(
    r"(?<![\d.-])(?P<one>[12]\d{3})[—-](?P<two>[12]\d{3})(?=年|学年|赛季|财年|シーズン)"
)
POWERS = {"²": "平方", "³": "立方"}
COMPARISONS = {">=": "≥", "<=": "≤", "*": "×", "x": "×"}


def money_pattern(signs: Iterable[str], large: str) -> re.Pattern[str]:
    """Return a pattern for a sum with its sign in front and one of the `large` numbers behind."""
    return re.compile(
        rf"{MINUS}(?P<sign>{any_of(signs)}) ?{AMOUNT}(?:[—-](?P<to>\d{{1,12}})(?!\d|[.,]\d|%))?"
        rf"(?P<large>{large})"
    )


def measure_pattern(units: Iterable[str], per: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for a number with one of `units`, and one of `per` below a stroke."""
    return re.compile(
        rf"{START}{MINUS}{AMOUNT} ?(?P<unit>{any_of(units)})(?P<power>[²³])?"
        rf"(?: ?/ ?(?P<per>{any_of(per)})(?P<per_power>[²³])?)?(?![A-Za-z²³/])"
    )


def is_date(match: re.Match[str]) -> bool:
    """Say whether month and day of a match are such; 3.5 and 3-5 behind a year are no month."""
    month, day = match["month"], match["day"]
    if not 1 <= int(month) <= MONTHS or (day and not 1 <= int(day) <= DAYS):
        return False
    return bool(day) or len(month) == len("05") or match["sep"] == "/"
