"""Words of a book that a lexicon lacks: which, how often, and where."""

from __future__ import annotations

import pytest

from scripts.audiobook.plan.unknown_words import MAX_EXAMPLE_CHARACTERS, find_unknown

KNOWN = frozenset(["the", "a", "said", "and", "it", "was", "that", "don", "went", "is"])


def find(*texts: str) -> list[tuple[str, int]]:
    """Return the unknown words with their counts."""
    return [(found.word, found.count) for found in find_unknown(texts, KNOWN.__contains__)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("The a THE", [], id="known in some case"),
        pytest.param("Ann, ann; ANN Ann", [("Ann", 4)], id="as written most often"),
        pytest.param("Ann's. Ann’s! Ann'll", [("Ann", 3)], id="possessive"),
        pytest.param("O'Brien don't", [("O'Brien", 1)], id="apostrophe inside"),
        pytest.param("Zoë-Lou", [("Lou", 1), ("Zoë", 1)], id="hyphen parts words"),
        pytest.param("Bob Ann Bob", [("Bob", 2), ("Ann", 1)], id="most frequent first"),
        pytest.param("B 5 5th 東京 Москва", [("th", 1)], id="other scripts and digits"),
        pytest.param("[pause:1s] [Kokoro](/kˈO/) it", [], id="markup"),
    ],
)
def test_counts_what_is_not_known(text: str, expected: list[tuple[str, int]]) -> None:
    """A word is known if the lexicon has it in any form that the book uses."""
    assert find(text) == expected


def test_counts_over_all_texts() -> None:
    """Chapters are counted together."""
    assert find("Ann", "Ann Bob", "Ann") == [("Ann", 3), ("Bob", 1)]


def test_shows_the_first_sentence() -> None:
    """The example is the sentence with the word, not its neighbours."""
    (found,) = find_unknown(["It was. The Ann said that! And Ann went."], KNOWN.__contains__)

    assert found.example == "The Ann said that!"


def test_cuts_a_long_sentence_at_words() -> None:
    """An example of a long sentence is what stands around the word."""
    text = f"{'it was ' * 40}Ann{' and it was' * 40}."
    (found,) = find_unknown([text], KNOWN.__contains__)

    assert len(found.example) <= MAX_EXAMPLE_CHARACTERS + 4
    assert set(found.example.split()) == {"…", "it", "was", "and", "Ann"}
