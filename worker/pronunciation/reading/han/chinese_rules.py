"""Reading rules of Chinese: clock, telephone, scores, dates, units, fractions, money, codes."""

import re
from typing import Any

from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.han.han_numbers import LONGEST, say_chinese, say_figures
from worker.pronunciation.reading.han.han_patterns import (
    CLOCK,
    COMPARISONS,
    DATE,
    LETTER_TO_LETTER,
    MINUS,
    NUMBER,
    PAGES,
    POWER_OF,
    POWERS,
    ROMAN,
    START,
    VULGAR,
    WHOLE,
    YEARS,
    is_date,
    measure_pattern,
    money_pattern,
)
from worker.pronunciation.reading.han.han_web import web_rules
from worker.pronunciation.reading.rules import Replacement, Rule, RuleTable, Said
from worker.pronunciation.reading.word_tables import any_of, load_table

_DATA: dict[str, Any] = load_table("chinese")
_UNITS: dict[str, str] = _DATA["units"]
_MONEY: dict[str, str] = _DATA["money"]
_SIGNS: dict[str, str] = _DATA["signs"]
_COUNTS_AS_PAIR = re.compile(any_of(_DATA["measure_words"]))
_CALL = "打拨码机号话线给编叫电"
_DATE_BACK = re.compile(
    rf"{START}(?:(?P<day>\d{{2}})-)?(?P<month>\d{{2}})-(?P<year>[12]\d{{3}})(?![\d/-])"
)
_TWO_FIGURE_YEAR = re.compile(
    rf"{START}(?P<year>\d{{2}})(?P<sep>/)(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})(?![\d/])"
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
_SCORE = re.compile(r"(?<![\d.])(?<!\d:)(?P<one>\d{1,3}):(?P<two>\d{1,3})(?![\d:])")
_GAME = re.compile(
    r"(?<=[比分胜负平输赢例尺])(?P<one>\d{1,4})[:-](?P<two>\d{1,4})(?![\d:-])"
    r"|(?<![\d:.-])(?P<first>\d{1,3})-(?P<second>\d{1,3})"
    r"(?=获胜|战胜|取胜|击败|战平|打平|领先|落后|大胜|险胜|惜败|逼平|完胜|告负|逆转)"
)
_TELEPHONE = re.compile(
    r"(?<![\d.-])(?:\+?\d{1,3} ?-?)?(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-\d{7,8}"
    r"|[48]00-\d{3,4}-\d{3,4})(?![\d-])"
    rf"|(?<![\d.,-])(?:(?<=[{_CALL}])|(?<=[{_CALL}][:为是 ]))\d{{3,4}}-\d{{4}}(?![\d-])"
    r"|\A\d{3,4}-\d{4}\Z"
)
_CALLED = re.compile(
    rf"(?<=[{_CALL}])(?:(?:是|为|:|,)? ?)(?P<number>\d{{3,20}}(?:[,或和] ?\d{{3,5}}(?!\d)){{0,5}})"
    r"(?!\d|[.,]\d|[个元块万亿年月日分次人倍天%])"
)
_CODE = re.compile(
    r"(?P<number>(?<=[A-Z])(?<!-)\d{3,5}|(?<=[GDKTCZ])\d{3,4}(?=次)|\d{3,4}(?=室|号房|房间))"
    r"(?!\d|[.,]\d|[A-Za-z%])"
)
_PERCENT = re.compile(
    rf"{MINUS}(?P<whole>{WHOLE})(?:\.(?P<part>\d{{1,20}}))?(?:[—~-](?P<to>\d{{1,9}}))?(?P<sign>[%‰])"
)
_FRACTION = re.compile(rf"{START}{MINUS}(?P<above>\d{{1,9}}) ?/ ?(?P<below>\d{{1,9}})(?![\d/])")
_CHARACTER = re.compile(rf"(?P<whole>\d{{1,6}})?(?P<sign>[{''.join(VULGAR)}])")
_NUMBERED = re.compile(r"(?:[Nn]o\. ?|№ ?)(?P<number>\d{1,6})(?!\d)")
_PER = re.compile(r"(?<=[元块角分])/(?=[\u4e00-\u9fff])")
_PER_AREA = re.compile(
    rf"(?<=[人户口])/(?P<per>{any_of(_UNITS)})(?P<per_power>[²³])?(?![A-Za-z²³])"
)
_RANGE = re.compile(r"(?<=[\d年月日时点分元度%岁米号人个])[—~-](?=\d)|(?<=[周第]\d)-(?=[周第]\d)")
_TO = re.compile(r"[—~-]\d{1,4}(?!\d)")
_MATH = re.compile(r"(?P<sign>>=|<=|[-*]|(?<=\d)(?<!\D0)x) ?(?=\d)")


def load_chinese_rules() -> RuleTable:
    """Return the rules of Chinese."""
    return RuleTable(
        (
            *web_rules(_DATA["electronic"], say_figures, lambda part: say_chinese(int(part))),
            Rule("date", DATE, _read_date),
            Rule("date", _DATE_BACK, _read_date, "-"),
            Rule("date", _TWO_FIGURE_YEAR, _read_date, "/"),
            Rule("date", _SHORT_DATE, _read_short_date, "/"),
            Rule("date", _ERA, _read_era),
            Rule("date", YEARS, _read_years, "—-"),
            Rule("date", _YEAR, lambda match: say_figures(match["year"])),
            Rule("score", _GAME, _read_score, ":-"),
            Rule("telephone", _TELEPHONE, lambda match: _figures(match.group())),
            Rule("telephone", _CALLED, _read_called),
            Rule("time", CLOCK, _read_clock, ":"),
            Rule("score", _SCORE, _read_score, ":"),
            Rule("identifier", LETTER_TO_LETTER, lambda _: " to ", "2"),
            Rule("roman", ROMAN, lambda match: say_chinese(read_roman(match["roman"])), "IVXL"),
            Rule("range", PAGES, _read_pages, "p"),
            Rule("ordinal", _NUMBERED, _read_numbered, ".№"),
            Rule("money", money_pattern(_MONEY, "[千百十]?[万亿]?"), _read_money),
            Rule("math", POWER_OF, _read_power, "^"),
            Rule("fraction", _PERCENT, _read_percent, "%‰"),
            Rule("measure", measure_pattern(_UNITS, _UNITS), _read_measure),
            Rule("fraction", _FRACTION, _read_fraction, "/"),
            Rule("fraction", _CHARACTER, _read_character, "".join(VULGAR)),
            Rule("code", _CODE, _read_called),
            Rule("cardinal", NUMBER, _read_number),
            Rule("range", _RANGE, _read_range, "—~-"),
            Rule("measure", _PER, lambda _: "每", "/"),
            Rule("measure", _PER_AREA, _say_per, "/"),
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


def _read_years(match: re.Match[str]) -> Said:
    return f"{say_figures(match['one'])}到{say_figures(match['two'])}"


def _read_called(match: re.Match[str]) -> Said:
    return [Replacement(*match.span("number"), _figures(match["number"]))]


def _read_clock(match: re.Match[str]) -> Said:
    hour, minute, second = int(match["hour"]), match["minute"], match["second"]
    if not second and not match["half"] and _has_score_word(match):
        return None
    words = f"{_count(hour, '个')}点"
    if int(minute) or second:
        words += (
            f"{'零' if 0 < int(minute) < len('0123456789') else ''}{say_chinese(int(minute))}分"
        )
    if second:
        words += f"{say_chinese(int(second))}秒"
    half = match["half"]
    return (("上午" if half in "Aa" else "下午") if half else "") + words


def _has_score_word(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 12) : match.start()]
    return "比分" in before or "比分" in match.string[match.end() : match.end() + 4]


def _read_score(match: re.Match[str]) -> Said:
    found = match.groupdict()
    one, two = found["one"] or found["first"], found["two"] or found["second"]
    return f"{say_chinese(int(one))}比{say_chinese(int(two))}"


def _read_pages(match: re.Match[str]) -> Said:
    to = f"到{say_chinese(int(match['two']))}" if match["two"] else ""
    return f"第{say_chinese(int(match['one']))}{to}页"


def _read_numbered(match: re.Match[str]) -> Said:
    return f"第{say_chinese(int(match['number']))}"


def _read_money(match: re.Match[str]) -> Said:
    to = f"到{say_chinese(int(match['to']))}" if match["to"] else ""
    large, unit = match["large"], _MONEY[match["sign"]]
    return f"{_minus(match)}{_amount(match, '' if to else '元')}{to}{large}{unit}"


def _read_power(match: re.Match[str]) -> Said:
    minus = "负" if match["power"].startswith("-") else ""
    base, power = int(match["base"]), int(match["power"].lstrip("-"))
    return f"{say_chinese(base)}的{minus}{say_chinese(power)}次方"


def _read_percent(match: re.Match[str]) -> Said:
    to = f"到{say_chinese(int(match['to']))}" if match["to"] else ""
    below = "百" if match["sign"] == "%" else "千"
    return f"{_minus(match)}{below}分之{_amount(match)}{to}"


def _read_measure(match: re.Match[str]) -> Said:
    unit = _UNITS[match["unit"]]
    power = POWERS.get(match["power"] or "", "")
    per = _say_per(match) if match["per"] else ""
    return f"{_minus(match)}{_amount(match, unit)}{power}{unit}{per}"


def _say_per(match: re.Match[str]) -> str:
    return f"每{POWERS.get(match['per_power'] or '', '')}{_UNITS[match['per']]}"


def _read_fraction(match: re.Match[str]) -> Said:
    above, below = say_chinese(int(match["above"])), say_chinese(int(match["below"]))
    if match["below"] == match["above"]:
        return f"{above}比{below}"
    return f"{_minus(match)}{below}分之{above}"


def _read_character(match: re.Match[str]) -> Said:
    above, below = VULGAR[match["sign"]]
    whole = f"{say_chinese(int(match['whole']))}又" if match["whole"] else ""
    return f"{whole}{say_chinese(below)}分之{say_chinese(above)}"


def _read_number(match: re.Match[str]) -> Said:
    line = match.string
    is_rank = line[match.start() - 1 : match.start()] == "第"
    to = _TO.match(line, match.end())
    end = to.end() if to else match.end()
    following = "" if is_rank else line[end : end + 2]
    return _minus(match) + _amount(match, following)


def _read_range(match: re.Match[str]) -> Said:
    behind = match.string[match.start() : match.start() + 11]
    if match.group() == "-" and not re.match(
        r"-(?:\d{1,9} ?[\u4e00-\u9fff%]|\d{1,2}:\d\d|周)", behind
    ):
        return None
    return "到"


def _read_math(match: re.Match[str]) -> Said:
    sign = match["sign"]
    if sign == "-":
        before = match.string[: match.start()].rstrip()[-1:]
        return "减" if before.isdecimal() else None
    return _SIGNS[COMPARISONS[sign]]
