"""What a run measures."""

from __future__ import annotations

import pytest

from scripts.measure.speed.benchmark_plan import Clock, make_plan
from scripts.measure.speed.texts import MEDIUM, SHORT, cut_text, load_book


def test_the_book_is_eight_minutes_long() -> None:
    """At the 15 to 16 characters per second of these voices."""
    assert 7_200 < len(load_book()) < 7_700
    assert load_book().isascii()
    assert len(SHORT) < 100 < len(MEDIUM) < 500


def test_the_product_speaks_the_whole_book_and_the_peers_a_slice() -> None:
    """The slice begins the same book, ends with a sentence, and the answer says so."""
    plan = make_plan(load_book(), quick=False, whole=False)
    sliced = plan.peer_texts["book"]

    assert plan.texts["book"] == load_book()
    assert load_book().startswith(sliced)
    assert sliced[-1] in '."?!'
    assert 1_500 < len(sliced) <= 2_000
    assert plan.slices == {
        "book": f"peers speak the first {len(sliced)} of {len(load_book())} characters"
    }
    assert min(plan.rounds.values()) >= 3


def test_whole_leaves_no_slice() -> None:
    """Everybody speaks the same."""
    plan = make_plan(load_book(), quick=False, whole=True)

    assert plan.peer_texts == plan.texts
    assert plan.slices == {}


def test_quick_is_less_of_everything_and_has_a_limit() -> None:
    """One start each, and a clock that runs out before three minutes."""
    quick, full = (make_plan(load_book(), quick=quick, whole=False) for quick in (True, False))

    assert quick.starts == 1
    assert quick.seconds < 180
    assert full.seconds == float("inf")
    for size, text in quick.texts.items():
        assert len(text) <= len(full.texts[size])
        assert quick.rounds[size] <= full.rounds[size]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("One. Two. Three.", "One. Two."),
        ("One two three four", "One two"),
        ("Onetwothreefour", "Onetwothre"),
        ("Short.", "Short."),
    ],
    ids=["sentence", "word", "anywhere", "not at all"],
)
def test_a_cut_falls_between_sentences(text: str, cut: str) -> None:
    """Else between words, else where it must."""
    assert cut_text(text, 10) == cut


def test_a_clock_runs_out() -> None:
    """Nothing is left at once, or never."""
    assert not Clock(0).has()
    assert Clock(60).has(30)
    assert not Clock(60).has(90)
    assert Clock(float("inf")).has(1e9)
