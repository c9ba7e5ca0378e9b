"""How a line would be said, with the packages that a worker has."""

from __future__ import annotations

import functools

import pytest

from tests.builders.vocabulary import VOCABULARY
from worker.pronunciation.chunking import split_text
from worker.pronunciation.phonemize import LanguagePhonemizer, load_phonemizer
from worker.pronunciation.spoken_line import pronounce_line

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

PICTURES = "emoji and pictures are not read out"


@functools.cache
def load(language: str) -> LanguagePhonemizer:
    """Return the phonemizer of `language`, loaded once."""
    return load_phonemizer(language, VOCABULARY)


def test_words_and_kinds_are_those_that_the_rules_find() -> None:
    """Places count in the line as it is written, whatever normalising makes of it."""
    text = "  “Capt. Reed” … left\u00a0 at 6:40."

    line = pronounce_line(text, load("a"))

    assert line.words == "“Captain Reed” … left at six forty."
    assert [(one.kind, one.text, one.words) for one in line.readings] == [
        ("abbreviation", "Capt.", "Captain"),
        ("time", "6:40", "six forty"),
    ]
    assert all(text[one.start : one.end] == one.text for one in line.readings)


def test_entities_are_said_as_what_they_mean() -> None:
    """The sign is read by its rule, at the place of the entity; plainly it is only characters."""
    text = "Don&#39;t tell Tom &amp; Ada&nbsp;&hearts;"

    full, plain = (pronounce_line(text, load("a"), reading=way) for way in ("full", "plain"))

    assert full.words == "Don't tell Tom and Ada"
    assert [(one.kind, one.text, one.words) for one in full.readings] == [("sign", "&amp;", "and")]
    assert [(piece.text, piece.start) for piece in full.unspoken] == [
        ("&hearts;", text.index("&h"))
    ]
    assert "amp" in plain.words


def test_phonemes_are_those_of_a_job() -> None:
    """A long line is cut as a job of its own would be, and nothing is told twice."""
    text = "El tren sale a las 6:40 y llega a las 9:15; cuesta 12 €. " * 12

    line = pronounce_line(text, load("e"))

    chunks = list(split_text(text, load("e")))
    assert len(chunks) > 2
    assert line.phonemes == " ".join(chunk.phonemes for chunk in chunks)
    assert [one.text for one in line.readings] == ["6:40", "9:15", "12 €"] * 12
    assert line.words.count("seis y cuarenta") == 12


def test_markup_is_not_among_the_words() -> None:
    """A pause has no words, and a word with its sound is that word."""
    line = pronounce_line("Hola. [pause:1.5s] Soy [Noa](/nˈoa/).", load("e"))

    assert line.words == "Hola. Soy Noa."
    assert line.readings == ()
    assert line.phonemes.endswith("nˈoa.")


@pytest.mark.parametrize(
    ("text", "words", "place"), [("Hola ☃ y adiós.", "Hola y adiós.", 5), ("☃", "", 0)]
)
def test_what_is_unspoken_has_its_place(text: str, words: str, place: int) -> None:
    """It is no word, even where the line holds nothing else."""
    line = pronounce_line(text, load("e"))

    assert line.words == words
    assert [(one.start, one.end, one.reason) for one in line.unspoken] == [
        (place, place + 1, PICTURES)
    ]


def test_without_rules_the_words_are_what_is_written() -> None:
    """The plain reading leaves figures to the language's package."""
    line = pronounce_line("Vale 12 €.", load("e"), reading="plain")

    assert (line.words, line.readings) == ("Vale 12 €.", ())
    assert line.phonemes != pronounce_line("Vale 12 €.", load("e")).phonemes
