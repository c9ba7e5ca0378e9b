"""A text that is renewed in place, and one that is not."""

from __future__ import annotations

import io

from scripts.console.display import CLEAR_ALL, CLEAR_BELOW, HOME, Display, fit
from tests.scripts.console.test_progress import Terminal


def test_in_place_it_is_cleared_once_and_overwritten_then() -> None:
    """Clearing the window for each look would flicker."""
    terminal = Terminal()

    with Display(terminal, is_watched=True) as display:
        display.show("one\ntwo")
        display.show("three")

    shown = terminal.getvalue()
    assert shown.count(CLEAR_ALL) == 1
    assert shown.endswith(f"{HOME}three\x1b[K{CLEAR_BELOW}\n")


def test_what_has_not_changed_is_not_written_again() -> None:
    """A watched queue at rest costs the terminal nothing."""
    for stream in (Terminal(), io.StringIO()):
        display = Display(stream, is_watched=True)
        display.show("one")
        before = stream.getvalue()
        display.show("one")
        assert stream.getvalue() == before


def test_without_a_terminal_each_text_stands_below_the_one_before() -> None:
    """A log file gets plain lines, whole and without control characters."""
    stream = io.StringIO()

    with Display(stream, is_watched=True) as display:
        display.show("x" * 500)
        display.show("two")

    assert stream.getvalue() == "x" * 500 + "\ntwo\n"


def test_one_look_on_a_terminal_is_whole_and_stays() -> None:
    """Only who watches has the window to himself."""
    terminal = Terminal()

    with Display(terminal, is_watched=False) as display:
        display.show("x" * 500)

    assert terminal.getvalue() == "x" * 500 + "\n"


def test_what_has_no_room_is_cut_and_said() -> None:
    """Neither a long line nor a long table makes the window scroll."""
    assert fit("short\n" + "x" * 30, columns=10, lines=5) == "short\n" + "x" * 9 + "~"
    assert fit("1\n2\n3\n4", columns=80, lines=3) == "1\n2\n... 2 lines more than this window has"
    assert fit("1\n2\n3", columns=80, lines=3) == "1\n2\n3"
