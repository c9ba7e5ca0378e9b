"""What is drawn in place, what stays, and what a pipe gets instead."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from scripts.console.screen import Bar, Screen, draw_progress, make_text, printable
from tests.fakes.terminal import Terminal, draw_rows

RED = "\x1b[31m"


@pytest.mark.parametrize("columns", [60, 200])
def test_each_drawing_takes_the_place_of_the_last(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    """A long one is folded and taken away whole; what is said stays above."""
    terminal = Terminal(monkeypatch, columns)

    with Screen(terminal, keeps_last=True) as screen:
        screen.show(make_text("one " * 40))
        screen.say("no worker is running")
        screen.show(make_text("two"))
        assert not terminal.has_cursor()

    assert terminal.rows() == ["no worker is running", "two"]
    assert terminal.has_cursor()


def test_it_is_taken_away_at_the_end_and_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command prints then starts in an empty line; Ctrl-C gives the cursor back, too."""
    terminal = Terminal(monkeypatch)

    def interrupt() -> None:
        with Screen(terminal) as screen:
            screen.show(make_text("one"))
            screen.clear()
            screen.say("a file")
            screen.show(make_text("two"))
            terminal.write("^C")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert terminal.rows() == ["a file"]
    assert terminal.has_cursor()


def test_what_has_no_room_is_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long table does not make the window scroll."""
    terminal = Terminal(monkeypatch, columns=60, lines=5)

    with Screen(terminal, keeps_last=True) as screen:
        screen.show(make_text("word " * 100))
        rows = terminal.rows()

    assert len(rows) == 3
    assert rows[-1] == "... 7 lines more than this window has"


def test_a_look_without_watching_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in colour, as wide as the window, and as long as it is."""
    terminal = Terminal(monkeypatch, columns=60, lines=5)

    Screen(terminal).write(make_text("word " * 100, "red"))

    assert len(terminal.rows()) == 9
    assert max(map(len, terminal.rows())) <= 60
    assert RED in terminal.getvalue()
    assert "\x1b[?25l" not in terminal.getvalue()


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """The drawing itself still renews itself."""
    terminal = Terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")

    with Screen(terminal, keeps_last=True) as screen:
        screen.show(make_text("one", "red"))
        screen.show(make_text("two", "red"))

    assert RED not in terminal.getvalue()
    assert terminal.rows() == ["two"]


@pytest.mark.parametrize("is_dumb", [False, True])
def test_a_pipe_gets_plain_lines(monkeypatch: pytest.MonkeyPatch, *, is_dumb: bool) -> None:
    """Whole, without codes and blanks at the end, whatever the environment says; nothing twice."""
    stream = Terminal(monkeypatch, columns=20) if is_dumb else io.StringIO()
    monkeypatch.setenv("TERM", "dumb" if is_dumb else "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")

    with Screen(stream) as screen:
        for text in ("x" * 500, "two  ", "two  "):
            screen.show(make_text(text, "red"))
        screen.say("three")

    assert stream.getvalue() == "x" * 500 + "\ntwo\nthree\n"


def test_a_log_gets_a_line_now_and_then() -> None:
    """Where nothing can be renewed, quick changes are left out and the end is not."""
    stream = io.StringIO()

    with Screen(stream, seconds=5.0) as screen:
        for chunks in range(2, 50):
            screen.show(make_text("drawn"), f"{chunks} chunks")
        screen.show(make_text("drawn"), "finished", is_last=True)

    assert stream.getvalue() == "2 chunks\nfinished\n"


def test_a_bar_stands_before_its_words() -> None:
    """What has no room beside it is left out, the last words first: the line never wraps."""
    drawn = draw_progress(0.5, "running   50%", "2 chunks")

    assert draw_rows(drawn, 200) == ["━" * 5 + "─" * 5 + "  running   50%  2 chunks"]
    assert draw_rows(drawn, 30) == ["━" * 5 + "─" * 5 + "  running   50%"]
    assert draw_rows(drawn, 20) == ["━" * 5 + "─" * 5 + "  running…"]


@pytest.mark.parametrize(
    ("fraction", "bar"),
    [(0.0, "----------"), (0.01, "#---------"), (0.999, "#########-"), (1.0, "##########")],
)
def test_a_bar_is_full_when_all_is_done_and_not_before(fraction: float, bar: str) -> None:
    """A terminal that has no such lines gets signs that everyone has."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file=stream, width=20, color_system=None).print(Bar(fraction))
    stream.seek(0)

    assert stream.read().strip() == bar


def test_nothing_that_is_shown_steers_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles come out of files that others made; they are neither codes nor markup."""
    title = "[red]Tales[/]\x1b[2J\nof é 猫\u202e"
    terminal = Terminal(monkeypatch)

    with Screen(terminal, keeps_last=True) as screen:
        screen.show(make_text(title))
        screen.say(title)

    assert printable(title) == "[red]Tales[/] [2J of é 猫 "
    assert terminal.rows() == ["[red]Tales[/] [2J of é 猫"] * 2
    assert "\x1b[2J" not in terminal.getvalue()
    assert RED not in terminal.getvalue()
