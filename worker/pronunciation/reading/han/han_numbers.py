"""Numbers in Chinese characters, as Chinese and Japanese say and write them."""

import re

DIGITS = "〇一二三四五六七八九"
LONGEST = 16
"""Figures; what is longer is read figure by figure."""
_SMALL = ((1000, "千"), (100, "百"), (10, "十"))
_VALUES = {char: at for at, char in enumerate(DIGITS)} | {"零": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_GREAT = {"万": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}
_TEN, _HUNDRED, _THOUSAND, _MYRIAD = 10, 100, 1000, 10_000


def say_figures(figures: str, zero: str = "零") -> str:
    """Return one character for each figure."""
    return "".join(DIGITS[int(char)] for char in figures if char.isdecimal()).replace("〇", zero)


def say_japanese(number: int) -> str:
    """Return `number` as Japanese writes it: no one before ten, hundred or a bare thousand."""
    if number == 0:
        return "零"
    words = ""
    for power, name in ((10**12, "兆"), (10**8, "億"), (10**4, "万"), (1, "")):
        group, number = divmod(number, power)
        if not group:
            continue
        part = ""
        for size, char in _SMALL:
            count, group = divmod(group, size)
            if count:
                bare = count == 1 and not (size == _THOUSAND and name and not part)
                part += ("" if bare else DIGITS[count]) + char
        words += part + (DIGITS[group] if group else "") + name
    return words


def say_chinese(number: int) -> str:
    """Return `number` as Chinese says it: a 零 for each gap."""
    if number == 0:
        return "零"
    words, gap = "", False
    for power, name in ((10**12, "兆"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group, number = divmod(number, power)
        if not group:
            gap = bool(words)
            continue
        if words and (gap or group < _THOUSAND):
            words += "零"
        words += _say_group(group, first=not words or bool(name)) + name
        gap = False
    return words


def _say_group(group: int, *, first: bool) -> str:
    words, gap = "", False
    for size, char in (*_SMALL, (1, "")):
        count, group = divmod(group, size)
        if not count:
            gap = bool(words)
            continue
        one = "" if size == _TEN and count == 1 and first and not words else DIGITS[count]
        words += ("零" if gap else "") + one + char
        gap = False
    return words


def read_han(written: str) -> int:
    """Return the number that Chinese characters stand for.

    Raises:
        KeyError: it is none.
    """
    if re.fullmatch(f"[{DIGITS}零]{{2,}}", written):
        return int("".join(str(_VALUES[char]) for char in written))
    total = group = digit = 0
    for char in written:
        if char in _POWERS:
            group += (digit or 1) * _POWERS[char]
            digit = 0
        elif char in _GREAT:
            total += (group + digit) * _GREAT[char]
            group = digit = 0
        else:
            digit = _VALUES[char]
    return total + group + digit
