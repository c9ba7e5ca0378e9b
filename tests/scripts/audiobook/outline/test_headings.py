"""Headings of parts and chapters in nine languages."""

from __future__ import annotations

import pytest

from scripts.audiobook.outline.headings import (
    CHAPTER_LEVEL,
    MAX_LONG_HEADING_CHARACTERS,
    NUMBER_LEVEL,
    PART_LEVEL,
    is_contents,
    read_heading,
)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Chapter Twenty-First",
            "Chapter the thirty-third",
            "CHAPTER THE SECOND, IN WHICH IT RAINS",
        ),
        *("Canto Segundo", "Canto décimo terceiro", "Capítulo vinte e um", "Oitava carta"),
        *("Capítulo vigésimo tercero", "Escena tercera", "Capítulo undécimo. De la sal"),
        *("Chapitre douzième", "Scène première", "Chant vingt-deux"),
        *("Capitolo trentesimo ottavo", "Canto nono", "Scena sesta"),
        *("Dritter Auftritt", "Achtzehntes Kapitel"),
        *("第十二話 雨", "第3回", "第二場", "अध्याय पहला", "दूसरा परिच्छेद", "सर्ग ३"),
    ],
)
def test_a_chapter_is_known_by_its_kind_and_its_ordinal_on_either_side(line: str) -> None:
    """The number may be a word, before or after what it counts."""
    heading = read_heading(line)

    assert heading is not None
    assert (heading.level, heading.text) == (CHAPTER_LEVEL, line)


@pytest.mark.parametrize(
    "line",
    [
        *("Act Two", "Livre premier — Le sel", "Jornada segunda", "Atto terzo", "Ato III"),
        *("Parte quinta", "Zweiter Aufzug", "第二巻", "第一幕", "भाग दूसरा", "खण्ड २"),
    ],
)
def test_a_part_is_known_in_the_same_way(line: str) -> None:
    """It holds chapters."""
    heading = read_heading(line)

    assert heading is not None
    assert heading.level == PART_LEVEL


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Harvest • Canto I", "Harvest, Canto I"),
        ("Book I. Chapter 3", "Book I. Chapter 3"),
        ("PARTE SECONDA, Capitolo II", "PARTE SECONDA, Capitolo II"),
        ("ACT I. SCENE 2", "ACT I. SCENE 2"),
        ("Harvest: Canto IV", "Harvest: Canto IV"),
    ],
)
def test_the_part_may_stand_before_the_chapter(line: str, text: str) -> None:
    """Then the line begins the chapter; a bullet between both is a comma."""
    heading = read_heading(line)

    assert heading is not None
    assert (heading.level, heading.text) == (CHAPTER_LEVEL, text)


@pytest.mark.parametrize(
    "line",
    [
        *("With letter", "North Part", "Book with", "He told me, Chapter 3", "Part and parcel"),
        *("Chapter 5, which was long", "Capítulo aparte", "Act natural", "Letter from home"),
        "Chapter 3 " + "of that report was longer than all the others together " * 3,
    ],
)
def test_other_lines_with_such_words_are_text(line: str) -> None:
    """Neither the word alone nor a sentence that begins with it is a heading."""
    assert read_heading(line) is None


def test_a_title_may_be_long_after_number_and_mark() -> None:
    """Old novels tell the chapter's story in its heading."""
    line = "Chapter II. In which " + "he walks to the town and back again, and " * 6

    assert read_heading(line.strip(" ,")) is not None
    assert read_heading("Chapter II. " + "X" * MAX_LONG_HEADING_CHARACTERS) is None


@pytest.mark.parametrize(
    ("numeral", "value"), [("一", 1), ("十", 10), ("十二", 12), ("二十三", 23), ("百五", 105)]
)
def test_chinese_numerals_count(numeral: str, value: int) -> None:
    """A numeral alone is a heading if others count up with it."""
    heading = read_heading(numeral)

    assert heading is not None
    assert (heading.level, heading.number) == (NUMBER_LEVEL, value)


@pytest.mark.parametrize(
    "line", ["Contents", "TABLE DES MATIÈRES.", "Índice", "Sommario", "Sumário", "目次", "目录"]
)
def test_the_title_of_a_table_of_contents_is_known(line: str) -> None:
    """In every language."""
    assert is_contents(line)
