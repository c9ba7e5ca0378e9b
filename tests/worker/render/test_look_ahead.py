"""The next item is prepared while the present one is at work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from worker.render.render import look_ahead


def count(drawn: list[int], limit: int, reached: threading.Event) -> Iterator[int]:
    """Yield 0, 1, ... and note each; `reached` is set with the second."""
    for number in range(limit):
        drawn.append(number)
        if number == 1:
            reached.set()
        yield number


def test_every_item_comes_once_and_in_order() -> None:
    """Nothing is lost, doubled or turned round, at any length."""
    for limit in range(5):
        assert list(look_ahead(iter(range(limit)))) == list(range(limit))


def test_the_next_item_is_drawn_while_the_first_is_at_work() -> None:
    """The caller has one item, and one more is ready; no more than that."""
    drawn: list[int] = []
    reached = threading.Event()
    with closing(look_ahead(count(drawn, 9, reached))) as ahead:
        assert next(ahead) == 0
        assert reached.wait(timeout=10)
        assert drawn == [0, 1]


def test_an_error_comes_where_its_item_would_have() -> None:
    """What was drawn before the error is delivered first."""

    def fail_at_the_third() -> Iterator[int]:
        yield from (0, 1)
        raise ValueError("no third")

    ahead = look_ahead(fail_at_the_third())

    assert [next(ahead), next(ahead)] == [0, 1]
    with pytest.raises(ValueError, match="no third"):
        next(ahead)


def test_leaving_early_ends_the_thread() -> None:
    """After a close nothing is drawn any more and no thread is left."""
    before = threading.active_count()
    drawn: list[int] = []
    with closing(look_ahead(count(drawn, 9, threading.Event()))) as ahead:
        next(ahead)
    assert drawn in ([0], [0, 1])
    assert threading.active_count() == before
