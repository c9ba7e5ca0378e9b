"""Chapters of headed blocks: the right level, the right names."""

from __future__ import annotations

import pytest

from scripts.audiobook.blocks import Block
from scripts.audiobook.outline.chapters import divide_blocks, find_chapter_level

PROSE = "The lamp was out, and the boat lay where we had left it in the spring. "
HOURS = PROSE * 1_600


def make_blocks(*lines: str) -> list[Block]:
    """Return headings for lines that begin with #, one for each level, and paragraphs."""
    return [
        Block("heading", line.lstrip("# "), line.index(" "))
        if line[0] == "#"
        else Block("paragraph", line)
        for line in lines
    ]


def titles(*lines: str, title: str = "The Boat") -> list[str]:
    """Return the titles of the chapters that are found."""
    blocks = make_blocks(*lines)
    level = find_chapter_level(blocks, title)
    return [chapter.title for chapter in divide_blocks(blocks, title=title, level=level)]


def test_the_book_title_given_twice_hides_no_chapters() -> None:
    """Its headings stand above those of the chapters."""
    found = titles("# The Boat", PROSE, "# The Boat", "## One", PROSE, "## Two", PROSE)

    assert found == ["The Boat", "One", "Two"]


@pytest.mark.parametrize("part", ["Part", "Harvest of", "Livre"])
def test_parts_are_no_chapters(part: str) -> None:
    """Chapters below parts begin at their own headings, and bear their part's name if need be."""
    lines = [
        line
        for number in ("One", "Two")
        for line in (f"# {part} {number}", "## Chapter 1", PROSE, "## Chapter 2", PROSE)
    ]

    names = ["Chapter 1", "Chapter 2"]
    assert titles(*lines) == [f"{part} {n}, {name}" for n in ("One", "Two") for name in names]


def test_hours_below_one_heading_are_cut_at_the_next_level() -> None:
    """Sections of a chapter of usual length are no chapters, those of hours are."""
    lines = [
        line
        for name in "AB"
        for line in (f"# {name}", *(each for part in "xyz" for each in (f"## {part}{name}", PROSE)))
    ]

    assert titles(*lines) == ["A", "B"]
    long = [line if line != PROSE else HOURS[:40_000] for line in lines]
    assert titles(*long) == ["A: xA", "yA", "zA", "B: xB", "yB", "zB"]


def test_headings_with_nothing_below_shift_no_title() -> None:
    """A chapter has its own title; the empty ones are spoken before it, but no contents."""
    blocks = make_blocks(
        *("# A Tale", "## Contents", "## Chapter One", PROSE),
        *("## Interlude", "## Chapter Two", PROSE, "## The End"),
    )

    first, second = divide_blocks(blocks, title="A Tale", level=2)

    assert (first.title, second.title) == ("Chapter One", "Chapter Two")
    assert "Contents" not in first.text
    assert second.text.startswith("Interlude\n\nChapter Two")
    assert second.text.endswith("The End")


def test_a_number_and_its_title_are_one_name() -> None:
    """Two headings of one level in a row."""
    assert titles("# Chapter 1", "# The Lamp", PROSE, "# Chapter 2", "# The Boat Again", PROSE) == [
        "Chapter 1: The Lamp",
        "Chapter 2: The Boat Again",
    ]


def test_same_titles_in_parts_of_parts_get_as_many_names_as_they_need() -> None:
    """The nearest part's first, and that above it where this is not enough."""
    lines = [
        line
        for volume in ("Volume One", "Volume Two")
        for line in (
            f"# {volume}",
            *(
                each
                for book in ("Book First", "Book Second")
                for each in (f"## {book}", "### I", PROSE, "### II", PROSE)
            ),
        )
    ]
    blocks = make_blocks(*lines)

    found = [chapter.title for chapter in divide_blocks(blocks, title="T", level=3)]

    assert found[:2] == ["Volume One, Book First, I", "Volume One, Book First, II"]
    assert len(set(found)) == len(found) == 8
