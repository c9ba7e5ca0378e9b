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

    @property
    def is_same(self) -> bool:
        """Whether each character stands for one of the source."""
        return len(self.text) == self.end - self.start
