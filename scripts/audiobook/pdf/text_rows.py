"""Reads the rows of a PDF's page as one sees them: upright, on the page, and not hidden."""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from scripts.audiobook.pdf.hidden_text import address_of, find_hidden
from scripts.audiobook.pdf.optional_content import switch_off_layers

RAISED_SHARE = 0.15
"""Share of a row's height by which the mark of a note is raised."""
SMALL_SHARE = 0.88
"""Letters below this share of the usual height are small."""
MIN_TURNED_ROWS = 5
"""A page with fewer rows up its edge has a stamp there; with more the page itself is turned."""
LARGEST_TILT_DEGREES = 5.0
HIDDEN_LAYER_RATIO = 2
"""Where so many hidden words come to a visible one, the page is a picture with its text behind."""
TURNS_OF_COLUMNS = 3
"""Quarter turns to the right by which columns from the right to the left become rows."""
UNKNOWN = "\ufffd"
"""Stands for a letter of which the file does not tell the character."""

# pdfium writes one of two codes for a hyphen at the end of a row, and no line break after it.
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_ROW = re.compile("[^\r\n\x02\ufffe]+[\x02\ufffe]?")
_WORD = re.compile(r"\S+")
_NOTE_MARK = re.compile(r"(?<=\D)\d+")
_PLAIN = re.compile(r"[!-\/:-~\u2018-\u201d]+")
"""Words without digits and codes, which most are."""
_CONTROLS = (*range(9), *range(14, 32), *range(127, 160))
_CODES = {**dict.fromkeys(_CONTROLS, UNKNOWN), 0x02: "-", 0xFFFE: "-"}

Box = tuple[float, float, float, float]
"""Left, bottom, right and top; points from the left and the bottom."""
Span = tuple[int, int]
"""First character and the one after the last."""


class PlacedWord(NamedTuple):
    """A word of a row; `height` is that of its first letter, ascent to descent."""

    text: str
    left: float
    right: float
    height: float


class Row(NamedTuple):
    """Words on one baseline, in the order of the file; points from the left and the bottom."""

    words: Sequence[PlacedWord]
    left: float
    right: float
    baseline: float
    size: float
    """Usual height of its words; an initial may be higher."""
    characters: int
    """Number of letters and other marks."""


class _Glyphs(NamedTuple):
    """The characters of a page."""

    handle: Any
    text: str
    turns: int
    """Quarter turns to the right that make the text upright."""
    area: Box
    """What is seen of the page, after the turns."""
    read_box: Callable[[int], Box]


def make_row(words: Sequence[PlacedWord], baseline: float) -> Row:
    """Return a row of words; there is at least one."""
    size = _middle([word.height for word in words])
    characters = sum(len(word.text) for word in words)
    return Row(words, words[0].left, words[-1].right, baseline, size, characters)


def read_rows(page: pypdfium2.PdfPage) -> list[Row]:
    """Return the rows of a page without what runs up its edge, lies outside of it or is hidden."""
    switch_off_layers(page)
    textpage = page.get_textpage()
    try:
        text = _read_text(textpage)
        handle = textpage.raw
        rows = [
            words
            for match in _ROW.finditer(text)
            if (words := [word.span() for word in _WORD.finditer(text, *match.span())])
        ]
        if _EAST_ASIAN.search(text) and _is_vertical(handle, rows):
            turns = TURNS_OF_COLUMNS
        else:
            rows, turns = _keep_upright(handle, rows, page.get_rotation() // 90)
        rows = _drop_hidden(page, handle, rows)
        area = _turn(page.get_bbox(), turns)
        glyphs = _Glyphs(handle, text, turns, area, _read_box(handle, turns))
        made = [row for words in rows for row in _make_rows(glyphs, words)]
        # pdfium sorts rows that run up or down a page by another rule.
        return sorted(made, key=lambda row: -row.baseline) if turns else made
    finally:
        textpage.close()


def _read_text(textpage: pypdfium2.PdfTextPage) -> str:
    """Return the text of a page, each character at its place in pdfium's list."""
    handle, count = textpage.raw, textpage.count_chars()
    units = (ctypes.c_ushort * (count + 1))()
    is_whole = pdfium.FPDFText_GetText(handle, 0, count, units) == count + 1
    text = "".join(map(chr, units[:count]))
    if not is_whole or re.search("[\ud800-\udfff]", text):
        return "".join(chr(pdfium.FPDFText_GetUnicode(handle, at)) for at in range(count))
    # The text has one code for hyphens at line ends and for letters without a character.
    return re.sub("\ufffe", lambda odd: chr(pdfium.FPDFText_GetUnicode(handle, odd.start())), text)


def _is_vertical(handle: Any, rows: list[list[Span]]) -> bool:
    """Return whether most characters of a page stand below the ones before them."""
    x, y = ctypes.c_double(), ctypes.c_double()
    below = beside = 0
    for words in rows:
        places = []
        for at in range(words[0][0], words[-1][1]):
            pdfium.FPDFText_GetCharOrigin(handle, at, x, y)
            places.append((x.value, y.value))
        for before, after in pairwise(places):
            is_below = before[1] - after[1] > abs(before[0] - after[0])
            below, beside = below + is_below, beside + (not is_below)
    return below > beside


def _keep_upright(
    handle: Any, rows: list[list[Span]], page_turns: int
) -> tuple[list[list[Span]], int]:
    """Return the rows that run as most of the page does, and the turns that make them upright."""
    turns = [_turns_of(handle, words[0][0]) for words in rows]
    counts = Counter(turn for turn in turns if turn is not None)
    chosen, count = counts.most_common(1)[0] if counts else (page_turns, 0)
    if count < MIN_TURNED_ROWS:
        chosen = page_turns
    return [words for words, turn in zip(rows, turns, strict=True) if turn == chosen], chosen


def _turns_of(handle: Any, at: int) -> int | None:
    """Return how many quarter turns make a character upright; None if it is tilted."""
    degrees = -math.degrees(pdfium.FPDFText_GetCharAngle(handle, at))
    turns = round(degrees / 90)
    return turns % 4 if abs(degrees - 90 * turns) <= LARGEST_TILT_DEGREES else None


def _drop_hidden(page: pypdfium2.PdfPage, handle: Any, rows: list[list[Span]]) -> list[list[Span]]:
    hidden = find_hidden(page)
    if not hidden:
        return rows
    seen = [
        [
            at
            for at in words
            if address_of(pdfium.FPDFText_GetTextObject(handle, at[0])) not in hidden
        ]
        for words in rows
    ]
    count = sum(map(len, seen))
    is_layer = sum(map(len, rows)) - count > HIDDEN_LAYER_RATIO * count
    return rows if is_layer else [words for words in seen if words]


def _read_box(handle: Any, turns: int) -> Callable[[int], Box]:
    """Return a function that returns the place of a character, with its font's ascent, turned."""
    rect = pdfium.FS_RECTF()
    read = pdfium.FPDFText_GetLooseCharBox

    def read_upright(at: int) -> Box:
        read(handle, at, rect)
        return rect.left, rect.bottom, rect.right, rect.top

    return (lambda at: _turn(read_upright(at), turns)) if turns else read_upright


def _turn(box: Box, turns: int) -> Box:
    """Return `box` as it lies after quarter turns to the right."""
    for _ in range(turns):
        box = (box[1], -box[2], box[3], -box[0])
    return box


def _make_rows(glyphs: _Glyphs, words: list[Span]) -> Iterator[Row]:
    """Yield the rows of what pdfium takes for one: it misses some line breaks."""
    left, bottom, right, top = glyphs.area
    read_box = glyphs.read_box
    group: list[tuple[Span, Box, Box]] = []
    before: Box | None = None
    for word in words:
        first = read_box(word[0])
        if not (left <= first[0] < right and bottom < first[3] and first[1] < top):
            continue
        # A word further left, or with no height in common, begins another row.
        if before and (first[0] < before[0] or first[1] >= before[3] or first[3] <= before[1]):
            yield from _make_row(glyphs, group)
            group = []
        group.append((word, first, read_box(word[1] - 1)))
        before = first
    yield from _make_row(glyphs, group)


def _make_row(glyphs: _Glyphs, group: list[tuple[Span, Box, Box]]) -> Iterator[Row]:
    if not group:
        return
    size = _middle([first[3] - first[1] for _, first, _ in group])
    baseline = _baseline_of(glyphs, group[len(group) // 2][0][0])
    words = [
        PlacedWord(text, first[0], last[2], first[3] - first[1])
        for word, first, last in group
        if (text := _spell(glyphs, word, baseline, size))
    ]
    if words:
        yield make_row(words, baseline)


def _middle(heights: list[float]) -> float:
    return sorted(heights)[len(heights) // 2]


def _spell(glyphs: _Glyphs, word: Span, baseline: float, size: float) -> str:
    """Return a word without the raised digits behind it that refer to a note."""
    start, end = word
    text = glyphs.text[start:end]
    if _PLAIN.fullmatch(text):
        return text
    text = _NOTE_MARK.sub(
        lambda mark: "" if _is_raised(glyphs, start + mark.start(), baseline, size) else mark[0],
        text,
    )
    # Two halves are a character beyond U+FFFF.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.translate(_CODES)


def _is_raised(glyphs: _Glyphs, at: int, baseline: float, size: float) -> bool:
    """Return whether a digit stands higher than its row, by its font or by its place."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    pdfium.FPDFText_GetCharBox(glyphs.handle, at, left, right, bottom, top)
    box = _turn((left.value, bottom.value, right.value, top.value), glyphs.turns)
    return box[1] > baseline + RAISED_SHARE * size


def _baseline_of(glyphs: _Glyphs, at: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(glyphs.handle, at, x, y)
    return _turn((x.value, y.value, x.value, y.value), glyphs.turns)[1]
