"""A line in words, and the way back to what is written."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.engine import PhonemeToken
from worker.pronunciation.reading.rules import Replacement
from worker.pronunciation.reading.spoken_text import SpokenText


def place_words(line: str, *replacements: Replacement) -> list[tuple[str, str]]:
    """Return each stretch of the line with the words that are said for it."""
    spoken = SpokenText(line, replacements)
    tokens = [PhonemeToken(*m.span(), m.group()) for m in re.finditer(r"\S+\s*|\s+", spoken.text)]
    return [(line[t.start : t.end], t.phonemes) for t in spoken.place(tokens)]


def test_words_of_a_replacement_become_one_token() -> None:
    """Whatever is said for a stretch belongs to the whole of it."""
    assert place_words("It is $5 now.", Replacement(6, 8, "five dollars")) == [
        ("It ", "It "),
        ("is ", "is "),
        ("$5 ", "five dollars "),
        ("now.", "now."),
    ]


def test_neighbours_keep_their_own_stretches() -> None:
    """Replacements without space between them are parted by spaces of their own."""
    parts = (Replacement(0, 2, "ten"), Replacement(2, 3, "to"), Replacement(3, 5, "twelve"))

    assert place_words("10-12am", *parts) == [
        ("10", "ten "),
        ("-", "to "),
        ("12", "twelve "),
        ("am", "am"),
    ]


@pytest.mark.parametrize("words", ["", " "])
def test_a_stretch_without_words_parts_its_neighbours(words: str) -> None:
    """It goes with the token before it."""
    assert place_words("a_b", Replacement(1, 2, words))[-1][1] == "b"
    assert "".join(written for written, _ in place_words("a_b", Replacement(1, 2, words))) == "a_b"


def test_what_is_unspoken_keeps_its_place() -> None:
    """It is handed on as a stretch without sound."""
    spoken = SpokenText("10 ~ x", [Replacement(0, 2, "ten"), Replacement(3, 4, "~", unspoken="no")])

    (sound,) = spoken.given
    assert (spoken.text[sound.start : sound.end], sound.unspoken) == ("~", "no")


CUTS = st.lists(st.tuples(st.integers(0, 12), st.text(" ab", max_size=5)), max_size=6)


@given(st.text("ab1 -", max_size=12), CUTS, st.sets(st.integers(0, 60)))
def test_tokens_tile_the_line_again(
    line: str, cuts: list[tuple[int, str]], edges: set[int]
) -> None:
    """However the words are cut into tokens, the line is tiled in order and nothing is lost."""
    places = sorted({min(at, len(line)) for at, _ in cuts})
    replacements = [
        Replacement(start, end, words)
        for start, end, (_, words) in zip(places, places[1:], cuts, strict=False)
        if words
    ]
    spoken = SpokenText(line, replacements)
    stops = [0, *sorted(at for at in edges if 0 < at < len(spoken.text)), len(spoken.text)]
    tokens = [PhonemeToken(a, b, spoken.text[a:b]) for a, b in pairwise(stops) if a < b]

    placed = list(spoken.place(tokens))

    assert "".join(line[token.start : token.end] for token in placed) == line
    assert all(token.start < token.end for token in placed)
    assert "".join(token.phonemes for token in placed) == spoken.text
