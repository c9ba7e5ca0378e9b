"""Cuts rows at the gutters of a page whose file goes through all columns row by row."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from scripts.audiobook.pdf.text_rows import Row, make_row

NARROWEST_COLUMN_POINTS = 72.0
ALIGNED_POINTS = 1.5
ALIGNED_SHARE = 0.7
"""Least share of the rows across a gutter in which a word begins at its right edge."""
MIN_ROWS = 5
GUTTER_RATIO = 1.4
"""A gutter is usually so much wider than the gap between two words; after words that all rows
begin with, as in a litany, it is not."""
MIN_WORDS = 3
"""A row in a column of prose has usually so many words; one in a table's cell has fewer."""
FILLED_SHARE = 0.65
"""Least share of a column's width that a row of prose usually fills."""


def cut_at_gutters(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a page, each cut where it goes on in another column of prose."""
    cuts: list[list[float]] = [[] for _ in rows]
    for gutter, start, end in _find_gutters(rows):
        for at in range(start, end):
            cuts[at].append(gutter)
    return [piece for row, gutters in zip(rows, cuts, strict=True) for piece in cut(row, gutters)]


def cut(row: Row, gutters: Iterable[float]) -> list[Row]:
    """Return the pieces of a row that begin at gutters or right of them."""
    places = {_place_of(row, gutter) for gutter in gutters} - {0, len(row.words)}
    if not places:
        return [row]
    ends = [0, *sorted(places), len(row.words)]
    return [make_row(row.words[start:end], row.baseline) for start, end in pairwise(ends)]


def _place_of(row: Row, gutter: float) -> int:
    """Return the index of the first word right of a gutter."""
    return bisect_left(row.words, gutter - ALIGNED_POINTS, key=lambda word: word.left)


def _find_gutters(rows: Sequence[Row]) -> Iterator[tuple[float, int, int]]:
    """Yield the right edge of each gutter, from left to right, its first row and the one after."""
    starts: dict[int, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        for word in row.words[1:]:
            starts[round(word.left)].append(at)
    last = float("-inf")
    for gutter in sorted(starts):
        near = [at for left in (gutter - 1, gutter, gutter + 1) for at in starts.get(left, ())]
        if len(near) < MIN_ROWS or gutter - last < NARROWEST_COLUMN_POINTS:
            continue
        for start, end in _find_runs(rows, gutter, sorted(near)):
            if _parts_prose(rows[start:end], last, gutter):
                yield gutter, start, end
                last = gutter


def _find_runs(
    rows: Sequence[Row], gutter: float, near: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield runs of rows without a word across the gutter, from and to where one begins at it.

    `near` are the rows in which a word begins there.
    """
    if not any(b - a <= MIN_ROWS for a, b in zip(near, near[MIN_ROWS - 1 :], strict=False)):
        return
    start = 0
    for at, (before, here) in enumerate(pairwise([*near, len(rows)]), 1):
        if here == len(rows) or any(_crosses(row, gutter) for row in rows[before + 1 : here]):
            if at - start >= MIN_ROWS:
                yield near[start], before + 1
            start = at


def _crosses(row: Row, gutter: float) -> bool:
    place = _place_of(row, gutter)
    return place > 0 and row.words[place - 1].right > gutter


def _parts_prose(rows: Sequence[Row], last: float, gutter: float) -> bool:
    """Return whether columns of prose, and not of a table, stand left and right of a gutter."""
    parted = [row for row in rows if 0 < _place_of(row, gutter) < len(row.words)]
    pieces = [cut(row, (last, gutter))[-2:] for row in parted]
    aligned = sum(right.left <= gutter + ALIGNED_POINTS for _, right in pieces)
    if aligned < ALIGNED_SHARE * len(pieces):
        return False
    lefts, rights = zip(*pieces, strict=True)
    if not _is_prose(lefts, gutter) or not _is_prose(rights, max(row.right for row in rights)):
        return False
    usual = median(gap for row in lefts for gap in _gaps_of(row))
    return median(right.left - left.right for left, right in pieces) >= GUTTER_RATIO * usual


def _is_prose(column: Sequence[Row], edge: float) -> bool:
    words = median(len(row.words) for row in column)
    width = median(row.right - row.left for row in column)
    return words >= MIN_WORDS and width >= FILLED_SHARE * (edge - min(row.left for row in column))


def _gaps_of(row: Row) -> Iterator[float]:
    for before, after in pairwise(row.words):
        yield after.left - before.right
