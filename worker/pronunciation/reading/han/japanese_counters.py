"""Japanese numbers in kana, and with counters, whose sounds change where they meet."""

import re
from typing import Any

from worker.pronunciation.reading.han.han_patterns import MINUS, START, WHOLE
from worker.pronunciation.reading.word_tables import load_table

_DATA: dict[str, Any] = load_table("japanese")
COUNTERS: dict[str, list[str]] = _DATA["counters"]
WHOLE_READINGS: dict[str, dict[str, str]] = _DATA["whole"]
"""Counters with a number that are a word of their own."""
_LAST: dict[str, dict[str, str]] = _DATA["last"]
_NOT_BEFORE: dict[str, str] = _DATA["not_before"]
ONES = ("ゼロ", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_HUNDREDS = {3: "サンビャク", 6: "ロッピャク", 8: "ハッピャク"}
_THOUSANDS = {3: "サンゼン", 8: "ハッセン"}
_SHORTENED = {
    "イチ": "イッ",
    "ロク": "ロッ",
    "ハチ": "ハッ",
    "ジュー": "ジュッ",
    "ヒャク": "ヒャッ",
}
_SHORTENS = {
    "b": ("イチ", "ロク", "ハチ", "ジュー", "ヒャク"),
    "p": ("イチ", "ロク", "ハチ", "ジュー", "ヒャク"),
    "k": ("イチ", "ロク", "ハチ", "ジュー", "ヒャク"),
    "s": ("イチ", "ハチ", "ジュー"),
    "q": ("ロク", "ジュー", "ヒャク"),
    "j": ("ジュー",),
    "": (),
}
"""Which endings of a number each change of a counter shortens."""
_SOUNDS = {
    "b": str.maketrans("ハヒフヘホ", "バビブベボ"),
    "p": str.maketrans("ハヒフヘホ", "パピプペポ"),
}

_KANJI = "一二三四五六七八九十百千"


def _pattern_of(counters: list[str]) -> str:
    """Return a pattern for one of `counters` that does not begin another word."""
    plain = [counter for counter in counters if counter not in _NOT_BEFORE]
    parts = [(c, f"{re.escape(c)}(?!{_NOT_BEFORE[c]})") for c in counters if c in _NOT_BEFORE]
    parts += [(counter, re.escape(counter)) for counter in plain]
    return "|".join(pattern for _, pattern in sorted(parts, key=lambda part: -len(part[0])))


_ANY_COUNTER = _pattern_of([*COUNTERS])
COUNTED = re.compile(
    rf"{START}{MINUS}(?P<number>{WHOLE})(?P<counter>{_ANY_COUNTER}|つ)(?P<half>半(?!ば))?"
)
ABOUT = re.compile(
    rf"(?<![\d.の{_KANJI}])(?<!\d,)(?<!\d, )(?P<one>[1-9]|[一二三四五六七八]), ?"
    rf"(?P<number>[2-9]|[二三四五六七八九])(?P<counter>{_ANY_COUNTER})(?!の)"
)
"""Two neighbours with one counter: two or three people."""
_SPOKEN = [counter for counter, (_, change) in COUNTERS.items() if change and counter != "分"]
_KANJI_COUNTERS = _pattern_of([*_SPOKEN, "人", "年", "年間", "時間"])
KANJI_COUNTED = re.compile(
    rf"(?<![{_KANJI}何\d万億点])(?:(?<!数)|(?=[十百千]))(?<!第[一二])(?!千歳|[一二]人|六本木)"
    rf"(?P<number>[{_KANJI}][{_KANJI}万]{{0,8}})"
    rf"(?P<counter>{_KANJI_COUNTERS}|時(?![間代刻期計速的々]))(?P<half>(?!))?"
)
KANJI_DATE = re.compile(
    rf"(?<![{_KANJI}〇何数])(?P<number>[{_KANJI}〇]{{2,9}}|(?<=月)[{_KANJI}]"
    rf"|[{_KANJI}](?=月[{_KANJI}]{{1,3}}日)|(?<=時)[{_KANJI}](?=分)"
    rf"|[{_KANJI}](?=時[{_KANJI}]{{1,3}}分)|(?<=午前)[{_KANJI}零]|(?<=午後)[{_KANJI}零])"
    rf"(?P<counter>月(?!間)|日(?!本)|時(?!間)|分(?!の)|年)(?P<half>(?!))?"
)


def say_kana(number: int, last: dict[str, str] | None = None) -> list[str]:
    """Return the syllables of `number`, one piece a figure; `last` replaces single figures."""
    if number == 0:
        return [ONES[0]]
    pieces: list[str] = []
    for power, name in ((10**12, "チョー"), (10**8, "オク"), (10**4, "マン"), (1, "")):
        group, number = divmod(number, power)
        if not group:
            continue
        thousand, hundred, ten, one = (int(char) for char in f"{group % 10**4:04}")
        if thousand:
            one_thousand = "イッセン" if name else "セン"
            regular = one_thousand if thousand == 1 else ONES[thousand] + "セン"
            pieces.append(_THOUSANDS.get(thousand, regular))
        if hundred:
            many = ONES[hundred] if hundred > 1 else ""
            pieces.append(_HUNDREDS.get(hundred) or f"{many}ヒャク")
        if ten:
            pieces += ([ONES[ten]] if ten > 1 else []) + ["ジュー"]
        if one:
            pieces.append((last or {}).get(str(one), ONES[one]) if not name else ONES[one])
        if name:
            pieces.append(name)
    return pieces


def say_counted(number: int, counter: str) -> str:
    """Return `number` with `counter` in kana, with the sounds that meet changed."""
    whole = WHOLE_READINGS.get(counter, {}).get(str(number))
    if whole:
        return whole
    kana, change = COUNTERS[counter]
    pieces = say_kana(number, _LAST.get(counter))
    final = pieces[-1]
    stem = next((end for end in _SHORTENS[change] if final.endswith(end)), "")
    if change in ("b", "p") and (final == "サン" or final.endswith(("セン", "ゼン", "マン"))):
        kana = kana[0].translate(_SOUNDS[change]) + kana[1:]
    elif change == "p" and final == "ヨン" and kana.startswith("フ"):
        kana = kana[0].translate(_SOUNDS["p"]) + kana[1:]
    elif stem:
        pieces[-1] = final.removesuffix(stem) + _SHORTENED[stem]
        if change in _SOUNDS:
            kana = kana[0].translate(_SOUNDS["p"]) + kana[1:]
    return "".join(pieces) + kana
