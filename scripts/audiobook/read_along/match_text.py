"""Finds the characters of a spoken paragraph among those of the page that it comes from."""

import unicodedata
from collections.abc import Sequence

_WINDOW = 8
"""This many characters have to agree where one of the texts has more than the other."""
_MAX_ADDED = 60
"""Characters that the reading may have beyond the page in a row, such as a column's name."""
_MAX_LEFT_OUT = 4_000
"""Characters that the page may have beyond the reading in a row, such as an address."""
_MAX_MARKS = 4
_MAX_FAILURES = 25
"""Words that are nowhere near in a paragraph; with more, it is another text."""
_COST_OF_DOUBT = 4
"""Of each letter that the last words lack to a window: few letters agree by chance."""


def match_text(text: str, source: str, at: int = 0) -> tuple[list[int], int]:
    """Return for each character of `text` its index in `source`, and where the match ended.

    -1 stands for space and for what is not in the source. Both run in the same order: the reader
    joins white space, composes letters, drops what is not spoken and adds numbers and quotation
    marks.

    Args:
        text: The paragraph as it is spoken.
        source: The text on the page.
        at: Where in it the paragraph begins.
    """
    places = [-1] * len(text)
    index = failures = 0
    while index < len(text) and failures < _MAX_FAILURES:
        if text[index].isspace():
            index += 1
            continue
        if source[at : at + 1] == text[index]:  # nearly always
            places[index] = at
            index, at = index + 1, at + 1
            continue
        while at < len(source) and _is_silent(source[at]):
            at += 1
        width = _find_width(text[index], source, at)
        if width:
            places[index] = at
            index, at = index + 1, at + width
            continue
        if not text[index].isalnum() or at >= len(source):
            index += 1  # the reader's own quotation mark or comma
            continue
        if not source[at].isalnum():
            at += 1
            continue
        added, left_out = _find_agreement(text, index, source, at)
        if added is None:
            index = _end_of_word(text, index)
            failures += 1
        else:
            index, at = added, left_out
    return places, at


def _is_silent(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc"}


def _find_width(char: str, source: str, at: int) -> int:
    """Return how many characters of the source `char` stands for; 0 if they are others."""
    if source[at : at + 1] == char:
        return 1
    for width in range(1, _MAX_MARKS + 1):
        if unicodedata.normalize("NFC", source[at : at + width]) == char:
            return width
    return 0


def _find_agreement(text: str, index: int, source: str, at: int) -> tuple[int | None, int]:
    """Return the nearest places from which both agree again; None if there are none."""
    for reach in (_MAX_LEFT_OUT // 40, _MAX_LEFT_OUT):
        found = _search(text, index, source, at, reach)
        if found[0] is not None:
            return found
    return None, at


def _search(text: str, index: int, source: str, at: int, reach: int) -> tuple[int | None, int]:
    spoken = _bare(text, index, _MAX_ADDED + _WINDOW)
    written = _bare(source, at, reach)
    letters = "".join(source[place] for place in written)
    words = "".join(text[place] for place in spoken)
    best: tuple[int, int, int] | None = None
    for added in range(min(_MAX_ADDED, len(words))):
        if best and added >= best[0]:
            break
        wanted = words[added : added + _WINDOW]
        found = letters.find(wanted)
        cost = added + found + _COST_OF_DOUBT * (_WINDOW - len(wanted))
        if found >= 0 and (best is None or cost < best[0]):
            best = (cost, added, found)
    if best is None:
        return None, at
    return spoken[best[1]], written[best[2]]


def _end_of_word(text: str, index: int) -> int:
    end = index + 1
    while end < len(text) and end < index + _WINDOW and not text[end].isspace():
        end += 1
    return end


def _bare(text: str, start: int, count: int) -> Sequence[int]:
    """Return the places of the next letters and figures."""
    found: list[int] = []
    while start < len(text) and len(found) < count:
        if text[start].isalnum():
            found.append(start)
        start += 1
    return found
