"""Sums over books: share done, speed, time left, exit code."""

from __future__ import annotations

import pytest

from jobs.books.batch_status import BatchStatus
from scripts.audiobook.make.book_progress import choose_exit_code, measure_pace
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_status


def test_the_pace_is_that_of_all_workers_and_books():
    """Two workers at 4x are 8x; what is left divided by that is the time to go."""
    books = [make_status([DONE, RUNNING]), make_status([RUNNING, QUEUED])]

    pace = measure_pace(books)

    assert pace.audio_seconds == 200.0
    assert pace.total_seconds == pytest.approx(400.0)
    assert pace.fraction == pytest.approx(0.5)
    assert pace.speed == pytest.approx(8.0)
    assert pace.remaining_seconds == pytest.approx(25.0)


def test_before_anything_is_known_the_length_is_an_estimate():
    """16.5 characters per second, and no time to go where nobody works."""
    pace = measure_pace([make_status([QUEUED] * 4)])

    assert (pace.audio_seconds, pace.total_seconds) == (0.0, 400.0)
    assert (pace.speed, pace.remaining_seconds) == (0.0, None)


def test_a_cancelled_book_does_not_count():
    """Nobody waits for it."""
    books = [make_status([CANCELLED] * 9, is_cancelled=True), make_status([DONE, RUNNING])]

    assert measure_pace(books).total_seconds == pytest.approx(200.0)
    assert measure_pace(books[:1]).fraction == 1.0


FULL, CUT_OFF = make_status([DONE], output=DONE), make_status([CANCELLED], is_cancelled=True)
PARTIAL, HOPELESS = make_status([DONE], [FAILED]), make_status([FAILED], [FAILED])
UNASSEMBLED = make_status([DONE], output=FAILED)

ENDS = {
    "full": ([FULL, FULL], 0),
    "partial": ([PARTIAL], 3),
    "one book of two": ([FULL, HOPELESS], 3),
    "failed": ([HOPELESS], 70),
    "not put together": ([UNASSEMBLED], 3),
    "cancelled": ([FULL, CUT_OFF], 1),
    "cancelled and failed": ([CUT_OFF, HOPELESS], 70),
}


@pytest.mark.parametrize(("books", "code"), ENDS.values(), ids=ENDS)
def test_the_exit_code_tells_how_it_ended(books: list[BatchStatus], code: int):
    """0 full, 3 partly, 70 nothing, 1 cancelled."""
    assert choose_exit_code(books) == code


def test_books_that_were_there_before_make_a_failure_partial():
    """Two books in a call, one of them made yesterday: the call is partly done."""
    assert choose_exit_code([HOPELESS], has_more=True) == 3
