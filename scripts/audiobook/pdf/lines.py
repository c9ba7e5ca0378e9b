"""Reads the lines of a PDF's pages and drops running heads, notes and what is in the margins."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

import pypdfium2

from scripts.audiobook.blocks import clean_line
from scripts.audiobook.outline.headings import read_heading
from scripts.audiobook.pdf.columns import Column, place_rows
from scripts.audiobook.pdf.text_rows import SMALL_SHARE, read_rows

MIN_REPEATS = 3
"""A line on the edge of this many near pages is a running head or foot."""
NEAR_PAGES = 4
"""Near pages are this many before and after; heads change with chapters and between sides."""
EDGE_LINES = 2
"""Lines at the top and at the bottom of a page that may be running heads or feet."""
EDGE_TOLERANCE_POINTS = 4.0
SIZE_SHARE = 0.12
"""Largest relative difference in height between lines of one paragraph."""
MIN_FULL_LINES = 8
"""A page with fewer lines does not show how wide they may be."""
MAX_INITIAL_CHARACTERS = 2
"""A letter, and a quotation mark before it."""
NEAR_SHARE = 0.1
"""A line ends near the edge if it is at most this share of the column's width before it."""
FULL_SHARE = 0.4
"""Least share of the lines of a page of prose that end near its edge."""
INITIAL_RATIO = 1.5
"""An initial is so much higher than the text that it begins."""

_PLAIN_FORMS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0xFB00, 0xFB07), *range(0x1D400, 0x1D800))
}
"""Ligatures, and letters of formulas."""
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
    column: Column


def read_lines(document: pypdfium2.PdfDocument) -> Iterator[list[Line]]:
    """Yield the lines of each page; a page is closed before the next is opened."""
    for index in range(len(document)):
        page = document[index]
        try:
            yield list(_join_initials(_read_page(page, index)))
        finally:
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


def trim_margins(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without what stands beside their columns; all columns are as on full pages.

    Larger letters there are a heading. On the left letters of the usual size are text, too: names
    of speakers, for example.
    """
    body_size = find_body_size(line for lines in pages for line in lines)
    singles = [{line.column for line in lines} for lines in pages]
    widths = [
        column.right - column.left
        for lines, columns in zip(pages, singles, strict=True)
        if len(lines) >= MIN_FULL_LINES and len(columns) == 1
        for column in columns
    ]
    width = median(widths) if widths else 0.0
    return [
        list(_trim_page(lines, width if len(columns) == 1 else 0.0, body_size))
        for lines, columns in zip(pages, singles, strict=True)
    ]


def _trim_page(lines: Sequence[Line], width: float, body_size: float) -> Iterator[Line]:
    left = min((line.column.left for line in lines), default=0.0)
    right = max((max(line.column.right, left + width) for line in lines), default=0.0)
    kept = [line for line in lines if not _is_marginal(line, left, right, body_size)]
    columns = {}
    for column in {line.column for line in kept}:
        rights = [line.right for line in kept if line.column == column]
        edge = max(column.right, column.left + width)
        widest = max(edge, *rights)
        near = sum(right >= widest - NEAR_SHARE * (widest - column.left) for right in rights)
        is_full = near >= FULL_SHARE * len(rights)
        columns[column] = Column(column.left, edge, widest if is_full else float("inf"))
    for line in kept:
        yield replace(line, column=columns[line.column])


def _is_marginal(line: Line, left: float, right: float, body_size: float) -> bool:
    if line.right <= left:
        return line.size < SMALL_SHARE * body_size or line.text.isdecimal()
    return line.left >= right and line.size <= (1 + SIZE_SHARE) * body_size


def _read_page(page: pypdfium2.PdfPage, index: int) -> Iterator[Line]:
    for row, column in place_rows(read_rows(page)):
        text = " ".join(word.text for word in row.words).translate(_PLAIN_FORMS)
        text = clean_line(_LEADERS.sub(", ", text))
        if text:
            yield Line(text, index, row.left, row.right, row.baseline, row.size, column)


def _join_initials(lines: Iterable[Line]) -> Iterator[Line]:
    """Put a large first letter before its word; the lines beside it begin where it does."""
    initial: Line | None = None
    beside: float | None = None
    for line in lines:
        if initial and beside is None and _begins_with(initial, line):
            beside = line.left
            yield replace(line, text=initial.text + line.text, left=initial.left)
        elif initial and beside is not None and _is_beside_initial(initial, line, beside):
            yield replace(line, left=initial.left)
        else:
            if initial and beside is None:
                yield initial
            is_short = len(line.text) <= MAX_INITIAL_CHARACTERS and line.text[-1].isalpha()
            initial, beside = line if is_short else None, None
            if initial is None:
                yield line
    if initial and beside is None:
        yield initial


def _is_beside_initial(initial: Line, line: Line, left: float) -> bool:
    return abs(line.left - left) <= 1 and line.baseline + 1 >= initial.baseline


def _begins_with(initial: Line, line: Line) -> bool:
    is_beside = initial.baseline <= line.baseline + 1 < initial.baseline + initial.size
    is_near = -1 <= line.left - initial.right <= line.size
    is_large = initial.size >= INITIAL_RATIO * line.size
    return is_large and is_beside and is_near


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
