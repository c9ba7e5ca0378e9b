"""The arithmetic of a comparison: medians, spreads and ratios of rounds that were interleaved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    low: float
    high: float


def spread_of(values: Iterable[float]) -> Spread | None:
    """Return middle, lowest and highest; None where nothing was measured."""
    measured = list(values)
    if not measured:
        return None
    return Spread(median(measured), min(measured), max(measured))


def ratios_by_round(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Return the ratio of each round that both took part in.

    Only what ran right after one another is compared: a machine that is shared is not the same a
    minute later.
    """
    return [our / their for our, their in zip(ours, theirs, strict=False) if their > 0]
