"""What people are shown: drawn by `rich` on a terminal, plain lines in a pipe or a file.

`rich` is imported by what draws with it, so that no other command waits for it.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.live import Live
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

PLAIN_COLUMNS = 10_000
"""Of what is no terminal: nothing is folded there."""

BAR_COLUMNS, MAX_BAR_COLUMNS = 10, 40

GAP = "  "
"""Between two facts in a line."""

NO_WORKER = "no worker is running; start one with `ktts up` or `ktts worker`"

PREPARING = (
    "preparing this machine, once: the worker tries faster arithmetic; that takes some 20 s, on a "
    "busy machine up to three minutes"
)

STYLES = {
    "running": "cyan",
    "finished": "green",
    "failed": "red",
    "unreadable": "red",
    "cancelled": "yellow",
}
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


class Bar:
    """A share of 0 to 1 as a bar: a heavy line for what is done, a light one for the rest.

    Both lines are to be told apart without colours, too.
    """

    def __init__(self, fraction: float, columns: int = BAR_COLUMNS) -> None:
        """Take `columns` of the window, whatever the share."""
        self._fraction = min(1.0, max(0.0, fraction))
        self._columns = columns

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        from rich.text import Text

        done = int(self._fraction * self._columns) or int(self._fraction > 0)
        full, rest = ("#", "-") if options.ascii_only else ("━", "─")
        style = "green" if done == self._columns else "cyan"
        yield Text.assemble((full * done, style), (rest * (self._columns - done), "bright_black"))

    def __rich_measure__(self, *_: object) -> Measurement:
        from rich.measure import Measurement

        return Measurement(self._columns, self._columns)


class FactLine:
    """Facts in one line that never wraps: the last ones are left out where there is no room."""

    def __init__(self, *facts: str | Text) -> None:
        """Name the most important fact first; empty ones do not count."""
        self._facts = [make_text(each) if isinstance(each, str) else each for each in facts if each]

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Text]:
        line = make_text("", is_cut=True)
        for fact in self._facts:
            gap = GAP if line else ""
            if line and line.cell_len + len(gap) + fact.cell_len > options.max_width:
                break
            line.append(gap).append_text(fact)
        yield line

    def __rich_measure__(self, *_: object) -> Measurement:
        from rich.measure import Measurement

        whole = sum(fact.cell_len + len(GAP) for fact in self._facts)
        return Measurement(1, max(1, whole - len(GAP)))


def draw_progress(fraction: float, *facts: str, columns: int = BAR_COLUMNS) -> Table:
    """Return a bar for a share of 0 to 1, and `facts` beside it, the most important ones first."""
    line = make_table()
    line.add_column(width=columns, no_wrap=True)
    line.add_row(Bar(fraction, columns), FactLine(*facts))
    return line


class Screen:
    """Shows one drawing after the other: in place on a terminal, else a line now and then."""

    def __init__(self, stream: TextIO, *, seconds: float = 0.0, keeps_last: bool = False) -> None:
        """Show on `stream`; elsewhere than on a terminal lines are `seconds` apart."""
        from rich.console import Console

        is_terminal = stream.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}
        self._console = Console(
            file=stream,
            # In a pipe there are no colours, whatever the environment says.
            force_terminal=None if is_terminal else False,
            width=None if is_terminal else PLAIN_COLUMNS,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._stream = stream
        self._seconds = seconds
        self._keeps_last = keeps_last
        self._live: Live | None = None
        self._written = ""
        self._written_at = -seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Give the cursor back, however it ended."""
        self.clear(keeps_last=self._keeps_last)

    @property
    def columns(self) -> int:
        """Width of the window."""
        return self._console.width

    @property
    def lines(self) -> int:
        """Most lines of a drawing; one is for the cursor, where ^C is echoed, and one below it."""
        return self._console.height - 2

    def show(self, drawn: RenderableType, line: str = "", *, is_last: bool = False) -> None:
        """Redraw on a terminal; elsewhere write `line`, or what is drawn, if it is news and due."""
        now = time.monotonic()
        if self._console.is_terminal:
            self._redraw(drawn)
        elif is_last or now - self._written_at >= self._seconds:
            line = line or self._render(drawn)
            if line != self._written:
                self._write(line)
                self._written, self._written_at = line, now

    def write(self, drawn: RenderableType) -> None:
        """Write a drawing whole, below what is there."""
        if self._console.is_terminal:
            self._console.print(drawn)
        else:
            self._write(self._render(drawn))

    def say(self, text: str) -> None:
        """Write a line that stays, above the drawing."""
        if self._live is not None:
            self._console.print(printable(text), soft_wrap=True)
        else:
            self._write(printable(text))

    def clear(self, *, keeps_last: bool = False) -> None:
        """Take the drawing away, or end it where it is."""
        live, self._live = self._live, None
        if live is not None:
            live.transient = not keeps_last
            live.stop()

    def _redraw(self, drawn: RenderableType) -> None:
        from rich.console import Group
        from rich.live import Live
        from rich.segment import SegmentLines

        rows, rest = self._console.render_lines(drawn, pad=False), ""
        if len(rows) > self.lines:
            rest = f"... {len(rows) - self.lines + 1} lines more than this window has\n"
            del rows[self.lines - 1 :]
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(Group(SegmentLines(rows, new_lines=True), rest), refresh=True)

    def _render(self, drawn: RenderableType) -> str:
        with self._console.capture() as rendered:
            self._console.print(drawn)
        return "\n".join(row.rstrip() for row in rendered.get().splitlines())

    def _write(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()
