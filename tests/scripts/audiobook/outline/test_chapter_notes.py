"""Notes at a chapter's end that no markup names."""

from __future__ import annotations

from scripts.audiobook.book import HEADING_PAUSE, Chapter
from scripts.audiobook.outline.chapter_notes import part_notes

TEXT = "The pier was built early.1 It stood,2 and “fell.”[3] Room 12 was dry."
NOTES = ("1. See the map.", "2. Reed, p. 12.", "3. The same.")


def part(*paragraphs: str) -> list[Chapter]:
    """Part a chapter of these paragraphs."""
    return list(part_notes(Chapter("The Pier", "\n\n".join(paragraphs))))


def test_notes_below_a_heading_are_parted_and_their_numbers_not_spoken() -> None:
    """They are a chapter that is skipped, so that --all has them."""
    text, notes = part(TEXT, "Notes", HEADING_PAUSE, *NOTES)

    assert text.text == "The pier was built early. It stood, and “fell.” Room 12 was dry."
    assert (notes.title, notes.skip_reason) == ("The Pier: Notes", "notes")
    assert notes.text.endswith("3. The same.")


def test_notes_without_a_heading_need_their_numbers_in_the_text() -> None:
    """Else they are a list."""
    text, notes = part(TEXT, *NOTES)
    assert "early. It" in text.text
    assert notes.text.startswith("1. See")

    steps = ("Do this:", "1. Take the boat.", "2. Row.")
    assert [chapter.text for chapter in part(*steps)] == ["\n\n".join(steps)]


def test_a_last_note_may_have_two_paragraphs() -> None:
    """It ends with the chapter."""
    text, notes = part(TEXT, "Notes", HEADING_PAUSE, *NOTES, "And another map.")

    assert "map" not in text.text
    assert notes.text.endswith("And another map.")


def test_numbers_that_are_no_notes_stay() -> None:
    """A version, a sum, a year."""
    (chapter,) = part("It cost 3.5 in version2 of the year 1984.", "The end.")

    assert chapter.text == "It cost 3.5 in version2 of the year 1984.\n\nThe end."


def test_raised_numbers_are_marks_and_powers_are_not() -> None:
    """They may stand behind a stop; a square metre stays."""
    text, _ = part(
        "El muro tardó.¹ Duró mucho², y tenía 5 m².", "Notas", HEADING_PAUSE, "1. A.", "2. B."
    )

    assert text.text == "El muro tardó. Duró mucho, y tenía 5 m²."
