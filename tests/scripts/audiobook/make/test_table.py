"""The table of books: complete where there is room, cut sensibly where there is none."""

from __future__ import annotations

from scripts.audiobook.make.table import draw, sum_up
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_tally

WORKERS = {"w2": "server 42", "w3": "server 43"}


def test_the_table_shows_each_chapter():
    """Done, running and where, failed and why, waiting; the sum stands below."""
    book = make_tally([DONE, DONE], [DONE, RUNNING], [FAILED, DONE], [QUEUED], output=None)

    assert draw([book], WORKERS) == [
        f"Tales  running  64%  1 of 4 chapters  7:30  {book.facts.batch_id}",
        "  1  Chapter 1  100%      3:20  done",
        "  2  Chapter 2   75%      2:30  on server 42",
        "  3  Chapter 3   50%      1:40  failed: part 1 of 2: no sound",
        "  4  Chapter 4    0%",
        "64%  8 minutes of about 12 minutes  4.0x real time  1:02 left  2 workers",
    ]


def test_a_finished_book_is_one_line_and_its_chapters():
    """Nobody needs its id or the workers any more."""
    lines = draw([make_tally([DONE], output=DONE)], {})

    assert lines[0] == "Tales  finished  100%  1 of 1 chapter  5:21"
    assert lines[-1] == "100%  5 minutes of about 5 minutes"


def test_it_says_when_nobody_works():
    """A book that waits without a worker is not shown as if all were well."""
    assert sum_up([make_tally([QUEUED])], 0).endswith("no worker is there")


def test_the_last_steps_are_shown():
    """Putting the file together, waiting for it, and its failure have lines of their own."""
    lines = {
        state: draw([make_tally([DONE], output=state)], WORKERS)[2]
        for state in (QUEUED, RUNNING, FAILED)
    }

    assert lines == {
        QUEUED: "  Tales.m4b waits to be put together",
        RUNNING: "  putting together Tales.m4b  25%",
        FAILED: "  Tales.m4b failed: no space left",
    }


def test_chapters_at_rest_are_summed_up_where_lines_are_few():
    """First those that are done, then those that wait; what happens is always shown."""
    book = make_tally(*[[DONE]] * 10, [RUNNING], [FAILED], *[[QUEUED]] * 10)

    roomy, tight = draw([book], WORKERS, lines=16), draw([book], WORKERS, lines=7)

    assert roomy[1:4] == [
        "   1-10  done",
        "  11  Chapter 11   50%      0:50  on w1",
        "  12  Chapter 12    0%            failed: no sound",
    ]
    assert roomy[4] == "  13  Chapter 13    0%"
    assert [line[:16].rstrip() for line in tight[1:5]] == [
        "   1-10  done",
        "  11  Chapter 11",
        "  12  Chapter 12",
        "  13-22  waiting",
    ]
    assert (len(roomy), len(tight)) == (15, 6)


def test_the_table_never_exceeds_the_window():
    """Many books, few lines: heads first, then a count; the sum is always there."""
    books = [make_tally([DONE], [RUNNING], title=f"Book {n}") for n in range(12)]

    for lines in range(2, 60, 3):
        drawn = draw(books, WORKERS, lines=lines)
        assert len(drawn) == min(lines, 12 * 3 + 1)
        assert drawn[-1].startswith("75%")
    assert draw(books, WORKERS, lines=6)[4] == "... and 8 more books"
    assert len(draw(books, WORKERS)) == 12 * 3 + 1


def test_long_lines_are_cut_to_the_columns():
    """East Asian characters count twice; nothing wraps, nothing steers the terminal."""
    book = make_tally([RUNNING], [CANCELLED], title="吾輩は猫である\x1b[2J" * 9)

    drawn = draw([book], WORKERS, columns=40)

    assert drawn[0] == "吾輩は猫であ...  running  25%  0 of 2..."
    assert all(len(line) <= 40 for line in drawn)
    assert "\x1b" not in "".join(draw([book], WORKERS))
