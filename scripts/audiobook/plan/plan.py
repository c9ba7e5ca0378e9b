"""The plan of a book: which chapters, in which order, under which titles, in whose voice."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jobs.errors import InputError, InvalidRequest
from jobs.request import Reading
from jobs.text.roles import Role
from scripts.audiobook.book import Book, Chapter

_SELECTED = re.compile(r"(?P<one>\d{1,6})|(?P<first>\d{1,6})?-(?P<last>\d{1,6})?")


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One ``[[chapter]]`` table of a plan file."""

    source: int
    """Number of the chapter in the book, from 1; front and back matter count."""
    title: str = ""
    """As players show it; empty for the book's own."""
    voice: str | None = None
    speed: float | None = None
    language: str | None = None
    skip: bool = False
    text_hash: str = ""
    """`hash_text` of the chapter when the plan was written; empty if the user removed it."""


@dataclass(frozen=True, slots=True)
class BookPlan:
    """A plan file."""

    path: Path
    title: str = ""
    """Empty for the book's own."""
    author: str | None = None
    """None for the book's own."""
    voice: str | None = None
    speed: float | None = None
    """Above 1 is faster."""
    language: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    """By name; who speaks what, `scripts.audiobook.plan.passages` says."""
    chapter_count: int = 0
    """Number of chapters when the plan was written; 0 if the user removed it."""
    chapters: tuple[PlanEntry, ...] = ()
    """In reading order."""


@dataclass(frozen=True, slots=True)
class PlannedChapter:
    """A chapter as planned: what is spoken, and how."""

    index: int
    """Number that ``--list`` shows, from 1."""
    title: str
    text: str
    voice: str
    speed: float
    language: str
    """As `SpeechRequest` takes it."""
    roles: tuple[tuple[str, Role], ...] = ()
    """Names and roles of those who speak beside the narrator."""
    reading: Reading = "full"
    pause_scale: float = 1.0
    has_numerals: bool = True
    """Roman numerals in its headings are read as numbers."""
    places: tuple[int, ...] = ()
    """As in `Chapter`."""
    cast: tuple[str, ...] = ()
    """Who speaks each paragraph, as `find_passages` takes it."""


def apply_plan(book: Book, plan: BookPlan) -> list[tuple[Chapter, PlanEntry]]:
    """Return the chapters that `plan` keeps, in its order, each with its entry.

    Raises:
        InputError: the plan was written for another book, or the book's text has changed.
    """
    name, count = repr(str(plan.path)), len(book.chapters)
    if plan.chapter_count not in {0, count}:
        raise InputError(
            f"{name} is for a book of {plan.chapter_count} chapters, and {book.path.name!r} has "
            f"{count}; write its own plan with --write-plan"
        )
    kept = []
    for entry in plan.chapters:
        place = f"{name}: source {entry.source}"
        if entry.source > count:
            raise InputError(f"{place}: {book.path.name!r} has {count} chapters")
        chapter = book.chapters[entry.source - 1]
        if entry.text_hash and entry.text_hash != hash_text(chapter.text):
            raise InputError(
                f"{place}: the text of {chapter.title!r} is not the one that "
                "was planned; write a new plan, or take out the line `text` to use this one"
            )
        if not entry.skip:
            kept.append((chapter, entry))
    if not kept:
        raise InputError(f"{name} leaves out every chapter; keep at least one")
    return kept


def parse_selection(text: str, count: int) -> tuple[int, ...]:
    """Read ``2-5,8`` or ``10-``: numbers from 1 to `count`, in order, each once.

    Raises:
        InvalidRequest: it is no such list, or names a chapter that does not exist.
    """
    chosen: set[int] = set()
    for part in map(str.strip, text.split(",")):
        match = _SELECTED.fullmatch(part)
        if match is None or not any(match.groups()):
            raise InvalidRequest(
                f"{part!r} in --chapters {text!r} is no number and no range; "
                "write it as 2-5,8 or 10-"
            )
        first = int(match["one"] or match["first"] or 1)
        last = int(match["one"] or match["last"] or count)
        if not 1 <= first <= last <= count:
            raise InvalidRequest(
                f"--chapters {part} is not within 1-{count}; --list shows the chapters"
            )
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


def hash_text(text: str) -> str:
    """Return a short hash that tells whether a chapter's text has changed."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
