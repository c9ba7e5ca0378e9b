"""Sums over books: how far, how fast, how long yet, how it ended."""

from __future__ import annotations

import pytest

from scripts.audiobook.make.book_progress import BookProgress, judge, measure_pace
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_progress

STATES = {
    "done": ([DONE, DONE], DONE),
    "running": ([DONE, RUNNING, QUEUED], RUNNING),
    "failed": ([DONE, FAILED, RUNNING], FAILED),
    "cancelled": ([DONE, CANCELLED], CANCELLED),
    "begun": ([DONE, QUEUED], QUEUED),
    "not in the queue": ([None, None], QUEUED),
}


@pytest.mark.parametrize(("parts", "status"), STATES.values(), ids=STATES)
def test_a_chapter_stands_as_its_parts_do(parts: list, status):
    """The worst that is true of a part is true of the chapter."""
    assert make_progress(parts).chapters[0].status is status


def test_a_chapter_sums_up_its_parts():
    """Share of the text, audio, who speaks it, and why it fails."""
    chapter = make_progress([DONE, RUNNING, RUNNING, FAILED]).chapters[0]

    assert chapter.fraction == 0.5
    assert chapter.audio_seconds == 200.0
    assert chapter.workers == ("w2", "w3")
    assert chapter.problem == "part 4 of 4: no sound"
    assert (
        make_progress([FAILED, FAILED]).chapters[0].problem == "part 1 of 2: no sound (and 1 more)"
    )
    assert make_progress([FAILED]).chapters[0].problem == "no sound"
    assert make_progress([DONE]).chapters[0].problem == ""


def test_a_finished_book_is_whole_although_its_parts_are_gone():
    """Parts are tidied away in time; the file counts."""
    book = make_progress([None, None], [None], output=DONE)

    assert [chapter.status for chapter in book.chapters] == [DONE, DONE]
    assert (book.fraction, book.audio_seconds) == (1.0, 321.0)
    assert [chapter.fraction for chapter in book.chapters] == [1.0, 1.0]


def test_the_pace_is_that_of_all_workers_and_books():
    """Two workers at 4x are 8x; what is left divided by that is the time to go."""
    books = [make_progress([DONE, RUNNING]), make_progress([RUNNING, QUEUED])]

    pace = measure_pace(books)

    assert pace.audio_seconds == 200.0
    assert pace.total_seconds == pytest.approx(400.0)
    assert pace.fraction == pytest.approx(0.5)
    assert pace.speed == pytest.approx(8.0)
    assert pace.remaining_seconds == pytest.approx(25.0)


def test_before_anything_is_known_the_length_is_an_estimate():
    """16.5 characters per second, and no time to go where nobody works."""
    pace = measure_pace([make_progress([QUEUED] * 4)])

    assert (pace.audio_seconds, pace.total_seconds) == (0.0, 400.0)
    assert (pace.speed, pace.remaining_seconds) == (0.0, None)


def test_a_cancelled_book_does_not_count():
    """Nobody waits for it."""
    books = [make_progress([CANCELLED] * 9, is_cancelled=True), make_progress([DONE, RUNNING])]

    assert measure_pace(books).total_seconds == pytest.approx(200.0)
    assert measure_pace(books[:1]).fraction == 1.0


FULL, CUT_OFF = make_progress([DONE], output=DONE), make_progress([CANCELLED], is_cancelled=True)
PARTIAL, HOPELESS = make_progress([DONE], [FAILED]), make_progress([FAILED], [FAILED])
UNASSEMBLED = make_progress([DONE], output=FAILED)

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
def test_the_exit_code_tells_how_it_ended(books: list[BookProgress], code: int):
    """0 full, 3 partly, 70 nothing, 1 cancelled."""
    assert judge(books) == code


def test_books_that_were_there_before_make_a_failure_partial():
    """Two books in a call, one of them made yesterday: the call is partly done."""
    assert judge([HOPELESS], has_more=True) == 3
