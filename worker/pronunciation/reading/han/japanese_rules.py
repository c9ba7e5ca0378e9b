"""Reading rules of Japanese: counters, dates, clock, money, telephone, addresses, versions."""

import re
from typing import Any

from worker.pronunciation.reading.european.european_names import read_roman
from worker.pronunciation.reading.han.han_numbers import (
    LONGEST,
    read_han,
    say_figures,
    say_japanese,
)
from worker.pronunciation.reading.han.han_patterns import (
    CLOCK,
    COMPARISONS,
    DATE,
    DAYS,
    LETTER_TO_LETTER,
    MINUS,
    MONTHS,
    NUMBER,
    PAGES,
    POWER_OF,
    POWERS,
    ROMAN,
    START,
    VULGAR,
    is_date,
    measure_pattern,
    money_pattern,
)
from worker.pronunciation.reading.han.han_web import web_rules
from worker.pronunciation.reading.han.japanese_counters import (
    ABOUT,
    COUNTED,
    KANJI_COUNTED,
    KANJI_DATE,
    ONES,
    WHOLE_READINGS,
    say_counted,
    say_kana,
)
from worker.pronunciation.reading.rules import Replacement, Rule, RuleTable, Said
from worker.pronunciation.reading.word_tables import load_table

_DATA: dict[str, Any] = load_table("japanese")
_SIGNS: dict[str, str] = _DATA["signs"]
_MONEY: dict[str, str] = _DATA["money"]
_UNITS: dict[str, str] = _DATA["units"]
_PER: dict[str, str] = _DATA["per"]

_FOUR = 4
_LINE = 400
"""Characters of a line that are searched for what a stroke means in it."""
_KANJI = "一二三四五六七八九十百千"
_SHORT_DATE = re.compile(rf"{START}(?P<month>\d{{1,2}})(?P<sep>[-/.])(?P<day>\d{{1,2}})(?![\d/.-])")
_PORTION = re.compile(r"カップ|杯|個|本|枚|切|缶|袋|玉|束|量|程|の[量値]|以[上下]|[A-Za-z%]")
_WEEKDAY = re.compile(
    r"(?<=日)(?:\((?P<day>[月火水木金土日])(?:曜日?)?\)|(?P<written>[月火水木金土日])曜日)"
)
_HALF = re.compile(r"(?<![\d.:])(?P<hour>1?\d) ?(?P<half>[AaPp])\.?[Mm](?![A-Za-z])\.?")
_SCORE = re.compile(
    r"(?<![\d:.])(?P<one>\d{1,3}):(?P<two>\d{1,3})(?![\d:])"
    r"|(?<![\d:.-])(?P<first>\d{1,3})-(?P<second>\d{1,3})(?=で[勝敗負引逆快辛惜下破大圧])"
)
_AGAINST = re.compile(rf"(?P<one>[{_KANJI}]{{1,5}})対(?P<two>[{_KANJI}]{{1,5}})(?![{_KANJI}])")
_TELEPHONE = re.compile(
    r"(?<![\d.,-])(?:(?P<plus>\+)(?P<land>\d{1,3})(?P<gap>[ -]))?"
    r"(?P<rest>0\d{1,4}-\d{1,4}-?\d{3,4}|0\d{9,10}|\d{3,4}-\d{4}(?!年)|\d{3}-\d{4}-\d{4}"
    r"|0\d{1,3}-\d{6,8})(?![\d-])"
)
_HOUSE = re.compile(
    r"(?:(?<=[区町村市郷丁目])\d{1,4}-\d{1,4}(?:-\d{1,4})?|(?<![\d.,-])\d{1,3}-\d{1,3}-\d{1,4})(?![\d-])"
)
_CODE = re.compile(r"(?:(?<=番号)|(?<=No\.)|(?<=コード))\d{1,20}(?!\d)")
_DAY_LONG = re.compile(r"(?<![\d月.])1日(?=[中目間前後あも]|以内|当たり|\d|[一二三]回)")
_PARTS = re.compile(r"(?<=割)(?P<part>\d)分|(?<=分)(?P<small>\d)厘")
_VERSION_WORD = re.compile(r"(?<![A-Za-z_-])[Vv](?:er)?\.? ?(?=\d{1,3}(?:\.\d|(?![\d.])))")
_FRACTION = re.compile(
    rf"{START}{MINUS}(?P<root>√?)(?P<above>\d{{1,9}}) ?/ ?(?P<below>\d{{1,9}})(?![\d/])"
)
_CHARACTER = re.compile(rf"(?P<whole>\d{{1,6}})?(?P<sign>[{''.join(VULGAR)}])")
_RANGE = re.compile(r"(?<=[\d年月日時分円旬度人回本個歳%])[—~-](?=\d)")
_MATH = re.compile(r"(?P<sign>>=|<=|[-+=×÷*<>≥≤]|(?<=\d)(?<!\D0)x) ?(?=[\d√])")


def load_japanese_rules() -> RuleTable:
    """Return the rules of Japanese."""
    return RuleTable(
        (
            *web_rules(_DATA["electronic"], _figures, lambda part: _spoken(int(part))),
            Rule("sign", re.compile(r"(?<![A-Za-z])[Nn]o\. ?(?=\d)"), lambda _: "ナンバー", "."),
            Rule("sign", re.compile(r"(?<![A-Za-z])[Vv]ol\. ?(?=\d)"), lambda _: "ボリューム", "."),
            Rule("sign", re.compile("(?<=郵便番号)〒"), lambda _: " ", "〒"),
            Rule("identifier", LETTER_TO_LETTER, lambda _: " to ", "2"),
            Rule("version", _VERSION_WORD, lambda _: "バージョン", "vV"),
            Rule("date", DATE, _read_date),
            Rule("telephone", _TELEPHONE, _read_telephone),
            Rule("telephone", _CODE, lambda match: _figures(match.group())),
            Rule("address", _HOUSE, _read_house, "-"),
            Rule("range", PAGES, _read_pages, "p"),
            Rule("date", _SHORT_DATE, _read_short_date),
            Rule("date", _WEEKDAY, lambda match: _weekday(match["day"] or match["written"]), "(曜"),
            Rule("time", CLOCK, _read_clock, ":"),
            Rule("time", _HALF, _read_clock),
            Rule("score", _SCORE, _read_score, ":-"),
            Rule("score", _AGAINST, _read_against, "対"),
            Rule("roman", ROMAN, lambda match: say_japanese(read_roman(match["roman"])), "IVXL"),
            Rule("money", money_pattern(_MONEY, "[万億兆]?"), _read_money),
            Rule("math", POWER_OF, _read_power, "^"),
            Rule("measure", measure_pattern(_UNITS, _PER), _read_measure),
            Rule("fraction", _PARTS, _read_parts, "割分"),
            Rule("counter", _DAY_LONG, lambda _: "イチニチ", "1"),
            Rule("counter", ABOUT, _read_about, ","),
            Rule("counter", COUNTED, _read_counter),
            Rule("counter", KANJI_DATE, _read_counter, "月日時分年"),
            Rule("counter", KANJI_COUNTED, _read_counter, _KANJI),
            Rule("fraction", _FRACTION, _read_fraction, "/"),
            Rule("fraction", _CHARACTER, _read_character, "".join(VULGAR)),
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
    return " ".join(ONES[int(char)] for char in figures if char.isdecimal())


def _value(written: str) -> int:
    return int(written.replace(",", ""))


def _spoken(number: int) -> str:
    return "".join(say_kana(number))


def _amount(match: re.Match[str]) -> str:
    whole = match["whole"].replace(",", "")
    part = match["part"]
    if len(whole) > LONGEST or (len(whole) > 1 and whole[0] == "0" and not part):
        return _figures(whole)
    words = say_japanese(int(whole))
    return f"{words}点{say_figures(part, '〇')}" if part else words


def _minus(match: re.Match[str]) -> str:
    return "マイナス" if match["minus"] else ""


def _weekday(name: str) -> str:
    kana = ("ゲツ", "カ", "スイ", "モク", "キン", "ド", "ニチ")
    return kana["月火水木金土日".index(name)] + "ヨービ"


def _say_day(day: int) -> str:
    return "ツイタチ" if day == 1 else say_counted(day, "日")


def _read_date(match: re.Match[str]) -> Said:
    if not is_date(match):
        return None
    day = match["day"]
    words = say_counted(int(match["year"]), "年") + say_counted(int(match["month"]), "月")
    return words + (_say_day(int(day)) if day else "")


def _read_short_date(match: re.Match[str]) -> Said:
    month, day = int(match["month"]), int(match["day"])
    padded = len(match["month"]) == len(match["day"]) == len("08") and match["month"][0] in "01"
    if not (1 <= month <= MONTHS and 1 <= day <= DAYS):
        return None
    line = match.string
    is_portion = _PORTION.match(line, match.end()) or line[: match.start()].endswith("さじ")
    if is_portion and not padded:
        return None
    days = re.findall(r"(?<!\d)\d{1,2}/(\d{1,2})(?!\d)", line[:_LINE])
    is_span = re.search(r"/\d{1,2}(?:から|まで|~|—|\()", line[:_LINE])
    many = len(days) > 1 and (is_span or any(int(other) > MONTHS for other in days))
    in_row = match["sep"] == "/" and (day > MONTHS or many)
    if not (in_row or (padded and match["month"][0] == "0") or (padded and match["sep"] == "/")):
        return None
    return say_counted(month, "月") + _say_day(day)


def _read_clock(match: re.Match[str]) -> Said:
    found = match.groupdict()
    words = say_counted(int(match["hour"]), "時")
    half = found.get("half")
    if half:
        words = ("午前" if half in "Aa" else "午後") + words
    if found.get("minute") and int(found["minute"]):
        words += say_counted(int(found["minute"]), "分")
    if found.get("second"):
        words += say_counted(int(found["second"]), "秒")
    return words


def _read_score(match: re.Match[str]) -> Said:
    one, two = match["one"] or match["first"], match["two"] or match["second"]
    return f"{_spoken(int(one))}タイ{_spoken(int(two))}"


def _read_against(match: re.Match[str]) -> Said:
    return f"{_spoken(read_han(match['one']))}タイ{_spoken(read_han(match['two']))}"


def _read_telephone(match: re.Match[str]) -> Said:
    rest = " ノ ".join(map(_figures, match["rest"].split("-")))
    if not match["plus"]:
        return rest
    joint = " ノ " if match["gap"] == "-" else " "
    return f"プラス {_figures(match['land'])}{joint}{rest}"


def _read_house(match: re.Match[str]) -> Said:
    return "ノ".join(_spoken(int(part)) for part in match.group().split("-"))


def _read_pages(match: re.Match[str]) -> Said:
    to = f"カラ{_spoken(int(match['two']))}" if match["two"] else ""
    if to:
        return f"{_spoken(int(match['one']))}{to}ページ"
    return say_counted(int(match["one"]), "ページ")


def _read_parts(match: re.Match[str]) -> Said:
    if match["part"]:
        return f"{_spoken(int(match['part']))}ブ"
    return f"{_spoken(int(match['small']))}リン"


def _read_digit(char: str) -> int:
    """Return what one figure or character stands for."""
    return int(char) if char.isdecimal() else read_han(char)


def _read_about(match: re.Match[str]) -> Said:
    """Say two numbers that follow one another as one: about three or four people."""
    one, two = (_read_digit(match[name]) for name in ("one", "number"))
    counter = match["counter"]
    if two != one + 1:
        return None
    last = {"日": "ニチ", "人": "ニン", "年": "ネン"}.get(counter)
    if last:
        ones = {
            **dict(enumerate(ONES)),
            _FOUR: "ヨ" if two == _FOUR and counter != "日" else "シ",
            7: "シチ",
        }
        return f"{ones[one] if one == _FOUR else ONES[one]}{ones[two]}{last}"
    return f"{ONES[one]}{say_counted(two, counter)}"


def _read_counter(match: re.Match[str]) -> Said:
    number, counter = match["number"], match["counter"]
    value = _value(number) if number[0].isdecimal() else read_han(number)
    line, end = match.string, match.end()
    is_enough = number == "十" and line[match.start() - 1 : match.start()] != "時"
    if counter == "分" and (line[end : end + 1] == "の" or is_enough):
        return None
    if (
        number.startswith("0")
        and len(number) > 1
        and counter not in ("月", "日", "時", "分", "秒", "年")
    ):
        return None
    if counter == "日":
        if value == 1 and line[match.start() - 1 : match.start()] != "月":
            return None
        words = _say_day(value)
    elif (counter == "つ" and str(value) not in WHOLE_READINGS["つ"]) or (
        counter == "月" and not 1 <= value <= MONTHS
    ):
        return None
    else:
        words = say_counted(value, counter)
    minus = _minus(match) if "minus" in match.groupdict() else ""
    return minus + words + ("ハン" if match["half"] else "")


def _read_money(match: re.Match[str]) -> Said:
    to = f"から{say_japanese(int(match['to']))}" if match["to"] else ""
    return f"{_minus(match)}{_amount(match)}{to}{match['large']}{_MONEY[match['sign']]}"


def _read_power(match: re.Match[str]) -> Said:
    minus = "マイナス" if match["power"].startswith("-") else ""
    power = say_japanese(int(match["power"].lstrip("-")))
    return f"{say_japanese(int(match['base']))}の{minus}{power}ジョー"


def _read_measure(match: re.Match[str]) -> Said:
    unit = _UNITS[match["unit"]]
    power = POWERS.get(match["power"] or "", "")
    per = _PER[match["per"]] if match["per"] else ""
    return f"{_minus(match)}{_amount(match)}{power}{unit}{per}"


def _read_fraction(match: re.Match[str]) -> Said:
    root = "ルート" if match["root"] else ""
    below, above = say_japanese(int(match["below"])), say_japanese(int(match["above"]))
    return f"{_minus(match)}{below}分の{root}{above}"


def _read_character(match: re.Match[str]) -> Said:
    above, below = VULGAR[match["sign"]]
    whole = f"{say_japanese(int(match['whole']))}と" if match["whole"] else ""
    return f"{whole}{say_japanese(below)}分の{say_japanese(above)}"


def _read_number(match: re.Match[str]) -> Said:
    return _minus(match) + _amount(match)


def _read_range(match: re.Match[str]) -> Said:
    behind = match.string[match.end() : match.end() + 12]
    if match.group() == "-" and not re.match(
        r"\d{1,9}[年月日時分円歳人度%本個回枚冊階キセトドユ]|\d{4}\.\d|\d{1,2}:\d\d", behind
    ):
        return None
    return "から"


def _read_math(match: re.Match[str]) -> Said:
    sign = match["sign"]
    if sign == "-":
        before = match.string[: match.start()].rstrip()[-1:]
        return "マイナス" if before.isdecimal() else None
    sign = COMPARISONS.get(sign, sign)
    return [Replacement(match.start(), match.start("sign") + len(match["sign"]), _SIGNS[sign])]
