"""Reads the lines of a PDF's pages and drops running heads, page numbers and notes."""

from __future__ import annotations

import ctypes
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from scripts.audiobook.blocks import clean_line
from scripts.audiobook.headings import read_heading

MIN_REPEATS = 3
"""A line on the edge of this many near pages is a running head or foot."""
NEAR_PAGES = 4
"""Near pages are this many before and after; heads change with chapters and between sides."""
EDGE_LINES = 2
"""Lines at the top and at the bottom of a page that may be running heads or feet."""
EDGE_TOLERANCE_POINTS = 4.0
RAISED_SHARE = 0.15
"""Share of a line's height by which the mark of a note is raised."""
SMALL_SHARE = 0.88
"""Letters below this share of the usual height are small."""

_HYPHENS = "\x02\ufffe"
"""Characters that pdfium returns for a hyphen at the end of a line, with the line break."""
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_LEADERS = re.compile(r"(?:\s?[.·…_]){5,}")
"""Dots between a title and its page number."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_NOTE = re.compile(r"(?:\d{1,3}|[*†‡§¶])[\s.)]?\s*\S")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; distances in points from the left and the bottom."""

    text: str
    page: int
    """Page index from 0."""
    left: float
    right: float
    baseline: float
    size: float
    """Height of its letters, ascent to descent."""


def read_lines(document: pypdfium2.PdfDocument) -> Iterator[list[Line]]:
    """Yield the lines of each page; a page is closed before the next is opened."""
    for index in range(len(document)):
        page = document[index]
        textpage = page.get_textpage()
        try:
            yield list(_read_page(textpage, index))
        finally:
            textpage.close()
            page.close()


def drop_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without running heads and feet, page numbers, and notes at the foot."""
    body_size = find_body_size(line for lines in pages for line in lines)
    edges = [{_name_edge(line): line for line in _edge_lines(lines)} for lines in pages]
    kept = []
    for at, lines in enumerate(pages):
        near = edges[max(0, at - NEAR_PAGES) : at + NEAR_PAGES + 1]
        repeated = {
            line
            for name, line in edges[at].items()
            if sum(_has_same(others, name, line) for others in near) >= MIN_REPEATS
            or line.text.strip("-–— []") == str(line.page + 1)
        }
        kept.append(_drop_notes([line for line in lines if line not in repeated], body_size))
    return kept


def find_body_size(lines: Iterator[Line]) -> float:
    """Return the most frequent height of text; 0 if there is no text."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _read_page(textpage: pypdfium2.PdfTextPage, index: int) -> Iterator[Line]:
    characters: list[tuple[int, str]] = []
    for at in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(textpage, at)
        char = chr(code) if code <= sys.maxunicode else " "
        if char in _HYPHENS:
            yield from _make_line(textpage, index, [*characters, (at, "-")])
            characters = []
        elif char in "\r\n":
            yield from _make_line(textpage, index, characters)
            characters = []
        else:
            characters.append((at, char))
    yield from _make_line(textpage, index, characters)


def _make_line(
    textpage: pypdfium2.PdfTextPage, index: int, characters: list[tuple[int, str]]
) -> Iterator[Line]:
    written = [(at, char) for at, char in characters if not char.isspace()]
    if not written:
        return
    left, bottom, _, top = textpage.get_charbox(written[0][0], loose=True)
    # A drop cap is higher than its line.
    last_box = textpage.get_charbox(written[-1][0], loose=True)
    middle_box = textpage.get_charbox(written[len(written) // 2][0], loose=True)
    size = median([top - bottom, last_box[3] - last_box[1], middle_box[3] - middle_box[1]])
    baseline = _baseline_of(textpage, written[len(written) // 2][0])
    text = "".join(
        char
        for (_, before), (at, char) in zip([(0, " "), *characters], characters, strict=False)
        if not (char.isdigit() and not before.isspace() and not before.isdigit())
        or not _is_raised(textpage, at, baseline, size)
    )
    text = clean_line(_LEADERS.sub(", ", text.translate(_LIGATURES)))
    if text:
        yield Line(text, index, left, last_box[2], baseline, size)


def _is_raised(textpage: pypdfium2.PdfTextPage, at: int, baseline: float, size: float) -> bool:
    """Return whether a digit after a word is the small, raised mark of a note."""
    box = textpage.get_charbox(at, loose=True)
    is_small = box[3] - box[1] < SMALL_SHARE * size
    return is_small and _baseline_of(textpage, at) > baseline + RAISED_SHARE * size


def _baseline_of(textpage: pypdfium2.PdfTextPage, at: int) -> float:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(textpage, at, x, y)
    return y.value


def _edge_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the lines nearest to the top and the bottom of the page."""
    ordered = sorted(lines, key=lambda line: -line.baseline)
    return ordered[:EDGE_LINES] + ordered[EDGE_LINES:][-EDGE_LINES:]


def _name_edge(line: Line) -> str:
    """Return the text of a line without page numbers: it is the same for all of a running head."""
    heading = read_heading(line.text)
    # Chapter headings may all be at the same place and differ only in their numbers.
    is_chapter = heading is not None and heading.kind == "plain"
    return line.text if is_chapter else _NUMBER.sub("#", line.text.casefold())


def _has_same(others: Mapping[str, Line], name: str, line: Line) -> bool:
    other = others.get(name)
    return other is not None and abs(other.baseline - line.baseline) <= EDGE_TOLERANCE_POINTS


def _drop_notes(lines: list[Line], body_size: float) -> list[Line]:
    """Drop the small lines at the end of a page from the first one with a note's mark."""
    end = len(lines)
    while end and lines[end - 1].size < SMALL_SHARE * body_size:
        end -= 1
    for at in range(end, len(lines)):
        if at > 0 and _NOTE.match(lines[at].text):
            return lines[:at]
    return lines
