"""Reading rules of Japanese: counters with their sound changes, dates, clock, money, telephone."""

from __future__ import annotations

import re
from typing import Any

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
    MINUS,
    MONTHS,
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

_DATA: dict[str, Any] = load_table("japanese")
_COUNTERS: dict[str, list[str]] = _DATA["counters"]
_WHOLE: dict[str, dict[str, str]] = _DATA["whole"]
_LAST: dict[str, dict[str, str]] = _DATA["last"]
_SIGNS: dict[str, str] = _DATA["signs"]
_MONEY: dict[str, str] = _DATA["money"]
_UNITS: dict[str, str] = _DATA["units"]
_PER: dict[str, str] = _DATA["per"]
_ONES = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_HUNDREDS = {3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
_THOUSANDS = {3: "サンゼン", 8: "ハッセン"}
_SHORTENED = {
    "イチ": "イッ",
    "ロク": "ロッ",
    "ハチ": "ハッ",
    "ジュー": "ジュッ",
    "ヒャク": "ヒャッ",
}
_SOUNDS = {
    "b": str.maketrans("ハヒフヘホ", "バビブベボ"),
    "p": str.maketrans("ハヒフヘホ", "パピプペポ"),
}

_KANJI = "一二三四五六七八九十百千"
_SHORT_DATE = re.compile(rf"{START}(?P<month>\d{{1,2}})(?P<sep>[-/.])(?P<day>\d{{1,2}})(?![\d/.-])")
_WEEKDAY = re.compile(
    r"(?<=日)(?:\((?P<day>[月火水木金土日])(?:曜日?)?\)|(?P<written>[月火水木金土日])曜日)"
)
_HALF = re.compile(r"(?<![\d.:])(?P<hour>1?\d) ?(?P<half>[AaPp])\.?[Mm](?![A-Za-z])\.?")
_SCORE = re.compile(
    r"(?<![\d:.])(?P<one>\d{1,3}):(?P<two>\d{1,3})(?![\d:])"
    r"|(?<![\d:.-])(?P<first>\d{1,3})-(?P<second>\d{1,3})(?=で[勝敗負])"
)
_AGAINST = re.compile(rf"(?P<one>[{_KANJI}]{{1,5}})対(?P<two>[{_KANJI}]{{1,5}})(?![{_KANJI}])")
_TELEPHONE = re.compile(
    r"(?<![\d.,-])(?:(?P<plus>\+)(?P<land>\d{1,3})(?P<gap>[ -]))?"
    r"(?P<rest>0\d{1,4}-\d{1,4}-?\d{3,4}|0\d{9,10}|\d{3,4}-\d{4}(?!年)|\d{3}-\d{4}-\d{4}|0\d{1,3}-\d{6,8})(?![\d-])"
)
_CODE = re.compile(r"(?:(?<=番号)|(?<=No\.)|(?<=コード))\d{1,20}(?!\d)")
_COUNTED = re.compile(
    rf"{START}(?P<number>{WHOLE})(?P<counter>{any_of({**_COUNTERS, 'つ': ''})})(?P<half>半(?!ば))?"
)
_KANJI_COUNTED = re.compile(
    rf"(?<![{_KANJI}何数])(?P<number>[{_KANJI}]{{2,9}}|(?<=月)[{_KANJI}]|[{_KANJI}](?=月[{_KANJI}]{{1,3}}日)"
    rf"|(?<=時)[{_KANJI}](?=分)|[{_KANJI}](?=時[{_KANJI}]{{1,3}}分)|(?<=午前)[{_KANJI}零]|(?<=午後)[{_KANJI}零])"
    rf"(?P<counter>月(?!間)|日(?!本)|時(?!間)|分(?!の)|年)(?P<half>(?!))?"
)
_FRACTION = re.compile(
    rf"{START}{MINUS}(?P<root>√?)(?P<above>\d{{1,9}}) ?/ ?(?P<below>\d{{1,9}})(?![\d/])"
)
_RANGE = re.compile(r"(?<=[\d年月日時分円旬度%])[—~-](?=\d)")
_MATH = re.compile(r"(?P<sign>>=|<=|[-+=×÷*<>≥≤]) ?(?=[\d√])")


def load_japanese_rules() -> RuleTable:
    """Return the rules of Japanese."""
    return RuleTable(
        (
            Rule("date", DATE, _read_date),
            Rule("telephone", _TELEPHONE, _read_telephone),
            Rule("telephone", _CODE, lambda match: _figures(match.group())),
            Rule("date", _SHORT_DATE, _read_short_date),
            Rule("date", _WEEKDAY, lambda match: _weekday(match["day"] or match["written"]), "(曜"),
            Rule("time", CLOCK, _read_clock, ":"),
            Rule("time", _HALF, _read_clock),
            Rule("score", _SCORE, _read_score, ":-"),
            Rule("score", _AGAINST, _read_against, "対"),
            Rule("money", money_pattern(_MONEY, "[万億兆]?"), _read_money),
            Rule("measure", measure_pattern(_UNITS, _PER), _read_measure),
            Rule("counter", _COUNTED, _read_counter),
            Rule("counter", _KANJI_COUNTED, _read_counter, "月日時分年"),
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


def say_kana(number: int, last: dict[str, str] | None = None) -> list[str]:
    """Return the syllables of `number`, one piece a figure; `last` replaces single figures."""
    if number == 0:
        return [_ONES[0]]
    pieces: list[str] = []
    for power, name in ((10**12, "チョー"), (10**8, "オク"), (10**4, "マン"), (1, "")):
        group, number = divmod(number, power)
        if not group:
            continue
        thousand, hundred, ten, one = (int(char) for char in f"{group:04}")
        if thousand:
            one_thousand = "イッセン" if name else "セン"
            regular = one_thousand if thousand == 1 else _ONES[thousand] + "セン"
            pieces.append(_THOUSANDS.get(thousand, regular))
        if hundred:
            many = _ONES[hundred] if hundred > 1 else ""
            pieces.append(_HUNDREDS.get(hundred) or f"{many}ヒャク")
        if ten:
            pieces += ([_ONES[ten]] if ten > 1 else []) + ["ジュー"]
        if one:
            pieces.append((last or {}).get(str(one), _ONES[one]) if not name else _ONES[one])
        if name:
            pieces.append(name)
    return pieces


def say_counted(number: int, counter: str) -> str:
    """Return `number` with `counter` in kana, with the sounds that meet changed."""
    whole = _WHOLE.get(counter, {}).get(str(number))
    if whole:
        return whole
    kana, change = _COUNTERS[counter]
    pieces = say_kana(number, _LAST.get(counter))
    final = pieces[-1]
    stem = next((end for end in _SHORTENED if final.endswith(end)), "")
    if change in ("b", "p") and (final == "サン" or final.endswith(("セン", "ゼン", "マン"))):
        kana = kana[0].translate(_SOUNDS[change]) + kana[1:]
    elif change == "p" and final == "ヨン" and kana.startswith("フ"):
        kana = kana[0].translate(_SOUNDS["p"]) + kana[1:]
    elif change and stem and not (change == "s" and stem in ("ロク", "ヒャク")):
        pieces[-1] = final.removesuffix(stem) + _SHORTENED[stem]
        if change in _SOUNDS:
            kana = kana[0].translate(_SOUNDS["p"]) + kana[1:]
    return "".join(pieces) + kana


def _figures(figures: str) -> str:
    return " ".join(_ONES[int(char)] for char in figures if char.isdigit())


def _value(written: str) -> int:
    return int(written.replace(",", ""))


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


def _read_date(match: re.Match[str]) -> Said:
    month, day = int(match["month"]), match["day"]
    if not is_date(match):
        return None
    return f"{_say_year(int(match['year']))}{say_counted(month, '月')}" + (
        _say_day(int(day)) if day else ""
    )


def _say_year(year: int) -> str:
    return say_counted(year, "年")


def _say_day(day: int) -> str:
    return "ツイタチ" if day == 1 else say_counted(day, "日")


def _read_short_date(match: re.Match[str]) -> Said:
    month, day = int(match["month"]), int(match["day"])
    padded = len(match["month"]) == len(match["day"]) == len("08") and match["month"][0] in "01"
    if not (1 <= month <= MONTHS and 1 <= day <= DAYS):
        return None
    many = len(re.findall(r"\d{1,2}/\d{1,2}", match.string[:400])) > 1
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


def _spoken(number: int) -> str:
    return "".join(say_kana(number))


def _read_telephone(match: re.Match[str]) -> Said:
    rest = " ノ ".join(map(_figures, match["rest"].split("-")))
    if not match["plus"]:
        return rest
    joint = " ノ " if match["gap"] == "-" else " "
    return f"プラス {_figures(match['land'])}{joint}{rest}"


def _read_counter(match: re.Match[str]) -> Said:
    number, counter = match["number"], match["counter"]
    value = _value(number) if number[0].isdigit() else read_han(number)
    if number.startswith("0") and len(number) > 1:
        value = int(number)
    line, end = match.string, match.end()
    is_enough = number == "十" and line[match.start() - 1 : match.start()] != "時"
    if counter == "分" and (line[end : end + 1] == "の" or is_enough):
        return None
    if counter == "日":
        if value == 1 and line[match.start() - 1 : match.start()] != "月":
            return None
        words = _say_day(value)
    elif (counter == "つ" and str(value) not in _WHOLE["つ"]) or (
        counter == "月" and not 1 <= value <= MONTHS
    ):
        return None
    else:
        words = say_counted(value, counter)
    return words + ("ハン" if match["half"] else "")


def _read_money(match: re.Match[str]) -> Said:
    return f"{_minus(match)}{_amount(match)}{match['large']}{_MONEY[match['sign']]}"


def _read_measure(match: re.Match[str]) -> Said:
    unit = _UNITS[match["unit"]]
    power = POWERS.get(match["power"] or "", "")
    per = _PER[match["per"]] if match["per"] else ""
    return f"{_minus(match)}{_amount(match)}{power}{unit}{per}"


def _read_fraction(match: re.Match[str]) -> Said:
    root = "ルート" if match["root"] else ""
    below, above = say_japanese(int(match["below"])), say_japanese(int(match["above"]))
    return f"{_minus(match)}{below}分の{root}{above}"


def _read_number(match: re.Match[str]) -> Said:
    return _minus(match) + _amount(match)


def _read_range(match: re.Match[str]) -> Said:
    behind = match.string[match.end() : match.end() + 12]
    if match.group() == "-" and not re.match(r"\d{1,9}[年月日時分円歳人度%]|\d{4}\.\d", behind):
        return None
    return "から"


def _read_math(match: re.Match[str]) -> Said:
    sign = match["sign"]
    if sign == "-":
        before = match.string[: match.start()].rstrip()[-1:]
        return "マイナス" if before.isdigit() else None
    sign = COMPARISONS.get(sign, sign)
    return [Replacement(match.start(), match.start("sign") + len(match["sign"]), _SIGNS[sign])]
