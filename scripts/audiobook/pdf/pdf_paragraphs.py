"""Joins a PDF's lines to paragraphs, and hyphenated words to words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from scripts.audiobook.pdf.lines import Line

GAP_SHARE = 1.4
"""A gap wider than this many usual line distances separates paragraphs."""
SIZE_SHARE = 0.12
"""Largest relative difference in height between lines of one paragraph."""
INDENT_SHARE = 0.5
"""Least indent, as a share of the line's height."""
MARGIN_SHARE = 0.08
"""Least share of a page's lines that begin at its left margin; others hang out of the page."""
COLUMN_SHARE = 0.25
"""Least share of a page's lines that begin at the left edge of another column."""
NARROWEST_COLUMN_POINTS = 100.0
MIN_VERSE_LINES = 3
MIN_FULL_LINES = 8
"""A page with fewer lines does not show how wide they may be."""

_BULLETS = "•‣◦▪●○■□►▶"
_SENTENCE_END = re.compile(r"[.!?…:。！？][\"'”’»)\]」』]*$")
_PARTED = re.compile(r"(\w[\w'’]*)[-\u00ad\u2010]$")
_FIRST_WORD = re.compile(r"[\w'’-]+")
_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, heading or stanza, and its place."""

    lines: tuple[str, ...]
    """One line; several for verse."""
    page: int
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class _Column:
    """Left and right edge of a column."""

    left: float
    right: float


def join_passages(pages: Sequence[Sequence[Line]]) -> list[Passage]:
    """Return the paragraphs of all pages; one that goes on to the next page is joined."""
    words = _count_words(pages)
    placed = list(_place_lines(pages))
    pitch = _find_pitch([line for line, _ in placed])
    passages: list[Passage] = []
    group: list[tuple[Line, _Column]] = []
    for line, column in placed:
        if group and _begins_passage(group[-1], (line, column), pitch):
            passages.append(_make_passage(group, words))
            group = []
        group.append((line, column))
    if group:
        passages.append(_make_passage(group, words))
    return passages


def _place_lines(pages: Sequence[Sequence[Line]]) -> Iterator[tuple[Line, _Column]]:
    """Yield each line with its column; on a page of few lines it is as wide as on full pages."""
    columns = [_columns(lines) for lines in pages]
    widths = [
        page[0].right - page[0].left
        for page in columns
        if len(page) >= MIN_FULL_LINES and len(set(page)) == 1
    ]
    width = median(widths) if widths else 0.0
    for lines, page in zip(pages, columns, strict=True):
        is_single = len(set(page)) == 1
        for line, column in zip(lines, page, strict=True):
            right = max(column.right, column.left + width) if is_single else column.right
            yield line, _Column(column.left, right)


def _columns(lines: Sequence[Line]) -> list[_Column]:
    """Return the column of each line of a page."""
    if not lines:
        return []
    lefts = Counter(round(line.left) for line in lines)
    margins: list[float] = []
    for left in sorted(lefts):
        near = sum(count for other, count in lefts.items() if abs(other - left) <= 1)
        is_far = not margins or left - margins[-1] >= NARROWEST_COLUMN_POINTS
        if is_far and near >= (COLUMN_SHARE if margins else MARGIN_SHARE) * len(lines):
            margins.append(left - 1)
    margins = margins or [min(lefts) - 1]
    owners = [
        max([margin for margin in margins if margin <= line.left], default=margins[0])
        for line in lines
    ]
    rights = {
        margin: max(
            line.right for line, owner in zip(lines, owners, strict=True) if owner == margin
        )
        for margin in set(owners)
    }
    return [_Column(owner, rights[owner]) for owner in owners]


def _find_pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance between two baselines."""
    gaps = [
        before.baseline - after.baseline
        for before, after in pairwise(lines)
        if before.page == after.page and before.baseline > after.baseline
    ]
    return median(gaps) if gaps else 0.0


def _begins_passage(
    before: tuple[Line, _Column], after: tuple[Line, _Column], pitch: float
) -> bool:
    (last, last_column), (line, column) = before, after
    if abs(line.size - last.size) > SIZE_SHARE * max(line.size, last.size):
        return True
    if line.text[0] in _BULLETS:
        return True
    gap = last.baseline - line.baseline
    if last.page == line.page and gap > GAP_SHARE * pitch:
        return True
    further = (line.left - column.left) - (last.left - last_column.left)
    if further > INDENT_SHARE * line.size:
        return True
    # Two indented lines in a row are a quotation, or two short paragraphs.
    is_indented = line.left - column.left > INDENT_SHARE * line.size
    is_over = is_indented or _had_room(last, last_column, line)
    return is_over and bool(_SENTENCE_END.search(last.text))


def _had_room(line: Line, column: _Column, following: Line) -> bool:
    """Return whether the first word of `following` would have fitted on `line`."""
    width = (following.right - following.left) / max(1, len(following.text))
    word = len(following.text.split(maxsplit=1)[0]) + 1
    return line.right + width * word < column.right


def _make_passage(group: Sequence[tuple[Line, _Column]], words: Counter[str]) -> Passage:
    first = group[0][0]
    lines = [line.text for line, _ in group]
    open_ends = [_had_room(*last, following) for last, (following, _) in pairwise(group)]
    if len(group) >= MIN_VERSE_LINES and all(open_ends):
        return Passage(tuple(lines), first.page, first.baseline, first.size)
    text = ""
    for line in lines:
        text = _join(text, line, words) if text else line
    return Passage((text,), first.page, first.baseline, first.size)


def _join(text: str, line: str, words: Counter[str]) -> str:
    parted, follows = _PARTED.search(text), _FIRST_WORD.match(line)
    if parted and follows:
        stem = text[: parted.end(1)]
        if _is_one_word(parted[1], follows.group(), words):
            return stem + line
        return f"{stem}-{line}"
    if text.endswith(("—", "--", "–")) or _is_cjk(text[-1]):
        return text + line
    return f"{text} {line}"


def _is_one_word(first: str, second: str, words: Counter[str]) -> bool:
    """Return whether the two halves are one word; the rest of the book shows its spelling."""
    joined, hyphened = words[(first + second).lower()], words[f"{first}-{second}".lower()]
    if joined or hyphened:
        return joined >= hyphened
    if not second[0].islower() or first[-1].isdigit():
        return False
    return "-" not in second


def _count_words(pages: Sequence[Sequence[Line]]) -> Counter[str]:
    words: Counter[str] = Counter()
    for lines in pages:
        for line in lines:
            words.update(word.replace("\u2010", "-") for word in _WORD.findall(line.text.lower()))
    return words


def _is_cjk(char: str) -> bool:
    return "\u3000" <= char <= "\u9fff" or "\uff00" <= char <= "\uffef"
