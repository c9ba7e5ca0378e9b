"""Decides which chapters are spoken and how: from the options, the plan and the book's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jobs.errors import InvalidRequest
from jobs.formats import BookFormat
from jobs.request import Reading, SpeechRequest
from jobs.text.roles import Role
from jobs.voices import DEFAULT_VOICE
from scripts.audiobook.book import Book, Chapter, choose_chapters
from scripts.audiobook.plan.narrator import choose_narrator
from scripts.audiobook.plan.passages import NARRATOR, cast_chapter, settle_roles
from scripts.audiobook.plan.plan import (
    BookPlan,
    PlanEntry,
    PlannedChapter,
    apply_plan,
    parse_selection,
)
from scripts.audiobook.plan.word_list import WordList

NORMAL_SPEED = 1.0


@dataclass(frozen=True, slots=True)
class BookOptions:
    """The options of one call; they hold for every book in it."""

    format: BookFormat = "m4b"
    is_split: bool = False
    """Make one file per chapter."""
    voice: str | None = None
    speed: float | None = None
    """Above 1 is faster."""
    language: str | None = None
    """As `SpeechRequest` takes it; None for the book's own."""
    loudness_lufs: float | None = -18.0
    """None leaves the loudness as it was spoken."""
    has_captions: bool = True
    selection: str = ""
    """Chapters, for example ``2-5,8``; empty for all."""
    include_all: bool = False
    """Keep front and back matter."""
    is_preview: bool = False
    """Speak only about the first minute of each chapter."""
    plan: BookPlan | None = None
    words: WordList | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    """They win over the plan's of the same names."""
    reading: Reading = "full"
    pause_scale: float = 1.0
    kinds_off: frozenset[str] = frozenset()
    """Kinds of reading rules that do not act in workers; the plan follows them."""
    owner: str = ""
    """Whose the books are; empty where nobody is named."""


def check_speech(
    voice: str | None,
    speed: float | str | None,
    language: str | None,
    pause_scale: float | str = 1.0,
) -> dict[str, Any]:
    """Return these options, checked by the rules of a request.

    Raises:
        InvalidRequest: a value is wrong; it names the field.
    """
    request = SpeechRequest(
        text="-",
        voice=voice or DEFAULT_VOICE,
        speed=speed or NORMAL_SPEED,
        language=language or "auto",
        pause_scale=pause_scale,
    )
    return {
        "voice": voice and request.voice,
        "speed": request.speed if speed else None,
        "language": None if language in {None, "auto"} else request.language,
        "pause_scale": request.pause_scale,
    }


def choose(book: Book, options: BookOptions) -> tuple[PlannedChapter, ...]:
    """Return the chapters to speak, numbered as in the list of all.

    The command line overrules what the plan says of the whole book, but not what it says of one
    chapter.

    Raises:
        InvalidRequest: Kokoro does not speak the book's language, or the selection names chapters
            that do not exist.
        InputError: the plan is for another book.
    """
    if options.plan:
        entries, plan = apply_plan(book, options.plan), options.plan
    else:
        chosen = choose_chapters(book, include_all=options.include_all)
        entries, plan = [(chapter, PlanEntry(source=0)) for chapter in chosen], BookPlan(Path())
    roles = {**plan.roles, **options.roles}
    narrator = roles.get(NARRATOR)
    plan = replace(
        plan,
        voice=options.voice or (narrator and narrator.voice) or plan.voice,
        speed=options.speed or (narrator and narrator.speed) or plan.speed,
        language=options.language or plan.language,
        roles=roles,
    )
    try:
        return tuple(
            replace(
                _plan_chapter(book, number, *entries[number - 1], plan),
                reading=options.reading,
                pause_scale=options.pause_scale,
                has_numerals=options.reading == "full" and "roman" not in options.kinds_off,
            )
            for number in parse_selection(options.selection or "1-", len(entries))
        )
    except InvalidRequest as exc:
        raise type(exc)(f"{book.path.name}: {exc}") from exc


def list_skipped(book: Book, options: BookOptions) -> tuple[Chapter, ...]:
    """Return the front and back matter that is skipped; with a plan there is none."""
    if options.include_all or options.plan is not None:
        return ()
    return tuple(chapter for chapter in book.chapters if chapter.skip_reason)


def rename(book: Book, plan: BookPlan | None) -> Book:
    """Return the book with the title and author of the plan."""
    if plan is None:
        return book
    author = book.author if plan.author is None else plan.author
    return replace(book, title=plan.title or book.title, author=author)


def _plan_chapter(
    book: Book, number: int, chapter: Chapter, entry: PlanEntry, plan: BookPlan
) -> PlannedChapter:
    narrator = choose_narrator(
        book.language, voice=entry.voice or plan.voice, language=entry.language or plan.language
    )
    speed = entry.speed or plan.speed or NORMAL_SPEED
    chapter, cast = cast_chapter(chapter, plan.roles)
    return PlannedChapter(
        index=number,
        title=entry.title or chapter.title,
        text=chapter.text,
        voice=narrator.voice,
        speed=speed,
        language=narrator.language,
        places=chapter.places,
        cast=cast,
        roles=settle_roles(plan.roles, narrator.voice, speed),
    )
