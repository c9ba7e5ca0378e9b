"""The arithmetic of a comparison."""

from __future__ import annotations

import pytest

from scripts.measure.speed.comparison import Spread, ratios_by_round, spread_of


def test_a_spread_is_middle_lowest_and_highest() -> None:
    """The order of the rounds does not matter, and one outlier does not move the middle."""
    assert spread_of([3.0, 100.0, 1.0]) == Spread(median=3.0, low=1.0, high=100.0)
    assert spread_of([2.0, 4.0]) == Spread(median=3.0, low=2.0, high=4.0)


def test_nothing_measured_has_no_spread() -> None:
    """None instead of a number that nobody measured."""
    assert spread_of([]) is None


def test_ratios_are_taken_round_by_round() -> None:
    """A minute in which the machine was half as fast changes no ratio."""
    assert ratios_by_round([10.0, 5.0], [2.0, 1.0]) == [5.0, 5.0]


def test_rounds_that_one_side_lacks_do_not_count() -> None:
    """A peer that ended early is compared as far as it went; standing still is no speed."""
    assert ratios_by_round([10.0, 9.0, 8.0], [2.0]) == [5.0]
    assert ratios_by_round([10.0, 9.0], [0.0, 3.0]) == [pytest.approx(3.0)]
    assert ratios_by_round([], [1.0]) == []
