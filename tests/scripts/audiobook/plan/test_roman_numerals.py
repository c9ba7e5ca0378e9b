"""Roman numerals in headings: the entries that make a worker say them as numbers."""

from __future__ import annotations

import pytest

from scripts.audiobook.plan.roman_numerals import numeral_entries


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("CHAPTER II.\n\nText.", {"CHAPTER II": "say:CHAPTER 2"}, id="chapter"),
        pytest.param(
            "Chapter XIV. The End", {"Chapter XIV. The": "say:Chapter 14. The"}, id="title"
        ),
        pytest.param("IV. A NAME", {"IV. A": "say:4. A"}, id="numeral and title"),
        pytest.param("I. A SCANDAL\n\nI was.", {"I. A": "say:1. A"}, id="I and title"),
        pytest.param("II\n\nText.", {"II": "say:2"}, id="numeral"),
        pytest.param("V\n\nText.", {"V": "say:5"}, id="letter"),
        pytest.param("I\n\nI was.", {}, id="letter that is a word"),
        pytest.param("King Henry VIII was here, and he is named so.", {}, id="no heading"),
        pytest.param("CHAPTER 2\n\nChapter Two\n\nPrologue", {}, id="no numeral"),
    ],
)
def test_headings_are_said_with_numbers(text: str, expected: dict[str, str]) -> None:
    """Only a numeral in a heading is meant, never a word that looks like one."""
    assert numeral_entries(text, "a") == expected


def test_other_languages_know_their_numerals() -> None:
    """Where the pronunciation reads numerals, nothing is said about them."""
    assert numeral_entries("Capítulo II", "e") == {}
    assert numeral_entries("Chapitre II", "f") == {"Chapitre II": "say:Chapitre 2"}
