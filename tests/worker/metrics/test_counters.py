"""Names and numbers of what is counted."""

from __future__ import annotations

from math import inf

import pytest

from worker.metrics.counters import COUNTERS, ENDED, HISTOGRAMS, CounterKind, HistogramKind

SIZES = HistogramKind("sizes", "Sizes.", (1.0, 2.5, inf))


def test_a_counter_has_a_field_for_each_combination_of_labels() -> None:
    """Queue and outcome make nine numbers, all of them shown before anything has happened."""
    assert ENDED.field("bulk", "finished") == "jobs_ended|bulk|finished"
    assert len(ENDED.known_values()) == 9


def test_a_label_of_unknown_values_shows_nothing_beforehand() -> None:
    """Nobody knows which errors there will be."""
    assert CounterKind("failures", "Failures.", {"error": ()}).known_values() == []


@pytest.mark.parametrize(
    ("value", "bucket"), [(0.0, "1"), (1.0, "1"), (1.01, "2.5"), (2.5, "2.5"), (9.0, "inf")]
)
def test_an_observation_falls_into_the_first_bucket_that_holds_it(
    value: float, bucket: str
) -> None:
    """A bucket's upper end belongs to it, as Prometheus has it."""
    assert SIZES.observe(value) == {f"sizes|{bucket}": 1, "sizes_sum": value}


def test_names_are_told_apart_and_every_histogram_ends_with_infinity() -> None:
    """No two kinds share a name, and no observation is too large for its buckets."""
    names = [kind.name for kind in (*COUNTERS, *HISTOGRAMS)]

    assert len(set(names)) == len(names)
    assert all(kind.bounds[-1] == inf for kind in HISTOGRAMS)
    assert all(list(kind.bounds) == sorted(kind.bounds) for kind in HISTOGRAMS)
