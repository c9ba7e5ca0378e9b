"""A window as a person sees it: what stands in it after all that was written to it."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console, RenderableType

_CODE = re.compile(r"\x1b\[(\??\d*(?:;\d+)*)([A-Za-z])|(.)", re.DOTALL)


class Terminal(io.StringIO):
    """A terminal of so many columns and lines that is written to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int = 80, lines: int = 24):
        super().__init__()
        for name, value in (("COLUMNS", columns), ("LINES", lines), ("TERM", "xterm-256color")):
            monkeypatch.setenv(name, str(value))
        for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
            monkeypatch.delenv(name, raising=False)

    def isatty(self) -> bool:
        return True

    def rows(self) -> list[str]:
        return show(self.getvalue())

    def has_cursor(self) -> bool:
        return has_cursor(self.getvalue())


def show(written: str) -> list[str]:
    """Return the rows that stand on a terminal of any size after `written`."""
    rows, at, column = [""], 0, 0
    for code, letter, char in _CODE.findall(written):
        if char == "\r":
            column = 0
        elif char == "\n":
            at, column = at + 1, 0
            rows += [""] * (at + 1 - len(rows))
        elif char:
            rows[at] = rows[at][:column].ljust(column) + char + rows[at][column + 1 :]
            column += 1
        elif letter == "A":
            at = max(0, at - int(code or 1))
        elif letter == "K":
            rows[at] = ""
        elif letter not in "mhl":
            raise AssertionError(f"the terminal is steered by {code}{letter}")
    while rows and not rows[-1].strip():
        rows.pop()
    return [row.rstrip() for row in rows]


def has_cursor(written: str) -> bool:
    """Return whether the cursor is to be seen after `written`."""
    return written.rfind("\x1b[?25l") <= written.rfind("\x1b[?25h")


def draw_rows(drawn: RenderableType, columns: int = 10_000) -> list[str]:
    """Return the rows of a drawing in a window without colours."""
    console = Console(file=io.StringIO(), width=columns, color_system=None, markup=False)
    with console.capture() as rendered:
        console.print(drawn)
    return [row.rstrip() for row in rendered.get().splitlines()]
