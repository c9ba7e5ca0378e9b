"""A book as its reader returns it: chapters of text, in reading order."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from jobs.text.markup import write_pause
from jobs.text.pauses import PAUSES

HEADING_PAUSE = write_pause(PAUSES.heading_seconds)
"""Paragraph of its own between a heading and the text after it."""

SCENE_BREAK = write_pause(PAUSES.scene_seconds)
"""Paragraph of its own where the book has a scene break."""

CHARACTERS_PER_SECOND = 16.5
"""Characters of text per second of audio at speed 1; measured books differ by up to a tenth."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The front cover."""

    data: bytes
    media_type: Literal["image/jpeg", "image/png"]


@dataclass(frozen=True, slots=True)
class Footnote:
    """A note, which is spoken only in a voice of its own."""

    text: str
    """One paragraph, without its number."""
    place: int = -1
    """As in `Chapter.places`."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter as read: one entry of the table of contents, or one file that it does not name."""

    title: str
    """As players show it; never empty."""
    text: str
    """Text to speak, headings first. One blank line separates paragraphs; they have no line breaks,
    but verse has. A scene break is the paragraph `SCENE_BREAK`."""
    skip_reason: str = ""
    """Why it is skipped by default (front or back matter); empty for the work itself."""
    places: tuple[int, ...] = ()
    """Of each paragraph the `Block.place`; empty where the book has no pages to write back."""
    quoted: tuple[bool, ...] = ()
    """Of each paragraph whether it stands in a block quotation; empty where none does."""
    footnotes: tuple[Footnote, ...] = ()
    """Notes on its pages, which `text` does not have."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What a library shows of a book beside title and author; empty where the file says nothing."""

    year: str = ""
    description: str = ""
    """On one line, without markup."""
    publisher: str = ""
    series: str = ""
    series_part: str = ""
    """Its number in the series, for example ``2`` or ``2.5``."""


@dataclass(frozen=True, slots=True)
class Book:
    """The content of one file."""

    path: Path
    title: str
    author: str
    """Names, separated by commas; empty if the file names none."""
    language: str
    """Language tag as the file gives it, for example ``en-GB``, or as `open_book` found it in the
    text; empty if neither tells."""
    chapters: tuple[Chapter, ...]
    cover: Cover | None = None
    publication: Publication = field(default=Publication())
    language_note: str = ""
    """What the user is told of the language, where the file states none or a wrong one."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user, such as that a page is missing in the file."""


def choose_chapters(book: Book, *, include_all: bool = False) -> tuple[Chapter, ...]:
    """Return the chapters with text; front and back matter only with `include_all`."""
    return tuple(
        chapter
        for chapter in book.chapters
        if chapter.text and (include_all or not chapter.skip_reason)
    )
