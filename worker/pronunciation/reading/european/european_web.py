"""Addresses of the web, of machines and of files, handles and hashtags."""

import re

from worker.pronunciation.reading.european.european_language import EuropeanLanguage
from worker.pronunciation.reading.rules import Replacement, Rule, Said

_NAMES = {
    "@": "at", ".": "dot", "/": "slash", ":": "colon", "-": "dash", "_": "underscore",
    "#": "hash", "\\": "backslash", "^": "caret",
}  # fmt: skip
_REST = r"(?:[/:][^\s,;!?“”\"()]{0,200})?"
_ADDRESS = (
    r"(?<![\w@/.])(?:https?://[^\s,;!?“”\"()]{1,200}"
    rf"|www\.[\w-]{{1,60}}(?:\.[\w-]{{1,40}}){{1,5}}{_REST}"
    r"|(?:[\w-]{1,40}\.){0,5}(?:[\w-]{1,40}\.(?:com|org|net|edu|gov|gob|gouv|info|biz|app|dev)"
    r"|[\w-]{2,40}\.(?:es|fr|it|br|in|eu|io|uk|de|ar|mx|cl|pt|ch|be|tv|IT))\b" + _REST + r""
    r"|[A-Za-z0-9_.+-]{1,60}@[A-Za-z0-9-]{1,60}(?:\.[A-Za-z0-9-]{1,40}){1,5}"
    r"|@\w{2,40}|#[^\W\d][\w\u0900-\u0963]{1,60}"
    r"|/(?:[a-z]{1,30}/){1,8}[a-z.]{1,30}/?|[A-Z]:\\[\w\\ .-]{1,120}"
    r"|\w{1,40}\.(?:jpg|png|pdf|csv|txt|html|php|mp3|zip|exe|docx?)\b)"
)
_NETWORK = r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"
_UNSAYABLE = re.compile(r"[^aeiouyáéíóúàèìòùâêôãõü]+|.*[bcdfgkpqtvxz][bcdfgkpqvxz]", re.IGNORECASE)
"""Letters without a vowel, or that end as no word does."""


_PIECE = re.compile(r"(?:[^\W\d_]|[\u0900-\u0963])+|\d+|.")


def web_rules(language: EuropeanLanguage) -> list[Rule]:
    """Return the rules of kind ``electronic``."""
    return [
        language.rule("electronic", _ADDRESS, _read_address, "@./:#\\"),
        language.rule("electronic", _NETWORK, _read_network, "."),
    ]


def _read_network(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    parts = match.group().split(".")
    if all(len(part) == len("000") for part in parts[1:]) and "000" in parts:
        return None
    return f" {language.data['electronic']['dot']} ".join(map(language.numbers.digits, parts))


def _read_address(language: EuropeanLanguage, match: re.Match[str]) -> Said:
    text = match.group()
    end = len(text) - (text.endswith(".") and not text.endswith(".."))
    pieces = _PIECE.findall(text[:end])
    if text[0] == "#":
        words = [language.data["electronic"]["hash"]]
        words += [_say_tag(language, piece) for piece in pieces[1:]]
    else:
        words = [_say_piece(language, piece) for piece in pieces]
    return [Replacement(match.start(), match.start() + end, " ".join(filter(None, words)))]


def _say_tag(language: EuropeanLanguage, piece: str) -> str:
    """Say a word or a number of a hashtag."""
    if piece.isdecimal():
        return language.numbers.whole(piece)
    return piece if piece[0].isalpha() else _say_piece(language, piece)


def _say_piece(language: EuropeanLanguage, piece: str) -> str:
    """Say a word, a number or a sign of an address."""
    letters: dict[str, str] = language.data.get("letters", {})
    known: dict[str, str] = language.data.get("internet_words", {})
    if piece in _NAMES:
        return str(language.data["electronic"].get(_NAMES[piece], ""))
    if piece.isdecimal():
        return language.numbers.digits(piece)
    if piece.lower() in known:
        return known[piece.lower()]
    if letters and piece.isascii():
        return " ".join(letters.get(char, char) for char in piece.lower())
    if not piece[0].isalpha():
        return str(language.data["signs"].get(piece, ""))
    is_spelled = len(piece) <= len("br") or _UNSAYABLE.fullmatch(piece)
    return " ".join(piece.lower()) if is_spelled and len(piece) > 1 else piece
