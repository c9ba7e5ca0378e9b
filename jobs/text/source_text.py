"""A request's text without the code around its words, and the way back to what was written.

Everything that reads a text (speech, captions, `ktts pronounce`) reads it in this form; places in
results, journals and timings are those of the source.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that is read, and where it stands in the source."""

    text: str
    start: int
    """First character in the source."""
    end: int
    """Character after the last; where the text differs from it, it is never parted."""


class SourceText:
    """The text that is read; each of its characters knows its place in the source."""

    def __init__(self, pieces: Iterable[Piece], source_size: int) -> None:
        """Join `pieces`, which follow each other in a source of `source_size` characters."""
        self._pieces = [piece for piece in pieces if piece.text]
        self._source_size = source_size
        self._starts: list[int] = []
        size = 0
        for piece in self._pieces:
            self._starts.append(size)
            size += len(piece.text)
        self.text = "".join(piece.text for piece in self._pieces)
        """What is read: words and inline markup."""

    def find_cut(self, at: int) -> int:
        """Return the place in the source of a cut before the character `at` of the text.

        Cuts that tile the text tile the source.
        """
        if at == 0:
            return 0
        if at == len(self.text):
            return self._source_size
        index = bisect_right(self._starts, at) - 1
        return self._locate(index, at - self._starts[index])[0]

    def find_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the source that ``text[start:end]`` stands for."""
        if start == end:
            return self.find_cut(start), self.find_cut(start)
        first, last = (bisect_right(self._starts, at) - 1 for at in (start, end - 1))
        return (
            self._locate(first, start - self._starts[first])[0],
            self._locate(last, end - 1 - self._starts[last])[1],
        )

    def find_place(self, source_at: int) -> int:
        """Return the first character of the text that stands at `source_at` or after it."""
        index = bisect_left(self._pieces, source_at, key=lambda piece: piece.start)
        if index:
            piece = self._pieces[index - 1]
            if _is_same(piece) and source_at < piece.end:
                return self._starts[index - 1] + source_at - piece.start
        return self._starts[index] if index < len(self._pieces) else len(self.text)

    def _locate(self, index: int, offset: int) -> tuple[int, int]:
        piece = self._pieces[index]
        if not _is_same(piece):
            return piece.start, piece.end
        return piece.start + offset, piece.start + offset + 1


def read_source(text: str, reading: str = "full") -> SourceText:
    """Return `text` as it is read: in full with its entities decoded, ``&amp;`` for example."""
    pieces = [Piece(text, 0, len(text))] if reading == "plain" else decode_entities(text)
    return SourceText(pieces, len(text))


def decode_entities(text: str) -> Iterator[Piece]:
    """Yield `text` with the characters that HTML's entities stand for; unknown ones stay."""
    at = 0
    for match in _ENTITY.finditer(text):
        char = html.unescape(match.group())
        if len(char) == 1 and char != "\ufffd":
            yield Piece(text[at : match.start()], at, match.start())
            yield Piece(char, match.start(), match.end())
            at = match.end()
    yield Piece(text[at:], at, len(text))


def _is_same(piece: Piece) -> bool:
    """Say whether each character of `piece` is one of the source."""
    return len(piece.text) == piece.end - piece.start
