"""Pronunciations given by the producer: which stretches of a text they settle."""

from __future__ import annotations

import pytest

from jobs.text.pronunciations import Lexicon


def find(entries: dict[str, str], text: str) -> list[tuple[str, str]]:
    """Return the settled stretches with their phonemes."""
    return [
        (text[given.start : given.end], given.phonemes)
        for given in Lexicon(entries, str.upper).find(text)
    ]


@pytest.mark.parametrize(
    ("entries", "text", "expected"),
    [
        pytest.param(
            {"cat": "k"}, "Cat CAT cat", [("Cat", "k"), ("CAT", "k"), ("cat", "k")], id="lower"
        ),
        pytest.param({"Cat": "k"}, "Cat CAT cat", [("Cat", "k")], id="exact"),
        pytest.param({"cat": "k"}, "cats concat cat-like", [("cat", "k")], id="whole word"),
        pytest.param({"don": "d"}, "don't don", [("don", "d")], id="contraction is one word"),
        pytest.param({"new york": "n"}, "New York", [("New York", "n")], id="several words"),
        pytest.param(
            {"a": "1", "a b": "2"}, "a b a", [("a b", "2"), ("a", "1")], id="longest first"
        ),
        pytest.param({"C++": "s"}, "C++ and C", [("C++", "s")], id="symbols"),
        pytest.param({"東京": "t"}, "大東京は", [("東京", "t")], id="no spaces in Japanese"),
        pytest.param({"नमस्ते": "n"}, "नमस्ते जी", [("नमस्ते", "n")], id="Devanagari"),
        pytest.param({"Max": "mæk"}, "Max's", [("Max's", "mæks")], id="possessive"),
        pytest.param({"Bess": "bɛs"}, "Bess's", [("Bess's", "bɛsɪz")], id="possessive after s"),
        pytest.param({"don’t": "d"}, "don't", [("don't", "d")], id="curly apostrophe"),
        pytest.param({"max": "say:mex"}, "Max max", [("Max", "MEX"), ("max", "MEX")], id="respelt"),
        pytest.param({"max": "say: mex’t "}, "max", [("max", "MEX'T")], id="respelling is text"),
        pytest.param({"max": "say:mak"}, "Max's", [("Max's", "MAKz")], id="possessive, respelt"),
        pytest.param({}, "[a](/b/) [c](d)", [("[a](/b/)", "b")], id="inline"),
        pytest.param(
            {"a": "x"}, "a [a](/b/) a", [("a", "x"), ("[a](/b/)", "b"), ("a", "x")], id="both"
        ),
    ],
)
def test_finds_whole_words(entries, text, expected) -> None:
    """Whole words, any case if the entry is lower case; inline markup wins."""
    assert find(entries, text) == expected
