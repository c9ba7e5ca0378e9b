"""Finds readings that stand in brackets after Japanese characters."""

import re

KANJI = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆ヶ〇"
"""Inside of a character class."""

_MAX_KANA_A_CHARACTER = 5
_READING = re.compile(
    rf"(?P<base>[{KANJI}]{{1,10}})[（(](?P<reading>[\u3041-\u3096ー]{{1,30}})[）)]"
)


def say_readings(text: str) -> str:
    """Return `text` with each bracketed reading in hiragana in the place of its characters."""

    def say(found: re.Match[str]) -> str:
        base, reading = found["base"], found["reading"]
        return reading if len(reading) <= _MAX_KANA_A_CHARACTER * len(base) else found[0]

    return _READING.sub(say, text) if "（" in text or "(" in text else text
