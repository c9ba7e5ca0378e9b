"""Inline markup that says a stretch in other words, or as what it is."""

from __future__ import annotations

import functools

import pytest

from tests.builders.vocabulary import VOCABULARY
from worker.pronunciation.phonemize import LanguagePhonemizer, load_phonemizer
from worker.pronunciation.spoken_line import pronounce_line

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")


@functools.cache
def load(language: str) -> LanguagePhonemizer:
    """Return the phonemizer of `language`, loaded once."""
    return load_phonemizer(language, VOCABULARY)


@pytest.mark.parametrize(
    ("language", "written", "words"),
    [
        ("a", "The [W3C](say:World Wide Web) met.", "The World Wide Web met."),
        ("a", "about [x](say:5 km) off", "about five kilometers off"),
        ("a", "[1984](as:cardinal)", "one thousand nine hundred eighty four"),
        ("a", "the [3](as:ordinal) or [22](as:ordinal)", "the third or twenty second"),
        ("a", "[3/4](as:fraction) of [10km](as:measure)", "three quarters of ten kilometers"),
        ("a", "[$42.50](as:money)", "forty two dollars and fifty cents"),
        ("a", "[3/4/24](as:date:2024-04-03)", "April third twenty twenty four"),
        ("b", "[3/4/24](as:date:2024-04-03)", "the third of April twenty twenty four"),
        ("a", "at [14:30](as:time)", "at fourteen thirty"),
        ("a", "[555-0134](as:telephone)", "five five five, oh one three four"),
        ("a", "[soon](as:date), [x](as:cardinal)", "soon, x"),
        ("a", "[XIV](AS:Ordinal) and [rye](Say:oats)", "fourteenth and oats"),
        ("e", "el [3](as:ordinal)", "el tercero"),
        ("f", "le [22](as:ordinal)", "le vingt-deuxième"),
        ("h", "[1](as:ordinal) [7](as:ordinal)", "पहला सातवाँ"),
        ("i", "il [3](as:ordinal)", "il terzo"),
        ("p", "o [3](as:ordinal)", "o terceiro"),
        ("p", "[3/4/24](as:date:2024-04-03)", "três de abril de dois mil e vinte e quatro"),
        ("a", "[x](as:bogus)", "[x](as:bogus)"),
    ],
)
def test_a_stretch_is_said_as_what_it_is(language: str, written: str, words: str) -> None:
    """By the rules of that kind; what they do not know is read as anywhere, words as words."""
    assert pronounce_line(written, load(language)).words == words


@pytest.mark.parametrize(
    ("language", "written", "phonemes"),
    [
        ("a", "[Aa4](as:characters)", "ˈA ˈA fˈɔɹ"),
        ("a", "[007](as:digits)", "zˈɪɹO zˈɪɹO sˈɛvən"),
        ("a", "[12 34](as:telephone)", "wˈʌn tˈu θɹˈi fˈɔɹ"),
        ("e", "[AB2](as:characters)", "ˈa bˈe dˈos"),
    ],
)
def test_characters_are_said_one_by_one(language: str, written: str, phonemes: str) -> None:
    """Each by its name, the letter A not as the article."""
    assert pronounce_line(written, load(language)).phonemes == phonemes


def test_every_language_says_characters_and_ordinals() -> None:
    """Japanese and Chinese too, whose packages know neither by themselves."""
    for language in "jz":
        line = pronounce_line("[3](as:ordinal) [B2](as:characters)", load(language))
        assert (line.words.split()[0], line.unspoken) == ("第三", ())
        assert "bˈi" in line.phonemes


def test_what_has_no_sound_is_listed() -> None:
    """A character among others keeps its place."""
    line = pronounce_line("[A\ue0004](as:characters)", load("a"))

    assert [(piece.start, piece.text) for piece in line.unspoken] == [(2, "\ue000")]


def test_it_is_said_so_without_the_reading_rules_too() -> None:
    """Who says what a stretch is means it, whatever the reading."""
    line = pronounce_line("[7](as:ordinal) 7", load("a"), reading="plain")

    assert line.words == "seventh 7"


def test_a_lexicon_holds_for_an_alias() -> None:
    """Its words are words of the text."""
    tokens = load("a").phonemize("[W](say:Milly)", {"Milly": "bˈoʊ"})

    assert "".join(token.phonemes for token in tokens) == "bˈoʊ"
    assert [(token.start, token.end) for token in tokens] == [(0, 14)]
