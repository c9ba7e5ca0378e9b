"""The table of books: complete where there is room, cut sensibly where there is none."""

from __future__ import annotations

from functools import partial

import pytest

from scripts.audiobook.make.table import draw_books, sum_up
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_status
from tests.fakes.terminal import draw_rows

WORKERS = {"w2": "server 42", "w3": "server 43"}


def draw(books, workers, *, lines: int | None = None, columns: int = 10_000) -> list[str]:
    """Return the rows that are drawn."""
    return draw_rows(partial(draw_books, books=books, workers=workers), columns, lines)


def test_the_table_shows_each_chapter():
    """Done, running and where, failed and why, waiting; the sum is below."""
    book = make_status([DONE, DONE], [DONE, RUNNING], [FAILED, DONE], [QUEUED], output=None)

    assert draw([book], WORKERS) == [
        f"Tales  running  64%  1 of 4 chapters  7:30  {book.batch_id}",
        "  1  Chapter 1  100%      3:20  done",
        "  2  Chapter 2   75%      2:30  on server 42",
        "  3  Chapter 3   50%      1:40  failed: part 1 of 2: no sound",
        "  4  Chapter 4    0%",
        "64%  8 minutes of about 12 minutes  4.0x real time  1:02 left  2 workers",
    ]


def test_a_finished_book_is_one_line_and_its_chapters():
    """Nobody needs its id or the workers any more."""
    lines = draw([make_status([DONE], output=DONE)], {})

    assert lines[0] == "Tales  finished  100%  1 of 1 chapter  5:21"
    assert lines[-1] == "100%  5 minutes of about 5 minutes"


def test_it_says_when_nobody_works():
    """A book that waits without a worker is not shown as if all were well."""
    assert sum_up([make_status([QUEUED])], 0).endswith("no worker is there")


def test_the_last_steps_are_shown():
    """Putting the file together, waiting for it, and its failure have lines of their own."""
    lines = {
        state: draw([make_status([DONE], output=state)], WORKERS)[2]
        for state in (QUEUED, RUNNING, FAILED)
    }

    assert lines == {
        QUEUED: "     Tales.m4b                  waits to be put together",
        RUNNING: "     Tales.m4b   25%            putting together",
        FAILED: "     Tales.m4b                  failed: no space left",
    }


def test_chapters_at_rest_are_summed_up_where_lines_are_few():
    """First those that are done, then those that wait; what happens is always shown."""
    book = make_status(*[[DONE]] * 10, [RUNNING], [FAILED], *[[QUEUED]] * 10)

    roomy, tight = draw([book], WORKERS, lines=17), draw([book], WORKERS, lines=8)

    assert roomy[1:4] == [
        "  1-10  done",
        "    11  Chapter 11   50%      0:50  on w1",
        "    12  Chapter 12    0%            failed: no sound",
    ]
    assert roomy[4] == "    13  Chapter 13    0%"
    assert [line[:19].rstrip() for line in tight[1:5]] == [
        "   1-10  done",
        "     11  Chapter 11",
        "     12  Chapter 12",
        "  13-22  waiting",
    ]
    assert (len(roomy), len(tight)) == (15, 6)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_table_never_exceeds_the_window(columns: int):
    """Many books, few lines: heads first, then a count; the sum is always there."""
    books = [make_status([DONE], [RUNNING], title=f"Book {n}") for n in range(12)]

    for lines in range(3, 60, 3):
        drawn = draw(books, WORKERS, lines=lines, columns=columns)
        assert len(drawn) <= min(lines, 12 * 3 + 2)
        assert len(drawn) >= min(lines, 12 * 3 + 2) - 1
        assert max(map(len, drawn)) <= columns
        assert "75%  30 minutes of about" in "".join(drawn[-2:])
    assert draw(books, WORKERS, lines=7)[4] == "... and 8 more books"
    assert draw(books, WORKERS, lines=17)[:5] == [
        f"Book 0  running  75%  1 of 2 chapters  2:30  {books[0].batch_id}",
        "  1  done",
        "  2  Chapter 2   50%      0:50  on w1",
        f"Book 1  running  75%  1 of 2 chapters  2:30  {books[1].batch_id}",
        "    ... and 2 more",
    ]
    assert len(draw(books, WORKERS)) == 12 * 3 + 1


def test_long_lines_are_cut_to_the_columns():
    """East Asian characters count twice; nothing wraps, nothing steers the terminal."""
    book = make_status([RUNNING], [CANCELLED], title="吾輩は猫である\x1b[2J" * 9)

    drawn = draw([book], WORKERS, columns=40, lines=24)

    assert drawn[0] == "吾輩は猫である …  running  25%  0 of 2 …"
    assert len(drawn) == 6
    assert max(map(len, drawn)) <= 40
    assert "\x1b" not in "".join(draw([book], WORKERS))
