"""What people are shown: drawn by `rich` on a terminal, plain lines in a pipe or a file.

`rich` is imported by what draws with it, so that no other command waits for it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    Draw = Callable[[int, int | None], RenderableType]
    """Draws for a number of columns and at most so many lines; None is for no limit."""

PLAIN_COLUMNS = 10_000
"""Of what is no terminal: nothing is folded there."""

NO_WORKER = "no worker is running; start one with `ktts up` or `ktts worker`"

STYLES = {"running": "cyan", "finished": "green", "failed": "red", "cancelled": "yellow"}
"""Colours of the states of jobs, books and chapters."""


def printable(text: str) -> str:
    """Return `text` as one line without anything that would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def tell(text: str) -> None:
    """Write one line to standard error."""
    print(printable(text), file=sys.stderr, flush=True)


def make_text(text: str, style: str = "", *, is_cut: bool = False) -> Text:
    """Return `text` as it is, never as markup; a line too long is folded, or cut."""
    from rich.text import Text

    return Text(printable(text), style, no_wrap=is_cut, overflow="ellipsis" if is_cut else "fold")


def make_table(*headers: str, gap: int = 2) -> Table:
    """Return a table without lines; without `headers` its columns are still to be added."""
    from rich.table import Table

    return Table(
        *headers,
        box=None,
        header_style="bold",
        padding=(0, gap, 0, 0),
        pad_edge=False,
        show_header=bool(headers),
    )


def draw_progress(columns: int, _lines: int | None, *, fraction: float, text: str) -> Table:
    """Draw a bar for a share of 0 to 1, and `text` beside it; in a pipe the text alone."""
    from rich.progress_bar import ProgressBar

    bar = ProgressBar(
        1.0, fraction, min(20, columns // 10), complete_style="cyan", finished_style="green"
    )
    line = make_table()
    line.add_row(*([bar] if columns < PLAIN_COLUMNS else []), make_text(text))
    return line


def write(draw: Draw, stream: TextIO) -> None:
    """Write a drawing whole, as wide as the terminal is; elsewhere as plain lines."""
    Screen(stream, is_watched=False).show(draw)


class Screen:
    """Shows one drawing after the other: in place on a terminal, else a line now and then."""

    def __init__(
        self,
        stream: TextIO,
        *,
        seconds: float = 0.0,
        is_watched: bool = True,
        keeps_last: bool = False,
    ) -> None:
        """Prepare to show; nothing is written.

        Args:
            stream: Where to.
            seconds: Between two lines where it is no terminal.
            is_watched: False writes each drawing whole and below the one before.
            keeps_last: Whether the last drawing stays at the end.
        """
        self._stream = stream
        self._seconds = seconds
        self._is_watched = is_watched
        self._keeps_last = keeps_last
        self._is_terminal = stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
        self._console: Console | None = None
        self._live: Live | None = None
        self._written = ""
        self._written_at = -seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the cursor back, however it ended."""
        self._stop(keeps_last=self._keeps_last)

    def show(self, draw: Draw, line: str = "", *, is_last: bool = False) -> None:
        """Bring the drawing up to date.

        Args:
            draw: Draws it.
            line: Written in its place where there is no terminal, unless it is the same again.
            is_last: The line is written even though another one was a moment ago.
        """
        if not self._is_terminal:
            self._write_plain(draw, line, is_last=is_last)
        elif self._is_watched:
            self._redraw(draw)
        else:
            console = self._open()
            console.print(draw(console.width, None))

    def say(self, text: str) -> None:
        """Write a line that stays, above the drawing."""
        if self._live is not None:
            self._open().print(printable(text), soft_wrap=True)
        else:
            self._write(printable(text))

    def clear(self) -> None:
        """Take the drawing away."""
        self._stop(keeps_last=False)

    def _redraw(self, draw: Draw) -> None:
        from rich.console import Group
        from rich.live import Live
        from rich.segment import SegmentLines

        console = self._open()
        # Below, the cursor has a line where a terminal echoes ^C; it goes to the next at the end.
        lines = console.height - 2
        drawn = console.render_lines(draw(console.width, lines), pad=False)
        rest = ""
        if len(drawn) > lines:
            rest = f"... {len(drawn) - lines + 1} lines more than this window has\n"
            del drawn[lines - 1 :]
        if self._live is None:
            self._live = Live(
                console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(Group(SegmentLines(drawn, new_lines=True), rest), refresh=True)

    def _write_plain(self, draw: Draw, line: str, *, is_last: bool) -> None:
        now = time.monotonic()
        if now - self._written_at < self._seconds and not is_last:
            return
        line = line or self._render(draw)
        if line != self._written:
            self._write(line)
            self._written, self._written_at = line, now

    def _render(self, draw: Draw) -> str:
        console = self._open()
        with console.capture() as drawn:
            console.print(draw(PLAIN_COLUMNS, None))
        return "\n".join(row.rstrip() for row in drawn.get().splitlines())

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def _stop(self, *, keeps_last: bool) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.transient = not keeps_last
            live.stop()

    def _open(self) -> Console:
        """Return what draws; in a pipe without colours, whatever the environment says."""
        if self._console is None:
            from rich.console import Console

            self._console = Console(
                file=self._stream,
                force_terminal=None if self._is_terminal else False,
                width=None if self._is_terminal else PLAIN_COLUMNS,
                markup=False,
                emoji=False,
                highlight=False,
            )
        return self._console
