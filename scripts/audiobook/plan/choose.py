"""What of a book is spoken, and how: the command's options, the plan and the book's metadata."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jobs.assembly import BookFormat
from jobs.errors import InvalidRequest
from scripts.audiobook.book import Book, choose_chapters
from scripts.audiobook.plan.narrator import choose_narrator
from scripts.audiobook.plan.plan import Plan, PlannedChapter, apply_plan, parse_selection
from scripts.audiobook.plan.word_list import WordList

NORMAL_SPEED = 1.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user wants of every book in a call."""

    format: BookFormat = "m4b"
    is_split: bool = False
    """A file for each chapter."""
    voice: str | None = None
    speed: float | None = None
    """Above 1 is faster."""
    language: str | None = None
    """As `SpeechRequest` takes it; None is the book's own."""
    loudness_lufs: float | None = -18.0
    """None leaves the audio as it was spoken."""
    has_captions: bool = True
    selection: str = ""
    """For example ``2-5,8``; empty for all."""
    include_all: bool = False
    """Keep front and back matter."""
    is_preview: bool = False
    """Only about the first minute of each chapter."""
    plan: Plan | None = None
    words: WordList | None = None


@dataclass(frozen=True, slots=True)
class ChosenChapter:
    """A chapter that is to be spoken, and how."""

    index: int
    """As ``--list`` counts it, from 1."""
    title: str
    text: str
    voice: str
    speed: float
    language: str
    """As `SpeechRequest` takes it."""


def choose(book: Book, wishes: Wishes) -> tuple[ChosenChapter, ...]:
    """Return the chapters that are to be spoken, with the numbers that the whole listing has.

    Raises:
        InvalidRequest: nobody can read it, or the selection names chapters that are not there.
        InputError: the plan is for another book.
    """
    planned = _plan(book, wishes)
    try:
        numbers = parse_selection(wishes.selection or "1-", len(planned))
        return tuple(_choose(book, number, planned[number - 1]) for number in numbers)
    except InvalidRequest as exc:
        raise type(exc)(f"{book.path.name}: {exc}") from exc


def left_out(book: Book, wishes: Wishes) -> tuple[str, ...]:
    """Return the titles of front and back matter that is not spoken; a plan leaves out nothing."""
    if wishes.include_all or wishes.plan is not None:
        return ()
    return tuple(chapter.title for chapter in book.chapters if chapter.skip_reason)


def rename(book: Book, plan: Plan | None) -> Book:
    """Return the book under the title and author that the plan gives it."""
    if plan is None:
        return book
    author = book.author if plan.author is None else plan.author
    return replace(book, title=plan.title or book.title, author=author)


def _plan(book: Book, wishes: Wishes) -> list[PlannedChapter]:
    """Return all chapters in order.

    The command line comes before what the plan says of the whole book, and after what it says of
    one chapter.
    """
    if wishes.plan is None:
        return [
            PlannedChapter(chapter.title, chapter.text, wishes.voice, wishes.speed, wishes.language)
            for chapter in choose_chapters(book, include_all=wishes.include_all)
        ]
    plan = replace(
        wishes.plan,
        voice=wishes.voice or wishes.plan.voice,
        speed=wishes.speed or wishes.plan.speed,
        language=wishes.language or wishes.plan.language,
    )
    return apply_plan(book, plan)


def _choose(book: Book, number: int, planned: PlannedChapter) -> ChosenChapter:
    narrator = choose_narrator(book.language, voice=planned.voice, language=planned.language)
    return ChosenChapter(
        index=number,
        title=planned.title,
        text=planned.text,
        voice=narrator.voice,
        speed=planned.speed or NORMAL_SPEED,
        language=narrator.language,
    )
