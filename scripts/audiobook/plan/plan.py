"""The plan of a book: which chapters, in which order, under which titles, in whose voice."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from jobs.errors import InputError, InvalidRequest
from scripts.audiobook.book import Book

_SELECTED = re.compile(r"(?P<one>\d{1,6})|(?P<first>\d{1,6})?-(?P<last>\d{1,6})?")


@dataclass(frozen=True, slots=True)
class ChapterPlan:
    """What the plan says of one chapter."""

    source: int
    """Which of the book's chapters, from 1, front and back matter counted."""
    title: str = ""
    """As a player shows it; empty for the book's own."""
    voice: str | None = None
    speed: float | None = None
    language: str | None = None
    skip: bool = False
    text_hash: str = ""
    """`hash_text` of the chapter that was planned; empty where the user took it out."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plan says of the book."""

    path: Path
    title: str = ""
    """Empty for the book's own."""
    author: str | None = None
    """None for the book's own."""
    voice: str | None = None
    speed: float | None = None
    """Above 1 is faster."""
    language: str | None = None
    chapter_count: int = 0
    """Of the book that was planned; 0 where the user took it out."""
    chapters: tuple[ChapterPlan, ...] = ()
    """In reading order."""


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter to be spoken."""

    title: str
    text: str
    voice: str | None = None
    """None is whatever the book is spoken with; so are speed and language."""
    speed: float | None = None
    language: str | None = None


def apply_plan(book: Book, plan: Plan) -> list[PlannedChapter]:
    """Return the chapters that `plan` wants of `book`, in its order.

    Raises:
        InputError: the plan was written for another book, or for another text of it.
    """
    name = repr(str(plan.path))
    if plan.chapter_count not in {0, len(book.chapters)}:
        raise InputError(
            f"{name} is for a book of {plan.chapter_count} chapters, and {book.path.name!r} has "
            f"{len(book.chapters)}; write its own plan with --write-plan"
        )
    planned = []
    for entry in plan.chapters:
        if entry.source > len(book.chapters):
            raise InputError(
                f"{name}: source {entry.source}: {book.path.name!r} has "
                f"{len(book.chapters)} chapters"
            )
        chapter = book.chapters[entry.source - 1]
        if entry.text_hash and entry.text_hash != hash_text(chapter.text):
            raise InputError(
                f"{name}: source {entry.source}: the text of {chapter.title!r} is not the one that "
                "was planned; write a new plan, or take out the line `text` to use this one"
            )
        if not entry.skip:
            planned.append(
                PlannedChapter(
                    entry.title or chapter.title,
                    chapter.text,
                    entry.voice or plan.voice,
                    entry.speed or plan.speed,
                    entry.language or plan.language,
                )
            )
    if not planned:
        raise InputError(f"{name} leaves out every chapter; keep at least one")
    return planned


def parse_selection(text: str, count: int) -> tuple[int, ...]:
    """Read ``2-5,8`` or ``10-``: numbers from 1 to `count`, in order, each once.

    Raises:
        InvalidRequest: it is no such list, or names what is not there.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        match = _SELECTED.fullmatch(part.strip())
        if match is None or not any(match.groups()):
            raise InvalidRequest(
                f"{part.strip()!r} in --chapters {text!r} is no number and no range; "
                "write it as 2-5,8 or 10-"
            )
        first = int(match["one"] or match["first"] or 1)
        last = int(match["one"] or match["last"] or count)
        if not 1 <= first <= last <= count:
            raise InvalidRequest(
                f"--chapters {part.strip()} is not within 1-{count}; --list shows the chapters"
            )
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def hash_text(text: str) -> str:
    """Return what tells a chapter's text from any other."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
