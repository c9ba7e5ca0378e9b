"""What is in a book, for people and for machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.make.listing import draw_book, write_listing
from scripts.audiobook.plan.choose import BookOptions, choose, list_skipped
from scripts.diagnosis.state import MeasuredSpeed
from tests.fakes.terminal import draw_rows

HOUR_CHARACTERS = 59_400
"""An hour of audio at 16.5 characters per second."""

BOOK = Book(
    path=Path("/books/tales.epub"),
    title="Tales",
    author="A. Writer",
    language="en",
    chapters=(
        Chapter("Titlepage", "Tales.", skip_reason="title page"),
        Chapter("The First Tale", "x" * HOUR_CHARACTERS),
        Chapter("Two", "y" * HOUR_CHARACTERS),
    ),
)
MEASURED = MeasuredSpeed("cpu", 0.125, 100.0, "2026-01-01T00:00:00+00:00")


def describe(
    book: Book, options: BookOptions, measured: MeasuredSpeed | None = None, columns=10_000
) -> str:
    """Return what --list prints."""
    drawn = draw_book(book, choose(book, options), list_skipped(book, options), measured)
    return "\n".join(draw_rows(drawn, columns))


def test_the_document_is_that_of_the_contract():
    """Title, author, language, each chapter, what is left out and why, and what to know."""
    book = replace(BOOK, language_note="no language is stated", warnings=("a page is missing",))
    options = BookOptions(selection="2")

    assert write_listing(book, choose(book, options), list_skipped(book, options)) == {
        "title": "Tales",
        "author": "A. Writer",
        "language": "en",
        "chapters": [{"index": 2, "title": "Two", "characters": HOUR_CHARACTERS}],
        "left_out": [{"title": "Titlepage", "reason": "title page"}],
        "warnings": ["no language is stated", "a page is missing"],
    }
    assert "\nno language is stated\na page is missing\n" in describe(book, options)


def test_the_table_has_what_a_person_wants_to_know():
    """Aligned chapters, hours of audio, time of computing, and what is left out."""
    lines = describe(BOOK, BookOptions(), MEASURED).splitlines()

    assert lines == [
        "Tales, by A. Writer (en)",
        "   1  The First Tale     59,400   1:00:00",
        "   2  Two                59,400   1:00:00",
        (
            "2 chapters, 118,800 characters: about 2.0 hours of audio, about 15 minutes of "
            "computing by one worker (8.0x real time on cpu, seen last)"
        ),
        "left out: Titlepage (title page); --all keeps them",
    ]


def test_a_faster_voice_needs_less_time():
    """The estimate follows the speed."""
    text = describe(BOOK, BookOptions(speed=2.0), MEASURED)

    assert "about 1.0 hours of audio, about 8 minutes of computing" in text


def test_without_a_measured_speed_nothing_is_promised():
    """A machine that has spoken nothing yet does not know how fast it is."""
    text = describe(BOOK, BookOptions())

    assert "2.0 hours of audio; how long it takes is known once this machine" in text


def test_with_all_chapters_nothing_is_left_out():
    """--all lists front matter as a chapter; a book without any says nothing of it."""
    plain = replace(BOOK, chapters=BOOK.chapters[1:], author="", language="")

    assert "left out" not in describe(BOOK, BookOptions(include_all=True, selection="2-3"))
    assert "left out" not in describe(plain, BookOptions(selection="1"))
    assert describe(plain, BookOptions()).startswith("Tales\n")


def test_a_long_title_is_cut():
    """The table stays a table."""
    book = replace(BOOK, chapters=(Chapter("word " * 40, "text"),))

    row = describe(book, BookOptions()).splitlines()[1]
    assert "word word wo..." in row
    assert len(row) < 90
    for row in describe(book, BookOptions(), columns=60).splitlines():
        assert len(row) <= 60
