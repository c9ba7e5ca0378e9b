"""Joins a PDF's lines to paragraphs, and hyphenated words to words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import median

from scripts.audiobook.pdf.lines import SIZE_SHARE, Line

GAP_SHARE = 1.3
"""A gap wider than this many usual line distances separates paragraphs."""
INDENT_SHARE = 0.5
"""Least indent, as a share of the line's height."""
MIN_VERSE_LINES = 3
OPEN_SHARE = 0.65
"""Least share of the ends of verse lines that are before where the page's lines could end."""
NARROW_SHARE = 0.5
"""Lines that all take up less of the column's width are verse without further signs."""
UNEVEN_SHARE = 0.3
"""Least share of them that are before the end of the verse's longest line, too."""
CAPITALS_SHARE = 0.8
"""Or least share of the lines that begin with a capital."""

_BULLETS = "•‣◦▪●○■□►▶"
_SENTENCE_END = re.compile(r"(?:[.!?…:。！？]|[—–-](?=[\"”’»]))[\"'”’»)\]」』]*$")
_PARTED = re.compile(r"(\w[\w'’]*)[-\u00ad\u2010]$")
_FIRST_LETTER = re.compile(r"^\W+")
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


def join_passages(pages: Sequence[Sequence[Line]]) -> list[Passage]:
    """Return the paragraphs of all pages; one that goes on to the next page is joined."""
    words = _count_words(pages)
    lines = [line for page in pages for line in page]
    pitch = _find_pitch(lines)
    passages: list[Passage] = []
    group: list[Line] = []
    for line, following in zip_longest(lines, lines[1:]):
        if group and _begins_passage(group, line, following, pitch):
            passages.append(_make_passage(group, words))
            group = []
        group.append(line)
    if group:
        passages.append(_make_passage(group, words))
    return passages


def _find_pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance between two baselines."""
    gaps = [
        before.baseline - after.baseline
        for before, after in pairwise(lines)
        if before.page == after.page and before.baseline > after.baseline
    ]
    return median(gaps) if gaps else 0.0


def _begins_passage(
    group: Sequence[Line], line: Line, following: Line | None, pitch: float
) -> bool:
    last = group[-1]
    if abs(line.size - last.size) > SIZE_SHARE * max(line.size, last.size):
        return True
    if line.text[0] in _BULLETS:
        return True
    gap = last.baseline - line.baseline
    if last.page == line.page and gap > GAP_SHARE * pitch:
        return True
    is_ended = bool(_SENTENCE_END.search(last.text))
    if _is_further(line, last):
        return is_ended or not _is_short(last, line) or not _alternates(group, line, following)
    # Two indented lines in a row are a quotation, or two short paragraphs.
    is_indented = _indent(line) > INDENT_SHARE * line.size
    return is_ended and (is_indented or _had_room(last, line))


def _alternates(group: Sequence[Line], line: Line, following: Line | None) -> bool:
    """Return whether an indented line is verse of which every other line is."""
    goes_back = following is not None and _is_further(line, following)
    came_back = (
        len(group) > 1 and not _is_further(line, group[-2]) and not _is_further(group[-2], line)
    )
    return came_back or (goes_back and following is not None and _is_short(line, following))


def _is_further(line: Line, other: Line) -> bool:
    """Return whether a line begins further right in its column than another."""
    return _indent(line) - _indent(other) > INDENT_SHARE * line.size


def _is_short(line: Line, following: Line) -> bool:
    """Return whether the next word would have fitted by the page's longest line."""
    return _had_room(line, following, line.column.widest - line.column.left)


def _indent(line: Line) -> float:
    return line.left - line.column.left


def _had_room(line: Line, following: Line, edge: float | None = None) -> bool:
    """Return whether the first word of `following` would have fitted on `line`.

    `edge` is the right one, from the left edge of the column; it is that of the column by default.
    """
    width = (following.right - following.left) / max(1, len(following.text))
    word = len(following.text.split(maxsplit=1)[0]) + 1
    room = line.column.right - line.column.left if edge is None else edge
    return line.right - line.column.left + width * word < room


def _make_passage(group: Sequence[Line], words: Counter[str]) -> Passage:
    first = group[0]
    lines = [line.text for line in group]
    if not _is_verse(group):
        lines = ["".join(_join(lines, words))]
    return Passage(tuple(lines), first.page, first.baseline, first.size)


def _is_verse(group: Sequence[Line]) -> bool:
    """Return whether lines end before the edge of their column by the author's will.

    Lines of prose may all be narrower than the column, beside a picture; then each is as full as
    the widest of them lets it be.
    """
    pairs = list(pairwise(group))
    if len(group) < MIN_VERSE_LINES:
        return False
    if sum(_is_short(*pair) for pair in pairs) < OPEN_SHARE * len(pairs):
        return False
    widest = max(line.right - line.column.left for line in group)
    if widest < NARROW_SHARE * (group[0].column.right - group[0].column.left):
        return True
    open_ends = sum(_had_room(*pair, widest) for pair in pairs)
    capitals = sum(_FIRST_LETTER.sub("", line.text)[:1].isupper() for _, line in pairs)
    return open_ends >= UNEVEN_SHARE * len(pairs) or capitals >= CAPITALS_SHARE * len(pairs)


def _join(lines: Sequence[str], words: Counter[str]) -> Iterator[str]:
    """Yield the lines and what is between them, without the hyphens that part words."""
    for line, following in pairwise(lines):
        parted, follows = _PARTED.search(line), _FIRST_WORD.match(following)
        if parted and follows:
            is_one = _is_one_word(parted[1], follows.group(), words)
            yield line[: parted.end(1)] if is_one else f"{line[: parted.end(1)]}-"
        elif line.endswith(("—", "--", "–")) or _is_cjk(line[-1]):
            yield line
        else:
            yield f"{line} "
    yield lines[-1]


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
