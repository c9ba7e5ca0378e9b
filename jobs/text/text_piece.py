"""A stretch of a text that is read, and where it stands in the text that was sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch that is read."""

    text: str
    start: int
    """First character in the source."""
    end: int
    """Character after the last; where the text has another length than this, it is not parted."""

    def cut(self, first: int, last: int) -> TextPiece:
        """Return a stretch of a piece that is as long as its source."""
        return TextPiece(self.text[first:last], self.start + first, self.start + last)

    @property
    def is_same(self) -> bool:
        """Whether each character stands for one of the source."""
        return len(self.text) == self.end - self.start
