"""What of a book is spoken, and who decides how."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from jobs.errors import InvalidRequest
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.plan.choose import BookOptions, PlannedChapter, choose, rename
from scripts.audiobook.plan.plan import BookPlan, PlanEntry

BOOK = Book(
    path=Path("/books/tales.epub"),
    title="Tales",
    author="A. Writer",
    language="fr",
    chapters=(
        Chapter("Imprint", "Printed by us.", skip_reason="imprint"),
        Chapter("One", "The first tale."),
        Chapter("Two", "The second tale."),
        Chapter("Three", "The third tale."),
    ),
)


def titles(options: BookOptions) -> list[tuple[int, str]]:
    """Return number and title of what is chosen of the book."""
    return [(chapter.index, chapter.title) for chapter in choose(BOOK, options)]


def test_front_matter_is_left_out_unless_asked_for():
    """Numbers count what is listed, with and without --all."""
    assert titles(BookOptions()) == [(1, "One"), (2, "Two"), (3, "Three")]
    assert titles(BookOptions(include_all=True))[:2] == [(1, "Imprint"), (2, "One")]


def test_a_selection_keeps_the_numbers_of_the_listing():
    """--chapters counts as --list does."""
    assert titles(BookOptions(selection="2-3")) == [(2, "Two"), (3, "Three")]
    assert titles(BookOptions(selection="1", include_all=True)) == [(1, "Imprint")]
    with pytest.raises(InvalidRequest, match=r"^tales.epub: --chapters 4 is not within 1-3"):
        titles(BookOptions(selection="4"))


def test_the_command_line_decides_how_all_is_spoken():
    """Voice, speed and language of the call hold for each chapter; else the book's language."""
    plain = choose(BOOK, BookOptions())[0]
    chosen = choose(BOOK, BookOptions(voice="am_adam", speed=1.2, language="es"))[0]

    assert plain == PlannedChapter(1, "One", "The first tale.", "ff_siwis", 1.0, "auto")
    assert chosen == PlannedChapter(1, "One", "The first tale.", "am_adam", 1.2, "es")


@pytest.mark.parametrize(
    ("options", "has_numerals"),
    [
        (BookOptions(), True),
        (BookOptions(kinds_off=frozenset({"telephone"})), True),
        (BookOptions(kinds_off=frozenset({"roman"})), False),
        (BookOptions(reading="plain"), False),
    ],
)
def test_numerals_are_numbers_where_the_rules_read_them(options: BookOptions, has_numerals: bool):
    """A plan agrees with the workers that speak it: plain reading, or no rule for them, is none."""
    chapter = choose(BOOK, options)[0]

    assert (chapter.reading, chapter.has_numerals) == (options.reading, has_numerals)


def test_a_plan_orders_and_renames():
    """Chapters come in the plan's order and are counted in it."""
    plan = BookPlan(
        Path("plan.toml"),
        title="My Tales",
        chapters=(
            PlanEntry(4, title="Last first"),
            PlanEntry(3, skip=True),
            PlanEntry(2, voice="af_bella"),
        ),
    )

    chosen = choose(BOOK, BookOptions(plan=plan))

    assert [(c.index, c.title, c.voice) for c in chosen] == [
        (1, "Last first", "ff_siwis"),
        (2, "One", "af_bella"),
    ]
    assert titles(BookOptions(plan=plan, selection="2")) == [(2, "One")]
    assert (rename(BOOK, plan).title, rename(BOOK, plan).author) == ("My Tales", "A. Writer")
    assert rename(BOOK, replace(plan, author="")).author == ""


def test_a_chapters_own_plan_comes_first_then_the_command_line():
    """--voice replaces the plan's voice for the book, not the one for a chapter."""
    plan = BookPlan(
        Path("plan.toml"),
        voice="bf_alice",
        speed=0.9,
        chapters=(PlanEntry(2), PlanEntry(3, voice="af_bella", speed=1.5)),
    )

    by_plan = choose(BOOK, BookOptions(plan=plan))
    by_command = choose(BOOK, BookOptions(plan=plan, voice="am_adam", speed=1.1))

    assert [(c.voice, c.speed) for c in by_plan] == [("bf_alice", 0.9), ("af_bella", 1.5)]
    assert [(c.voice, c.speed) for c in by_command] == [("am_adam", 1.1), ("af_bella", 1.5)]


def test_a_book_that_nobody_can_read_is_named():
    """Among several books it must be clear which one is meant."""
    with pytest.raises(InvalidRequest, match=r"^tales.epub: its language is 'de'"):
        choose(replace(BOOK, language="de"), BookOptions())
