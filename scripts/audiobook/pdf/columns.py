"""Finds the columns of a page and puts its rows in their order."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from scripts.audiobook.pdf.gutters import NARROWEST_COLUMN_POINTS, cut, cut_at_gutters
from scripts.audiobook.pdf.row_numbers import drop_row_numbers
from scripts.audiobook.pdf.text_rows import Row

MARGIN_SHARE = 0.08
"""Least share of a page's characters in rows that begin at its left edge; others hang out of it."""
COLUMN_SHARE = 0.12
"""Least share of a page's characters in rows that begin at the left edge of another column."""
EDGE_SHARE = 0.15
"""Largest share of a column's characters in rows that end right of its edge."""
MAX_RETURNS = 3
"""Rows return to a column on their left more often only where a file goes row by row."""


@dataclass(frozen=True, slots=True)
class Column:
    """Left and right edge of a column."""

    left: float
    right: float
    """Few rows go on beyond it."""
    widest: float = 0.0
    """Right edge of the longest row; infinite if few come near it, as in verse."""


def place_rows(rows: Sequence[Row]) -> list[tuple[Row, Column]]:
    """Return the rows of a page with their columns, one column after the other."""
    rows = _cut_off_notes(cut_at_gutters(drop_row_numbers(rows)))
    margins = _find_margins(rows)
    owners = [max(0, bisect_right(margins, row.left) - 1) for row in rows]
    order = list(range(len(rows)))
    if sum(after < before for before, after in pairwise(owners)) > MAX_RETURNS:
        order = _sort_by_column(rows, owners, margins)
    columns = [
        Column(margin, _find_right([rows[at] for at in order if owners[at] == owner]))
        for owner, margin in enumerate(margins)
    ]
    return [(rows[at], columns[owners[at]]) for at in order]


def _cut_off_notes(rows: list[Row]) -> list[Row]:
    """Cut rows where a few of them go on in the right margin, with a note."""
    edge = _find_right([_part_at_gaps(row)[0] for row in rows])
    pieces = [_part_at_gaps(row, edge) for row in rows]
    notes = sum(part[-1].characters for part in pieces if len(part) > 1)
    is_text = notes > EDGE_SHARE * sum(row.characters for row in rows)
    return rows if is_text else [piece for part in pieces for piece in part]


def _part_at_gaps(row: Row, edge: float = 0.0) -> list[Row]:
    """Return what is before and after the first wide gap of a row that ends right of `edge`."""
    if row.right <= edge:
        return [row]
    for before, after in pairwise(row.words):
        if after.left - before.right >= row.size and after.left >= edge:
            return cut(row, (after.left,))
    return [row]


def _find_margins(rows: Sequence[Row]) -> list[float]:
    """Return the left edges of the columns of a page, from left to right."""
    weights: Counter[int] = Counter()
    for row in rows:
        weights[round(row.left)] += row.characters
    total = weights.total()
    margins: list[float] = []
    for left in sorted(weights):
        share = sum(weights[left + step] for step in (-1, 0, 1)) / total
        if margins:
            is_far = left - margins[-1] >= NARROWEST_COLUMN_POINTS
            is_margin = is_far and share >= COLUMN_SHARE and _is_beside(rows, left)
        else:
            is_margin = share >= MARGIN_SHARE
        if is_margin:
            margins.append(left - 1)
    return margins or [left - 1 for left in sorted(weights)[:1]]


def _is_beside(rows: Sequence[Row], left: float) -> bool:
    """Return whether most rows that begin at `left` have others beside them, on their left."""
    others = sorted(row.baseline for row in rows if row.right <= left)
    own = [row for row in rows if abs(row.left - left) <= 1]
    beside = sum(
        bisect_left(others, row.baseline - row.size) < bisect_right(others, row.baseline + row.size)
        for row in own
    )
    return 2 * beside > len(own)


def _sort_by_column(
    rows: Sequence[Row], owners: Sequence[int], margins: Sequence[float]
) -> list[int]:
    """Return the order of the rows: by column between those that go across several."""
    band = 0
    keys = []
    for at, (row, owner) in enumerate(zip(rows, owners, strict=True)):
        following = margins[owner + 1 : owner + 2]
        is_wide = bool(following) and row.right > following[0] + NARROWEST_COLUMN_POINTS / 2
        band += is_wide
        keys.append((band, owner, at))
        band += is_wide
    return [at for _, _, at in sorted(keys)]


def _find_right(rows: Sequence[Row]) -> float:
    """Return the right edge that all rows keep but those of a small share of the characters."""
    room = EDGE_SHARE * sum(row.characters for row in rows)
    for row in sorted(rows, key=lambda row: -row.right):
        room -= row.characters
        if room < 0:
            return row.right
    return 0.0
