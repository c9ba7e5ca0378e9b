"""Heteronyms: the rules that choose a reading, in both accents, and their cost."""

from __future__ import annotations

import time
import warnings
from typing import Any

import pytest

from tests.builders.vocabulary import VOCABULARY
from worker.engine import Phonemizer
from worker.pronunciation.reading.heteronyms import Heteronyms, TaggedWord
from worker.pronunciation.reading.word_tables import load_table

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

from misaki import en

from worker.pronunciation.phonemize import load_phonemizer

TABLE = load_table("heteronyms")


@pytest.fixture(scope="module")
def american() -> Phonemizer:
    """Return American pronunciation."""
    return load_phonemizer("a", VOCABULARY)


@pytest.fixture(scope="module")
def british() -> Phonemizer:
    """Return British pronunciation."""
    return load_phonemizer("b", VOCABULARY)


def load_lexicon(*, british: bool) -> Any:
    """Return misaki's lexicon, which warns about how it is packed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return en.Lexicon(british)


def say(phonemizer: Phonemizer, text: str, lexicon: dict[str, str] | None = None) -> str:
    """Return what the model would read."""
    return "".join(token.phonemes for token in phonemizer.phonemize(text, lexicon or {}))


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("The pipes are made of lead, and lead pipes lead here.", ["lˈɛd", "lˈɛd", "lˈiːd"]),
        ("She resumes work on her resume.", ["ɹɪzjˈuːmz", "ɹˈɛzjʊmA"]),
        ("An aged man, aged ninety.", ["ˈAʤɪd", "ˈAʤd"]),
        ("They export wine; the export fell.", ["ɪkspˈɔːt", "ˈɛkspɔːt"]),
        ("They had a row, then took a row of seats.", ["ɹˈW", "ɹˈQ"]),
    ],
)
def test_british_voices_have_both_readings(
    british: Phonemizer, text: str, sounds: list[str]
) -> None:
    """The readings are said with British sounds."""
    said = say(british, text)

    places = [said.find(sound) for sound in sounds]
    assert -1 not in places, said
    assert places[0] == min(places)


@pytest.mark.parametrize("british", [False, True], ids=["American", "British"])
def test_every_reading_that_a_rule_names_has_a_sound(*, british: bool) -> None:
    """A key that the lexicon lacks would be its default in silence."""
    lexicon = load_lexicon(british=british)
    Heteronyms(lexicon.golds, lexicon.silvers, british=british)
    parts = {"DEFAULT", "NOUN", "VERB", "ADJ", "ADV", "VB", "VBD", "VBN", "JJ"}

    for rule in TABLE["rules"]:
        for word in rule.get("words", []):
            if rule["reading"] not in parts:
                assert rule["reading"] in TABLE["readings"][word], (word, rule)
    for word, readings in TABLE["readings"].items():
        entry = lexicon.golds[word]
        assert entry["DEFAULT"], word
        for key, sounds in readings.items():
            assert entry[key] == sounds[british]
            assert VOCABULARY.issuperset(sounds[british])


def test_what_the_author_says_wins(american: Phonemizer) -> None:
    """Inline markup and the word list are not overruled."""
    assert "lˈid" in say(american, "a roof of [lead](/lˈid/) and tin")
    assert "lˈid" in say(american, "a roof of lead and tin", {"lead": "lˈid"})


def test_capitals_and_quotes_change_nothing(american: Phonemizer) -> None:
    """A word is recognised at the start of a sentence, in quotes, and beside an apostrophe."""
    assert "ɹɪkˈɔɹd" in say(american, "“Record the call,” she said.").replace("ə", "ɪ")
    assert "lˈɛd" in say(american, "Lead pipes are old.")
    assert "ɹˈɛd" in say(american, "They’ve read it.")


@pytest.mark.parametrize("word", ["close", "read", "live", "never", "lead ,", "that use", "?"])
def test_the_rules_take_time_in_proportion_to_the_line(word: str) -> None:
    """Ten times the words take far less than the hundred times that a square would take."""
    lexicon = load_lexicon(british=False)
    heteronyms = Heteronyms(lexicon.golds, lexicon.silvers, british=False)
    tags = {"close": "RB", "read": "VBD", "never": "RB"}

    def measure(count: int) -> float:
        words = [TaggedWord(text, tags.get(text, "NN")) for text in word.split() * count]
        fastest = float("inf")
        for _ in range(3):
            start = time.process_time()
            heteronyms.find(words)
            fastest = min(fastest, time.process_time() - start)
        return fastest

    assert measure(3_000) < 40 * max(measure(300), 0.001)
