"""Sentences with figures are compared with their words by their phonemes."""

from __future__ import annotations

from itertools import groupby

import pytest

from jobs.voices import LANGUAGES
from scripts.measure.quality.figure_sentences import (
    FigureSentence,
    find_misread,
    load_figure_sentences,
)
from tests.builders.vocabulary import VOCABULARY
from worker.engine import Phonemizer
from worker.pronunciation.phonemize import load_phonemizer

pytestmark = pytest.mark.heavy


def load(language: str) -> Phonemizer:
    """Return the real pronunciation of a language."""
    return load_phonemizer(language, VOCABULARY)


def test_the_set_has_every_language_in_order() -> None:
    """Each language is loaded once."""
    languages = [sentence.language for sentence in load_figure_sentences()]

    assert sorted(code for code, _ in groupby(languages)) == sorted(LANGUAGES)


def test_every_sentence_of_the_set_is_read_as_its_words() -> None:
    """The committed baseline has none that is misread."""
    assert list(find_misread(load_figure_sentences(), load)) == []


def test_a_sentence_with_other_words_is_found() -> None:
    """What was read, and what was wanted, are both there."""
    wrong = FigureSentence("e", "Tengo 20 libros.", "Tengo treinta libros.")

    (found,) = find_misread([wrong], load)

    assert found.sentence == wrong
    assert "βˈAnte" in found.phonemes
    assert "tɾˈAnta" in found.wanted
