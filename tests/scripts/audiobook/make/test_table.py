"""The table of books: complete where there is room, cut sensibly where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from scripts.audiobook.make.table import draw_books, sum_up
from tests.builders.batches import CANCELLED, DONE, FAILED, QUEUED, RUNNING, make_status
from tests.fakes.terminal import draw_rows

LENGTH = "8 minutes of about 12 minutes"
WORKERS = {"w2": "server 42", "w3": "server 43"}


def draw(books, workers, *, columns: int = 10_000, **more) -> list[str]:
    """Return the rows that are drawn."""
    return draw_rows(draw_books(books, workers, columns=columns, **more), columns)


def test_the_table_shows_each_chapter():
    """Done, running and where, failed and why, waiting; the sum is below."""
    book = make_status([DONE, DONE], [DONE, RUNNING], [FAILED, DONE], [QUEUED], output=None)

    assert draw([book], WORKERS) == [
        f"Tales  running  64%  {book.batch_id}  1 of 4 chapters  7:30",
        "  1  Chapter 1  100%      3:20  done",
        "  2  Chapter 2   75%      2:30  on server 42",
        "  3  Chapter 3   50%      1:40  failed: part 1 of 2: no sound",
        "  4  Chapter 4    0%",
        f"━━━━━━────  64%  1:02 left  4.0x real time  1 of 4 chapters  2 workers  {LENGTH}",
    ]


def test_a_finished_book_is_one_line_and_its_chapters():
    """Nobody needs its id or the workers any more."""
    lines = draw([make_status([DONE], output=DONE)], {})

    assert lines[0] == "Tales  finished  100%  1 of 1 chapter  5:21"
    assert lines[-1] == "━━━━━━━━━━  100%  1 of 1 chapter  5 minutes of about 5 minutes"


def test_it_says_when_nobody_works():
    """A book that waits without a worker is not shown as if all were well."""
    assert sum_up([make_status([QUEUED])], 0).startswith("0%  no worker yet  ")


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


def test_a_window_has_a_board_with_what_a_cover_has():
    """Title and author, chapters, speed and time to go; a problem stands below its chapter."""
    book = make_status([DONE], [FAILED, DONE], [RUNNING], [QUEUED])
    book = replace(book, manifest=book.manifest.model_copy(update={"author": "Ada Quill"}))

    assert draw([book], {"w1": "desk 42"}, columns=80) == [
        "╭─ Tales, by Ada Quill ────────────────────────────────────────────────────────╮",
        f"│ {'━' * 38}{'─' * 38} │",
        "│ 50%  1:02 left  4.0x real time  1 of 4 chapters  1 worker                    │",
        "│                                                                              │",
        "│ 1  Chapter 1                   ━━━━━━━━━━  100%     1:40  done               │",
        "│ 2  Chapter 2                   ━━━━━─────   50%     1:40  failed             │",
        "│    part 1 of 2: no sound                                                     │",
        "│ 3  Chapter 3                   ━━━━━─────   50%     0:50  on desk 42         │",
        "│ 4  Chapter 4                                                                 │",
        f"╰{'─' * 59} running {book.batch_id[:8]} ─╯",
    ]


def test_chapters_at_rest_are_summed_up_where_lines_are_few():
    """First those that are done, then those that wait; what happens is always shown."""
    book = make_status(*[[DONE]] * 10, [RUNNING], [FAILED], *[[QUEUED]] * 10)

    roomy, tight = (draw([book], WORKERS, columns=80, lines=lines) for lines in (20, 10))

    assert [line[2:25].rstrip() for line in roomy[4:8]] == [
        "1-10  done",
        "  11  Chapter 11",
        "  12  Chapter 12",
        "      no sound",
    ]
    assert [line[2:16].rstrip() for line in tight[4:9]] == [
        " 1-10  done",
        "   11  Chapter",
        "   12  Chapter",
        "       no soun",
        "13-22  waiting",
    ]
    assert (len(roomy), len(tight)) == (19, 10)


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_the_table_fits_the_window(columns: int):
    """Of many books in few lines there are the heads; the sum comes first, where nothing cuts."""
    books = [make_status([DONE], [RUNNING], title=f"Book {n}") for n in range(12)]

    high, low = (draw(books, WORKERS, lines=lines, columns=columns) for lines in (90, 20))

    for rows, height in ((high, 12 * 7), (low, 12)):
        assert rows[0] == "12 books"
        assert rows[2].startswith("75%  0:12 left  48.0x real time")
        assert len(rows) == 3 + height
        assert max(map(len, rows)) <= columns
    assert low[3].startswith("Book 0  running  75%  ")
    assert len(draw(books, WORKERS)) == 12 * 3 + 1


def test_long_lines_are_cut_to_the_columns():
    """East Asian characters count twice; nothing wraps, nothing steers the terminal."""
    book = make_status([RUNNING], [CANCELLED], title="吾輩は猫である\x1b[2J" * 9)

    drawn = draw([book], WORKERS, columns=40, lines=24)

    assert drawn[0].startswith("╭─ 吾輩は猫である [2J吾輩は猫で")
    assert len(drawn) == 7
    assert {cell_len(row) for row in drawn} == {40}
    assert "\x1b" not in "".join(draw([book], WORKERS))
