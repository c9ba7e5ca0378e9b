"""The user's word list: what it may say, and what of it a text needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.plan.word_list import read_lexicon


@pytest.fixture
def write(tmp_path: Path):
    """Return a function that writes a word list and reads it."""

    def write(text: str):
        path = tmp_path / "words.toml"
        path.write_text(text, encoding="utf-8")
        return read_lexicon(path)

    return write


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        pytest.param('Ukridge = "j"', "UKRIDGE, Ukridge's", {"ukridge": "j"}, id="any case"),
        pytest.param('Ukridge = "j"', "Ukridges and an Ukridgean", {}, id="whole words only"),
        pytest.param(
            'Milly = {say = "Millie"}', "Milly.", {"milly": "say:Millie"}, id="respelling"
        ),
        pytest.param('US = {ipa = "j", case = true}', "US, us", {"US": "j"}, id="case"),
        pytest.param('US = {ipa = "j", case = true}', "Tell us.", {}, id="another case"),
        pytest.param(
            'polish = {ipa = "p", case = true}',
            "Polish polish POLISH",
            {"polish": "p", "Polish": "say:Polish", "POLISH": "say:POLISH"},
            id="lower case and only that",
        ),
        pytest.param('polish = {ipa = "p", case = true}', "Polish", {}, id="only other cases"),
        pytest.param(
            'us = "u"\nUS = {ipa = "j", case = true}',
            "us US",
            {"us": "u", "US": "j"},
            id="both cases",
        ),
        pytest.param(
            'hobbit = {say = "hawbit", whole = false}',
            "Hobbit hobbitish HOBBITS",
            {"hobbit": "say:hawbit", "hobbitish": "say:hawbitish", "hobbits": "say:hawbits"},
            id="piece, respelt",
        ),
        pytest.param(
            'Elf = {ipa = "ɛlf", whole = false}',
            "Elfs elfin elf's",
            {"elf": "ɛlf", "elfs": "say:[elf](/ɛlf/)'s", "elfin": "say:[elf](/ɛlf/)in"},
            id="piece, phonemes",
        ),
        pytest.param(
            'don = {say = "dan", whole = false}', "don't", {"don't": "say:dan't"}, id="contraction"
        ),
        pytest.param(
            'El = {say = "Al", whole = false, case = true}',
            "El Elbow elbow",
            {"El": "say:Al", "Elbow": "say:Albow"},
            id="piece and case",
        ),
        pytest.param(
            'el = {say = "al", whole = false, case = true}',
            "elbow Elbow",
            {"elbow": "say:albow", "Elbow": "say:Elbow"},
            id="lower case piece",
        ),
        pytest.param('"New York" = "n"', "In New York!", {"new york": "n"}, id="several words"),
        pytest.param('"don’t" = "d"', "Don't", {"don't": "d"}, id="curly apostrophe"),
        pytest.param(
            'b = "1"\na = "2"\n"a b" = "3"',
            "a b",
            {"a": "2", "a b": "3", "b": "1"},
            id="all that occur, sorted",
        ),
    ],
)
def test_gives_the_entries_that_a_text_needs(write, entry, text, expected) -> None:
    """The rules become whole words as they stand in the text, and nothing else."""
    words = write(f"[en]\n{entry}\n")

    entries = words.entries_for(text, "a")

    assert list(entries.items()) == sorted(expected.items())


def test_each_language_has_its_own_words(write) -> None:
    """English is one table for both accents, and an accent's own table wins over it."""
    words = write('[en]\nx = "1"\ny = "2"\n[en-gb]\nx = "3"\n[f]\nx = "4"\n[zh-cn]\n"東京" = "5"\n')

    found = {language: words.entries_for("x y 大東京は", language) for language in "abefz"}

    assert found == {
        "a": {"x": "1", "y": "2"},
        "b": {"x": "3", "y": "2"},
        "e": {},
        "f": {"x": "4"},
        "z": {"東京": "5"},
    }
    assert words.entries_for("x", "en-GB") == {"x": "3"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param('Ukridge = "x"', "'Ukridge' stands outside a language", id="no table"),
        pytest.param('[de]\na = "x"', "[de]: language 'de' is unknown; use auto", id="language"),
        pytest.param('[fr]\na = "x"\n[f]\nb = "y"', "[f] is no language, or is there", id="twice"),
        pytest.param("[en]\na = 5", 'a = "IPA" or a = {say = "letters"}', id="number"),
        pytest.param("[en]\na = {}", "[en] a: give either ipa or say", id="neither"),
        pytest.param('[en]\na = {ipa = "x", say = "y"}', "give either ipa or say", id="both"),
        pytest.param('[en]\na = {ips = "x"}', "'ips' is unknown; an entry has ipa, s", id="key"),
        pytest.param('[en]\na = " "', "must be text, not ' '", id="empty"),
        pytest.param('[en]\na = {ipa = "x", case = 1}', "case must be true or false", id="case"),
        pytest.param('[en]\n"--" = "x"', "there is no word to look for", id="no word"),
        pytest.param('[en]\na = "x"\nA = "y"', "[en] A: it is there twice", id="same word"),
        pytest.param(f'[en]\na = "{"x" * 101}"', "may have 100 characters each", id="long"),
        pytest.param("[en]\na = x", "is not TOML: Invalid value (at line 2, column 5)", id="TOML"),
    ],
)
def test_a_wrong_entry_is_named(write, text: str, message: str) -> None:
    """Whatever is wrong with the file is one line that names file and entry."""
    with pytest.raises(InputError) as caught:
        write(text)

    assert message in str(caught.value)
    assert "words.toml'" in str(caught.value)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    """A word list that is not there is the user's mistake, in one line."""
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_lexicon(tmp_path / "words.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """Word lists are UTF-8; a byte order mark does no harm."""
    path = tmp_path / "words.toml"
    path.write_bytes(b"\xef\xbb\xbf[en]\na = 'x'\n")

    assert read_lexicon(path).entries_for("a", "a") == {"a": "x"}

    path.write_bytes(b"[en]\na = '\xe9'\n")
    with pytest.raises(InputError, match="is not UTF-8 at byte 10; save it as UTF-8"):
        read_lexicon(path)
