"""Recognises headings of parts and chapters in a line, in the languages of Kokoro.

Every reader asks here. A heading is *plain* if it names its kind ("Chapter IV", "Canto segundo",
"第三章"), or a *name* ("Epilogue"). A number alone, or before a title, is a heading only if others
like it count up from one: `keep_counted` checks that.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scripts.audiobook.outline.heading_words import (
    CARDINALS,
    CHAPTERS,
    CJK_CHAPTERS,
    CJK_DIGITS,
    CJK_NUMBER,
    CJK_PARTS,
    CONTENTS,
    NAMES,
    ORDINALS,
    PARTS,
)

MAX_HEADING_CHARACTERS = 100
MAX_LONG_HEADING_CHARACTERS = 400
"""Longest heading that names its kind, its number and, after a mark, its title."""

PART_LEVEL = 1
CHAPTER_LEVEL = 2
NUMBER_LEVEL = 3

ROMAN = r"(?=[MDCLXVI])M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})(?<=[MDCLXVI])"
"""A Roman numeral in capitals, for use inside a regular expression."""

_AFTER = r"(?![\w\u0900-\u0963\u0966-\u097f])"
"""End of a word; for a regex the vowel signs of Devanagari are no letters."""
_END = r"(?:\s*(?P<mark>[.,:：—–•·|-]+)\s*(?P<title>\S.*)|(?P<gap>\s+)(?P<name>\S.*)|\s*[.:।]?\s*)"
_NUMBER = rf"(?P<number>\d+|{ROMAN}|{CARDINALS}|{ORDINALS}){_AFTER}"

_PLAIN = (
    (PART_LEVEL, rf"(?:the\s+)?(?:{PARTS})\s+{_NUMBER}{_END}"),
    (PART_LEVEL, rf"(?P<number>{ORDINALS})\s+(?:{PARTS}){_AFTER}{_END}"),
    (PART_LEVEL, rf"第(?P<number>{CJK_NUMBER}+)\s*{CJK_PARTS}{_END}"),
    (CHAPTER_LEVEL, rf"(?:the\s+)?(?:{CHAPTERS})\s+{_NUMBER}{_END}"),
    (CHAPTER_LEVEL, rf"(?P<number>{ORDINALS})\s+(?:{CHAPTERS}){_AFTER}{_END}"),
    (CHAPTER_LEVEL, rf"第(?P<number>{CJK_NUMBER}+)\s*{CJK_CHAPTERS}{_END}"),
    (CHAPTER_LEVEL, rf"(?P<name_alone>{NAMES}){_AFTER}{_END}"),
)
_PATTERNS = [(level, re.compile(pattern, re.IGNORECASE)) for level, pattern in _PLAIN]
_COUNTED = re.compile(
    rf"(?P<digits>\d{{1,3}})(?:[.:)]\s+(?P<title>\S.*)|\.?)"
    rf"|(?P<roman>{ROMAN})(?:[.:)]\s+(?P<name>\S.*)|\.?)"
    rf"|(?P<kanji>[{CJK_DIGITS}十百]{{1,5}})(?:[、．\s]\s*(?P<cjk>\S.*))?"
)
_JOINT = re.compile(r"\s*(?:(?P<bullet>[•·|])|:|[,.—–](?=\s)|(?<=\s)-(?=\s))\s*")
"""Between the title of a part and the heading of its chapter."""
_CONTENTS = re.compile(CONTENTS, re.IGNORECASE)

Kind = Literal["plain", "name", "digits", "roman", "kanji"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that may be a heading."""

    text: str
    level: int
    kind: Kind
    number: int = 0
    """Its number, for the kinds with digits or numerals."""
    has_title: bool = False
    """A title follows the number."""


def read_heading(line: str) -> Heading | None:
    """Return the heading that a line may be; None if it cannot be one."""
    text = line.strip()
    if not text or len(text) > MAX_LONG_HEADING_CHARACTERS or text[-1] in ",;":
        return None
    heading = _read_plain(text)
    is_long = len(text) > MAX_HEADING_CHARACTERS
    if heading and heading.level == CHAPTER_LEVEL:
        return heading
    if not is_long and (below_part := _read_below_part(text)):
        return below_part
    return heading or (None if is_long else _read_counted(text))


def is_part(title: str) -> bool:
    """Return whether `title` names a part of a book, which has chapters of its own."""
    heading = read_heading(title)
    return heading is not None and heading.level == PART_LEVEL


def is_contents(line: str) -> bool:
    """Return whether `line` is the title of a table of contents."""
    return bool(_CONTENTS.fullmatch(line.strip(" .:*_[]")))


def keep_counted(headings: Sequence[Heading]) -> set[int]:
    """Return the indexes of the headings that are plain or count up from one."""
    kept = {at for at, heading in enumerate(headings) if heading.kind in {"plain", "name"}}
    counted = {(each.kind, each.has_title) for at, each in enumerate(headings) if at not in kept}
    for wanted in counted:
        kept.update(
            _find_counts(
                (at, each)
                for at, each in enumerate(headings)
                if (each.kind, each.has_title) == wanted
            )
        )
    return kept


def read_roman(numeral: str) -> int:
    """Return the value of a well-formed Roman numeral in capitals."""
    from roman_numerals import RomanNumeral

    return int(RomanNumeral.from_string(numeral))


def _read_plain(text: str) -> Heading | None:
    for level, pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if not match or not _is_title(match["name"]):
            continue
        is_long = len(text) > MAX_HEADING_CHARACTERS
        if is_long and not match["title"]:
            continue
        if (is_long or match["mark"] == ",") and not _is_title(match["title"]):
            continue
        kind: Kind = "name" if "name_alone" in match.groupdict() else "plain"
        return Heading(text, level, kind, has_title=bool(match["title"] or match["name"]))
    return None


def _read_below_part(text: str) -> Heading | None:
    """Return the heading of a chapter that follows the title of its part on the same line."""
    for joint in _JOINT.finditer(text):
        part, rest = text[: joint.start()], text[joint.end() :]
        heading = _read_plain(rest) if part and rest else None
        if heading is None or heading.level != CHAPTER_LEVEL or heading.kind == "name":
            continue
        above = _read_plain(part)
        is_named = joint["bullet"] and part[0].isalpha() and not part[0].islower()
        if (
            is_named
            or (above and above.level == PART_LEVEL)
            or (joint[0].strip() == ":" and part[0].isupper())
        ):
            return replace(heading, text=f"{part}, {rest}" if joint["bullet"] else text)
    return None


def _read_counted(text: str) -> Heading | None:
    match = _COUNTED.fullmatch(text)
    if not match:
        return None
    title = match["title"] or match["name"] or match["cjk"]
    if title and (not _is_title(title) or title[-1] in ".!?:。！？」』"):
        return None
    if match["digits"]:
        return Heading(text, NUMBER_LEVEL, "digits", int(match["digits"]), bool(title))
    if match["roman"]:
        return Heading(text, NUMBER_LEVEL, "roman", read_roman(match["roman"]), bool(title))
    return Heading(text, NUMBER_LEVEL, "kanji", _read_kanji(match["kanji"]), bool(title))


def _read_kanji(numeral: str) -> int:
    """Return the value of a Chinese numeral below 1000, as in 二十三 or 二三; 0 if it is none."""
    total, digit = 0, -1
    for char in numeral:
        if char in "十百":
            total += max(digit, 1) * (10 if char == "十" else 100)
            digit = -1
        else:
            value = max(0, CJK_DIGITS.index(char) - 1)
            digit = value if digit < 0 else digit * 10 + value
    return total + max(digit, 0)


def _find_counts(headings: Iterable[tuple[int, Heading]]) -> set[int]:
    kept: set[int] = set()
    run: list[int] = []
    last = 0
    for place, heading in headings:
        if heading.number == last + 1:
            run.append(place)
        elif heading.number == 1:
            kept.update(run if len(run) > 1 else ())
            run = [place]
        else:
            continue
        last = heading.number
    return kept | set(run if len(run) > 1 else ())


def _is_title(name: str | None) -> bool:
    """Return whether the text after a number is a title and not the rest of a sentence."""
    return not name or not name[0].isalpha() or not name[0].islower()
