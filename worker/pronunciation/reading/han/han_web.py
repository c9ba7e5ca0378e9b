"""Addresses of the web and of machines, handles and versions, in Chinese and Japanese."""

import re
from collections.abc import Callable
from functools import partial

from worker.pronunciation.reading.rules import Replacement, Rule, Said

_BEFORE, _AFTER = r"(?<![A-Za-z0-9_@/.])", r"(?![A-Za-z0-9_])"
_ADDRESS = re.compile(
    rf"{_BEFORE}(?:https?://[!-~]{{1,200}}|www\.[A-Za-z0-9-]{{1,60}}(?:\.[A-Za-z0-9-]{{1,30}}){{1,5}}"
    r"(?:/[!-~]{0,200})?"
    r"|[A-Za-z0-9_.+-]{1,60}@[A-Za-z0-9-]{1,60}(?:\.[A-Za-z0-9-]{1,30}){1,5}"
    r"|(?:[A-Za-z0-9-]{1,40}\.){1,5}(?:com|org|net|edu|gov|info|jp|cn|tw|hk|io|co)(?:/[!-~]{0,200})?"
    rf"|@[A-Za-z0-9_]{{2,40}}){_AFTER}",
)
_NETWORK = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", re.ASCII)
_VERSION = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,4}){2,4}(?![\d.])", re.ASCII)


def web_rules(
    words: dict[str, str], say: Callable[[str], str], say_number: Callable[[str], str]
) -> tuple[Rule, ...]:
    """Return the rules of the kinds ``electronic`` and ``version``.

    `words` names the signs, `say` reads figures one by one, `say_number` as a number.
    """
    return (
        Rule("electronic", _ADDRESS, partial(_read_address, words, say), "./@"),
        Rule("electronic", _NETWORK, partial(_read_parts, words["point"], say), "."),
        Rule("version", _VERSION, partial(_read_parts, words["point"], say_number), "."),
    )


def _read_address(words: dict[str, str], say: Callable[[str], str], match: re.Match[str]) -> Said:
    text = match.group()
    end = len(text.rstrip(".,;!?)"))
    parts = []
    for piece in re.findall(r"[A-Za-z]+|\d+|.", text[:end]):
        if piece.isdecimal():
            parts.append(say(piece))
        elif piece.isalpha():
            is_spelled = len(piece) <= len("jp") or not re.search("[aeiouy]", piece.lower())
            parts.append(" ".join(piece) if is_spelled or piece.startswith("http") else piece)
        else:
            parts.append(words.get(piece, ""))
    spoken = " ".join(filter(None, parts))
    return [Replacement(match.start(), match.start() + end, f" {spoken} ")]


def _read_parts(point: str, say: Callable[[str], str], match: re.Match[str]) -> Said:
    return point.join(map(say, match.group().split(".")))
