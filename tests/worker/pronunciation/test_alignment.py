"""Which sounds of a line belong to which of its words."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.pronunciation.alignment import WordGroup, align_words, join_silent, share_sounds


def pair(alone: str, line: str) -> list[str]:
    """Return the words and sounds of each group, from ``word/sound_sound`` and sounds."""
    written = [part.partition("/")[0] for part in alone.split()]
    sounds = [part.partition("/")[2].replace("_", " ").split() for part in alone.split()]
    pairs = share_sounds([f"{word} " for word in written], sounds, line)
    return [f"{word.strip()}/{sound.strip()}" for word, sound in pairs]


@pytest.mark.parametrize(
    ("alone", "line", "expected"),
    [
        pytest.param("de/dˈe dos/dˈos", "ðe ðˈos", "de/ðe dos/ðˈos", id="weakened"),
        pytest.param("a/a w/ˈuβe_ðˈoble a/a", "a ˈuβe ðˈoble a", "a/a w/ˈuβe ðˈoble a/a", id="two"),
        pytest.param(
            "el/ˈel WAL/wˈal", "el ˈuβe ðˌoβleˈaele", "el/el WAL/ˈuβe ðˌoβleˈaele",
            id="more than alone",
        ),
        pytest.param("a/a -/ b/bˈe", "a bˈe", "a/a -/ b/bˈe", id="silent"),
        pytest.param(
            "w/ˈuβe_ðˈoble ''/ a/a -/ b/bˈe", "ˈuβe ðˈoble a bˈe", "w/ˈuβe ðˈoble ''/ a/a -/ b/bˈe",
            id="as many sounds as words, by chance",
        ),
    ],
)  # fmt: skip
def test_each_word_gets_its_own_sounds(alone: str, line: str, expected: str) -> None:
    """However many they are, and though neighbours change them."""
    assert " ".join(pair(alone, line)) == expected


def test_words_that_are_run_together_stay_together() -> None:
    """One sound for two words is neither's alone; the words around it keep theirs."""
    assert pair("soit/swˈa parce/pˈaʁs que/kˈə le/lˈə lien/ljˈɛ̃", "swˈa paʁskˌə lə ljˈɛ̃") == [
        "soit/swˈa",
        "parce que/paʁskˌə",
        "le/lə",
        "lien/ljˈɛ̃",
    ]


def test_what_cannot_be_told_apart_is_not_guessed() -> None:
    """Two unknown words with three sounds that are like neither are one."""
    assert pair("a/ˈa FO/fˈo AL/ˈal b/bˈe", "a ˌererˈu ˌaxetˈɛtk ˈuntis bˈe") == [
        "a/a",
        "FO AL/ˌererˈu ˌaxetˈɛtk ˈuntis",
        "b/bˈe",
    ]


SOUNDS = st.text("abktˈβðɪ", min_size=1, max_size=5)
ALONE = st.lists(st.lists(SOUNDS, max_size=3), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(ALONE, st.lists(SOUNDS, max_size=30))
@example([["a"]] * 20, ["a"] * 19)
@example([["a"]] * 3, ["b"] * 30)
@example([["a"]] * 9_000, ["b"] * 10_000)
def test_nothing_is_lost_or_given_twice(alone: list[list[str]], heard: list[str]) -> None:
    """Whatever is heard, the groups take every word and every sound once, in order."""
    groups = align_words(alone, heard)

    assert sum(group.words for group in groups) == len(alone)
    assert sum(group.sounds for group in groups) == len(heard)
    assert all(group.words > 0 <= group.sounds for group in groups)


@given(ALONE)
def test_words_that_sound_as_alone_are_never_joined(alone: list[list[str]]) -> None:
    """The usual line costs no comparison and no precision."""
    heard = [sound for sounds in alone for sound in sounds]

    assert align_words(alone, heard) == [WordGroup(1, len(sounds)) for sounds in alone]


def test_what_is_silent_goes_with_its_neighbour() -> None:
    """Only what means something, or a later step would report it as unspoken."""
    pieces = [("%", ""), ("人", "çi "), ("々", ""), ("'' ", ""), ("が", "ɡa")]

    assert list(join_silent(pieces)) == [("%人々", "çi "), ("'' ", ""), ("が", "ɡa")]
