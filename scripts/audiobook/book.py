"""A book as its reader gives it: chapters of speakable text, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HEADING_PAUSE = "[pause:1s]"
"""Stands alone between a heading and what follows it."""

SCENE_BREAK = "[pause:2s]"
"""Stands alone between two paragraphs where the book has a scene break."""

CHARACTERS_PER_SECOND = 16.5
"""Of text per second of audio at speed 1; books by several authors come within a tenth of it."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The picture on the front."""

    data: bytes
    media_type: Literal["image/jpeg", "image/png"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry of the book's table of contents, or one file that it does not name."""

    title: str
    """As a player shows it; never empty."""
    text: str
    """What is spoken, headings first. Paragraphs are separated by one blank line and hold no line
    breaks but those of verse; breaks are `SCENE_BREAK`."""
    skip_reason: str = ""
    """Why it is not spoken unless asked for (front or back matter); empty for the work itself."""


@dataclass(frozen=True, slots=True)
class Book:
    """What a reader found in one file."""

    path: Path
    title: str
    author: str
    """Names, separated by commas; empty where the file names none."""
    language: str
    """Tag as the file gives it, for example ``en-GB``; empty where it gives none."""
    chapters: tuple[Chapter, ...]
    cover: Cover | None = None


def choose_chapters(book: Book, *, include_all: bool = False) -> tuple[Chapter, ...]:
    """Return the chapters that are spoken; `include_all` keeps front and back matter.

    What holds no text is never among them.
    """
    return tuple(
        chapter
        for chapter in book.chapters
        if chapter.text and (include_all or not chapter.skip_reason)
    )
