"""Drops the numbers that count the rows of a page in its margin."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from scripts.audiobook.pdf.text_rows import PlacedWord, Row, make_row

ALIGNED_POINTS = 1.5
GAP_SHARE = 0.7
"""Least distance of a number from the text of its row, as a share of the row's height."""
MIN_NUMBERS = 3
COUNTING_SHARE = 0.75
"""Least share of the numbers that are as far from the one before as their rows are."""
COUNTED_SHARE = 0.6
"""Least share of a page's rows that are numbered one by one; fewer are a list of short items."""


def drop_row_numbers(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a page without their numbers; each row, or every fifth, may have one."""
    kept = list(rows)
    for end in (0, -1):
        found = {at: row.words[end] for at, row in enumerate(kept) if _has_number(row, end)}
        for side in ("left", "right"):
            numbers = _align(found, side)
            if _counts_rows(numbers, len(kept)):
                for at in numbers:
                    words = kept[at].words
                    words = words[1:] if end == 0 else words[:-1]
                    kept[at] = make_row(words, kept[at].baseline)
                break
    return kept


def _has_number(row: Row, end: int) -> bool:
    """Return whether the first or the last word of a row is a number that stands off."""
    if len(row.words) == 1 or not row.words[end].text.isdecimal():
        return False
    before, after = row.words[:2] if end == 0 else row.words[-2:]
    return after.left - before.right >= GAP_SHARE * row.size


def _align(found: Mapping[int, PlacedWord], side: str) -> dict[int, int]:
    """Return the numbers, by row, that are below each other."""
    edges = {at: getattr(word, side) for at, word in found.items()}
    usual = median(edges.values()) if edges else 0.0
    return {
        at: int(found[at].text) for at, edge in edges.items() if abs(edge - usual) <= ALIGNED_POINTS
    }


def _counts_rows(numbers: Mapping[int, int], rows: int) -> bool:
    """Return whether two numbers differ by as much as rows lie between them."""
    if len(numbers) < MIN_NUMBERS:
        return False
    steps = [
        (at - before, number - less) for (before, less), (at, number) in pairwise(numbers.items())
    ]
    counting = sum(distance == step for distance, step in steps)
    is_each = median(distance for distance, _ in steps) == 1
    return counting >= COUNTING_SHARE * len(steps) and (
        not is_each or len(numbers) >= COUNTED_SHARE * rows
    )
