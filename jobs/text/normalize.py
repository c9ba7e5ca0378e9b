"""Brings text into the few forms that pronunciation understands, and keeps the way back.

Every character of the normalised text knows the stretch of the original that it stands for.
Paragraphs are kept as two newlines and lines that end on purpose (verse, lists, headings) as one;
the newline of a wrapped line becomes a space.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .characters import extends_previous
from .line_breaks import NEWLINES, find_break

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("’‘‛ʼ′＇", "'"),
        **dict.fromkeys("″＂", '"'),
        **dict.fromkeys("„‟〝«‹《〈「『【〔｢", "“"),
        **dict.fromkeys("〞〟»›》〉」』】〕｣", "”"),
        **dict.fromkeys("。．｡।॥۔։።", "."),
        **dict.fromkeys("、，､،", ","),
        **dict.fromkeys("؛；", ";"),
        **dict.fromkeys("؟？", "?"),
        **dict.fromkeys("–―〜～⸺⸻", "—"),
        **dict.fromkeys("‐‑−﹣", "-"),
        **dict.fromkeys("‥⋯", "…"),
        **dict.fromkeys("・·･", " "),
    }
)
_SPECIAL = re.compile(
    r"(?P<space>\s{2,}|[^\S ])"
    r"|(?P<rule>[=_*#~\-]{5,})"
    r"|(?P<dash>-{2,4}|[–―—⸺⸻]+)"
    r"|(?P<dots>\.{3,})"
    r"|(?P<repeat>(?P<mark>[.!?,;:])(?P=mark)+)"
    r"|(?P<markup>[*_`|~^\\<>=•‣◦▪■□●○►▶#])"
    r"|(?P<cluster>[^\x00-\x7f]|[A-Za-z](?=[\u0300-\u036f]))"
    r"|(?P<control>[\x00-\x08\x0e-\x1b\x7f])"
)
_LINE_START = re.compile(rf"(?:\A|[{NEWLINES}])[ \t>#]*\Z")
_POWER = re.compile(r"[\w({+-]")
_DIGIT = re.compile(r" ?\d")
_DIGIT_BEFORE = re.compile(r"\d ?\Z")
_VARIANTS = (
    ("\uff01", "\uffee"),  # full-width and half-width forms
    ("\ufb00", "\ufb06"),  # ligatures
    ("\U0001d400", "\U0001d7ff"),  # mathematical letters
    ("\u2160", "\u217f"),  # Roman numerals
    ("\u2460", "\u24ff"),  # numbers and letters in circles
)
_MAX_CLUSTER_CHARACTERS = 32
_MAX_MARKS = 8


@dataclass(frozen=True, slots=True)
class NormalText:
    """Normalised text and where each of its characters comes from."""

    text: str
    starts: tuple[int, ...]
    """For each character, the first character of the original that it stands for."""
    ends: tuple[int, ...]
    """For each character, the character of the original after the last one."""


def normalize(
    text: str, start: int = 0, end: int | None = None, *, keeps_signs: bool = False
) -> NormalText:
    """Normalise ``text[start:end]``; the offsets that come back count from the start of `text`.

    With `keeps_signs`, signs that reading rules know stay: ``<5``, ``~7``, ``10^6``, ``a_b``.
    """
    end = len(text) if end is None else end
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = start
    for written, first, last in _rewrite(text, start, end, keeps_signs=keeps_signs):
        # What stands between two of the special places stays as it is, but for a second space.
        if at < first and text[at] == " " and characters and characters[-1][-1].isspace():
            at += 1
        if at < first:
            characters.append(text[at:first])
            starts.extend(range(at, first))
            ends.extend(range(at + 1, first + 1))
        at = last
        if written and not (written == " " and characters and characters[-1][-1].isspace()):
            characters.append(written)
            starts.extend([first] * len(written))
            ends.extend([last] * len(written))
    return NormalText("".join(characters), tuple(starts), tuple(ends))


def _rewrite(
    text: str, start: int, end: int, *, keeps_signs: bool
) -> Iterator[tuple[str, int, int]]:
    """Yield what is written at each special place, and the place; at last the end of the text."""
    at = start
    while at < end:
        match = _SPECIAL.search(text, at, end)
        if match is None:
            break
        plain_end = match.start()
        at = match.end()
        if match["cluster"]:
            at = _cluster_end(text, plain_end, end)
        if keeps_signs and match["markup"] and _is_sign(text, plain_end):
            yield match.group(), plain_end, at
        else:
            written = _replace(text, match, plain_end, at)
            if text[plain_end] in "、，" and _is_between_digits(text, plain_end, at):
                written += " "  # it parts numbers, and groups no figures
            yield written, plain_end, at
    yield "", end, end


def _is_between_digits(text: str, start: int, end: int) -> bool:
    return text[start - 1 : start].isdigit() and text[end : end + 1].isdigit()


def _cluster_end(text: str, start: int, end: int) -> int:
    at = start + 1
    end = min(end, start + _MAX_CLUSTER_CHARACTERS)
    while at < end and extends_previous(text, at):
        at += 1
    return at


def _replace(text: str, match: re.Match[str], start: int, end: int) -> str:
    """Return what stands for the special characters ``text[start:end]``."""
    kind = match.lastgroup
    if kind == "space":
        return (" ", "\n", "\n\n")[find_break(text, start, end)]
    if kind == "cluster":
        return _fold(text[start:end])
    if kind == "markup":
        return _replace_markup(text, start)
    if kind == "repeat":
        return text[start]
    is_dash = kind == "dash" or (text[start] == "-" and text[start - 1 : start].isalnum())
    return "—" if is_dash else "…" if kind == "dots" else ""


def _replace_markup(text: str, at: int) -> str:
    """Keep a symbol that is meant as one, and leave out what only marks up the text."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    char = text[at]
    is_symbol = char in "=<>" and before.isspace() and after.isspace()
    if is_symbol or (char == "#" and (before.isalnum() or after.isalnum())):
        return char
    if char == "=" and before.isalnum() and after.isalnum():
        return char
    return " " if before.isalnum() and after.isalnum() else ""


def _is_sign(text: str, at: int) -> bool:
    """Say whether the mark at `at` means something: not a list, a quotation or emphasis."""
    char = text[at]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if char in "<>#=":
        # At the start of a line it marks a quotation or a heading, unless it is before a word.
        return after.isalnum() or _LINE_START.search(text[max(0, at - 4) : at]) is None
    if char == "~":
        return "~" not in (before, after)
    if char == "^":
        return bool(_POWER.match(after)) and (before.isalnum() or before == ")")
    if char == "*":
        return bool(_DIGIT_BEFORE.search(text[max(0, at - 2) : at]) and _DIGIT.match(text, at + 1))
    return char == "_" and before.isalnum() and after.isalnum()


def _fold(cluster: str) -> str:
    """Compose a character with its marks, and bring its look-alikes to one form."""
    if unicodedata.category(cluster[0]).startswith("M"):
        return ""  # a mark without a letter, or one of too many
    kept = (
        _fold_character(char)
        for char in cluster[:_MAX_MARKS].translate(_FOLDED)
        if unicodedata.category(char) not in {"Cf", "Cc"} and char not in "\ufe0e\ufe0f"
    )
    return unicodedata.normalize("NFC", "".join(kept))


def _fold_character(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    is_variant = any(first <= char <= last for first, last in _VARIANTS)
    return unicodedata.normalize("NFKC", char) if is_variant else char
