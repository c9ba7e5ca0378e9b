"""A text on a terminal that is renewed in place, without flicker and without overflowing it."""

from __future__ import annotations

import os
from typing import Self, TextIO

CLEAR_ALL = "\x1b[H\x1b[2J"
HOME = "\x1b[H"
CLEAR_TO_LINE_END = "\x1b[K"
CLEAR_BELOW = "\x1b[J"

DEFAULT_COLUMNS, DEFAULT_LINES = 80, 24
"""Of a terminal that does not tell its size."""


class Display:
    """Shows one text after the other, in place or each below the one before."""

    def __init__(self, stream: TextIO, *, is_watched: bool) -> None:
        """Show on `stream`; in place where somebody watches it on a terminal."""
        self._stream = stream
        self._in_place = is_watched and stream.isatty()
        self._shown: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last text there, and the cursor below it."""
        if self._in_place and self._shown is not None:
            self._write("\n")

    def show(self, text: str) -> None:
        """Bring the text up to date; the same again writes nothing."""
        shown = fit(text, *self._size()) if self._in_place else text
        if shown == self._shown:
            return
        if self._in_place:
            start = CLEAR_ALL if self._shown is None else HOME
            # Overwritten line by line: clearing it all first would flicker.
            lines = shown.replace("\n", f"{CLEAR_TO_LINE_END}\n")
            self._write(f"{start}{lines}{CLEAR_TO_LINE_END}{CLEAR_BELOW}")
        else:
            self._write(f"{shown}\n")
        self._shown = shown

    def _write(self, output: str) -> None:
        self._stream.write(output)
        self._stream.flush()

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:
            return DEFAULT_COLUMNS, DEFAULT_LINES
        return columns or DEFAULT_COLUMNS, lines or DEFAULT_LINES


def fit(text: str, columns: int, lines: int) -> str:
    """Return what of `text` has room: long lines are cut, and so is what stands below the last."""
    rows = text.splitlines()
    if len(rows) > lines:
        rows = [*rows[: lines - 1], f"... {len(rows) - lines + 1} lines more than this window has"]
    return "\n".join(row if len(row) <= columns else f"{row[: columns - 1]}~" for row in rows)
