"""Reading rules of Chinese: clock, telephone, scores, dates, units, fractions and money."""

from __future__ import annotations

import re
from typing import Any

from worker.pronunciation.reading.han.han_numbers import LONGEST, say_chinese, say_figures
from worker.pronunciation.reading.han.han_patterns import (
    CLOCK,
    COMPARISONS,
    DATE,
    MINUS,
    NUMBER,
    POWERS,
    START,
    WHOLE,
    is_date,
    measure_pattern,
    money_pattern,
)
from worker.pronunciation.reading.rules import Replacement, Rule, RuleTable, Said
from worker.pronunciation.reading.word_tables import any_of, load_table

_DATA: dict[str, Any] = load_table("chinese")
_UNITS: dict[str, str] = _DATA["units"]
_MONEY: dict[str, str] = _DATA["money"]
_SIGNS: dict[str, str] = _DATA["signs"]
_COUNTS_AS_PAIR = re.compile(any_of(_DATA["measure_words"]))

_NETWORK = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", re.ASCII)
_DATE_BACK = re.compile(
    rf"{START}(?:(?P<day>\d{{2}})-)?(?P<month>\d{{2}})-(?P<year>[12]\d{{3}})(?![\d/-])"
)
_SHORT_DATE = re.compile(rf"{START}(?P<month>0\d|1[0-2])/(?P<day>0\d|[12]\d|3[01])(?![\d/.])")
_YEAR = re.compile(
    r"(?<!\d)(?P<year>[12]\d(?:\d[1-9]|[1-9]\d)(?=年)|[12]\d00(?=年(?!前|来|历|的历))"
    r"|0\d(?=年)|[6-9]\d(?=年(?!代|后|前|间|以|来))|(?<=公元前)\d{3}(?=年)|(?<=公元)\d{3}(?=年)"
    r"|\d{4}(?=级)|[06-9]\d(?=后(?![\u4e00-\u9fff]?来)))"
)
_ERA = re.compile(
    r"(?<![\w.])(?P<year>\d{1,4}) ?(?P<era>[Bb]\.?[Cc]\.?|[Aa]\.?[Dd]\.?)(?![A-Za-z])"
)
_SCORE = re.compile(r"(?<![\d:.])(?P<one>\d{1,3}):(?P<two>\d{1,3})(?![\d:])")
_GAME = re.compile(r"(?<=[比分胜负平胜输赢])(?P<one>\d{1,3})[:-](?P<two>\d{1,3})(?![\d:-])")
_TELEPHONE = re.compile(
    r"(?<![\d.,-])(?:\+?\d{1,3} ?-?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8}"
    r"|[48]00-\d{3,4}-\d{3,4}"
    r"|\d{3,4}-\d{4})(?![\d-])"
)
_CALLED = re.compile(
    r"(?<=[打拨码机号话线给])(?:(?:是|为|:|,)? ?)(?P<number>\d{3,12})"
    r"(?![\d.,个元块万亿年月日分次人%])"
)
_PERCENT = re.compile(
    rf"{MINUS}(?P<whole>{WHOLE})(?:\.(?P<part>\d{{1,20}}))?(?:[—~-](?P<to>\d{{1,9}}))?%"
)
_FRACTION = re.compile(rf"{START}{MINUS}(?P<above>\d{{1,9}}) ?/ ?(?P<below>\d{{1,9}})(?![\d/])")
_RANGE = re.compile(r"(?<=[\d年月日时点分元度%岁米])[—~-](?=\d)")
_MATH = re.compile(r"(?P<sign>>=|<=|[-*]) ?(?=\d)")


def load_chinese_rules() -> RuleTable:
    """Return the rules of Chinese."""
    return RuleTable(
        (
            Rule("electronic", _NETWORK, _read_network, "."),
            Rule("date", DATE, _read_date),
            Rule("date", _DATE_BACK, _read_date, "-"),
            Rule("date", _SHORT_DATE, _read_short_date, "/"),
            Rule("date", _ERA, _read_era),
            Rule("date", _YEAR, lambda match: say_figures(match["year"])),
            Rule("score", _GAME, _read_score, ":-"),
            Rule("telephone", _TELEPHONE, lambda match: _figures(match.group())),
            Rule("telephone", _CALLED, _read_called),
            Rule("time", CLOCK, _read_clock, ":"),
            Rule("score", _SCORE, _read_score, ":"),
            Rule("money", money_pattern(_MONEY, "[千百十]?[万亿]?"), _read_money),
            Rule("fraction", _PERCENT, _read_percent, "%"),
            Rule("measure", measure_pattern(_UNITS, _UNITS), _read_measure),
            Rule("fraction", _FRACTION, _read_fraction, "/"),
            Rule("cardinal", NUMBER, _read_number),
            Rule("range", _RANGE, _read_range, "—~-"),
            Rule("math", _MATH, _read_math),
            Rule(
                "sign",
                re.compile(f"[{re.escape(''.join(_SIGNS))}]"),
                lambda match: _SIGNS[match.group()],
            ),
        ),
        signs="<>~#^",
    )


def _figures(figures: str) -> str:
    groups = re.findall(r"\d+", figures)
    plus = "加" if figures.startswith("+") else ""
    return plus + ",".join(say_figures(group).replace("一", "幺") for group in groups)


def _count(number: int, following: str = "") -> str:
    if number == len("两个") and _COUNTS_AS_PAIR.match(following):
        return "两"
    return re.sub(r"\A二(?=[千万亿])", "两", say_chinese(number))


def _amount(match: re.Match[str], following: str = "") -> str:
    whole, part = match["whole"].replace(",", ""), match["part"]
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0" and not part):
        return say_figures(whole)
    if part:
        return f"{_count(int(whole))}点{say_figures(part)}"
    return _count(int(whole), following)


def _minus(match: re.Match[str]) -> str:
    return "负" if match["minus"] else ""


def _read_network(match: re.Match[str]) -> Said:
    return "点".join(map(say_figures, match.group().split(".")))


def _read_date(match: re.Match[str]) -> Said:
    month, day = int(match["month"]), match["day"]
    if not is_date(match):
        return None
    behind = f"{say_chinese(int(day))}日" if day else ""
    return f"{say_figures(match['year'])}年{say_chinese(month)}月{behind}"


def _read_short_date(match: re.Match[str]) -> Said:
    if not int(match["month"]) or not int(match["day"]):
        return None
    return f"{say_chinese(int(match['month']))}月{say_chinese(int(match['day']))}日"


def _read_era(match: re.Match[str]) -> Said:
    era = "公元前" if match["era"][0] in "Bb" else "公元"
    return f"{era}{say_figures(match['year'])}年"


def _read_called(match: re.Match[str]) -> Said:
    number = match["number"]
    figures = say_figures(number).replace("一", "幺")
    return [Replacement(match.start("number"), match.end(), figures)]


def _read_clock(match: re.Match[str]) -> Said:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    words = f"{_count(hour, '个')}点"
    if int(minute) or second:
        words += (
            f"{'零' if 0 < int(minute) < len('0123456789') else ''}{say_chinese(int(minute))}分"
        )
    if second:
        words += f"{say_chinese(int(second))}秒"
    half = match["half"]
    return (("上午" if half in "Aa" else "下午") if half else "") + words


def _read_score(match: re.Match[str]) -> Said:
    return f"{say_chinese(int(match['one']))}比{say_chinese(int(match['two']))}"


def _read_money(match: re.Match[str]) -> Said:
    return f"{_minus(match)}{_amount(match, '元')}{match['large']}{_MONEY[match['sign']]}"


def _read_percent(match: re.Match[str]) -> Said:
    to = f"到{say_chinese(int(match['to']))}" if match["to"] else ""
    return f"{_minus(match)}百分之{_amount(match)}{to}"


def _read_measure(match: re.Match[str]) -> Said:
    unit = _UNITS[match["unit"]]
    power = POWERS.get(match["power"] or "", "")
    per = f"每{_UNITS[match['per']]}" if match["per"] else ""
    return f"{_minus(match)}{_amount(match, unit)}{power}{unit}{per}"


def _read_fraction(match: re.Match[str]) -> Said:
    if match["below"] == match["above"]:
        return f"{say_chinese(int(match['above']))}比{say_chinese(int(match['below']))}"
    return (
        f"{_minus(match)}{say_chinese(int(match['below']))}分之{say_chinese(int(match['above']))}"
    )


def _read_number(match: re.Match[str]) -> Said:
    following = match.string[match.end() : match.end() + 2]
    return _minus(match) + _amount(match, following)


def _read_range(match: re.Match[str]) -> Said:
    line = match.string
    if match.group() == "-" and not re.match(
        r"-\d{1,9}[\u4e00-\u9fff%]", line[match.start() : match.start() + 11]
    ):
        return None
    return "到"


def _read_math(match: re.Match[str]) -> Said:
    sign = match["sign"]
    if sign == "-":
        before = match.string[: match.start()].rstrip()[-1:]
        return "减" if before.isdigit() else None
    return _SIGNS[COMPARISONS[sign]]
