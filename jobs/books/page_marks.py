"""Which sentence of a book's parts each span of its pages shows: what a read-along book is made of.

``<output dir>/books/<batch id>/pages.zip`` is the user's EPUB with spans around its sentences; what
the times decide is left open. Its entry ``ktts-marks.json`` has the marks, and is not in the book.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from .manifest import batch_dir

ACTIVE_CLASS = "-epub-media-overlay-active"
"""Class of the span that is heard."""
MARKS_ENTRY = "ktts-marks.json"
OPEN_ITEMS = "\ue012items\ue012"
"""Stands in the package where the added files are to be listed."""
OPEN_METADATA = "\ue012metadata\ue012"
"""Stands in the package where the durations go."""


class _MarksRecord(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MarkedPage(_MarksRecord):
    """A page with spans."""

    name: str
    """Of the file in the book."""
    id_prefix: str
    """The span of ``fragments[n]`` has this and ``n + 1`` as its id."""
    fragments: tuple[tuple[int, int, int, int], ...]
    """Of each span, in the order of the page: chapter and part in it, from 0; first character and
    that after the last, in the part's text as it is read."""


class PageMarks(_MarksRecord):
    """The marks of a whole book."""

    package: str
    """Name of the package document in the book."""
    element_prefix: str
    """Of the package's own elements, with the colon; empty if they have none."""
    folder: str
    """Where added files go, with a slash at its end; nothing of the book is in there."""
    pages: tuple[MarkedPage, ...]


def open_overlay(page: int) -> str:
    """Return what stands in the package where page number `page`, from 0, names its overlay."""
    return f"\ue012overlay{page}\ue012"


def pages_file(output_dir: Path, batch_id: str) -> Path:
    """Return where the pages of a batch are."""
    return batch_dir(output_dir, batch_id) / "pages.zip"
