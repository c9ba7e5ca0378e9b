"""Captions and speech end their sentences at the same places, whatever the text."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.errors import EmptyText
from jobs.text.boundaries import find_cut, find_sentence_ends
from jobs.text.sentences import read_sentences
from tests.fakes.readers import make_phonemizer
from worker.pronunciation.chunking import split_text
from worker.pronunciation.units import FIRST_PHONEMES

_WORDS = """
word|a|Mr.|U.S.|no.|3.14|7|1.|e.g.|«|»|«Oui»|?|!|¿Qué?|गया।|गया।फिर|don't|well—no|–|—|- item|* item
(x)
東京に行った。|「はい。」|你好！|a。b|&|<b>|...|…|***|=====|“No!”|end.|yes,|one;|Two|e\u0301t\u0301
[1]|[sic]|[ ](|[Kokoro. Two](/kˈO/)|[pause:1s]|[pause:|🙂|\ufeff|Chapter One|مرحبا؟ نعم۔
a line that is certainly wider than forty-five characters
"""
WORDS = [word for line in _WORDS.strip().split("\n") for word in line.split("|")] + ["x" * 125]
SPACES = [" ", "  ", "\n", "\n\n", "\n    ", "\r\n", "\t", "", "\u00a0", "\u2029", "[pause:20ms] "]
TEXTS = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
        ),
        st.sampled_from(SPACES),
    ),
    max_size=40,
).map(lambda pairs: "".join(word + space for word, space in pairs))
HEAVIEST = 6
"""What one character weighs at most."""


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("To Buy\n- two eggs\n- one loaf")
@example("A short line\nAnother one")
@example("« Oui ? » dit-il. « Non ! » Bon.")
def test_captions_and_cuts_keep_to_the_same_sentence_ends(text: str) -> None:
    """Cuts that nothing hurries are the sentence ends, and each caption lies between two."""
    ends = list(find_sentence_ends(text))

    cuts = [0]
    while cuts[-1] < len(text):
        cuts.append(find_cut(text, cuts[-1], HEAVIEST * len(text)).end)
    assert cuts[1:] == ends
    shown = [
        {
            bisect_right(ends, at)
            for word in sentence
            for at in range(word.start, word.end)
            if text[at].isalnum()
        }
        for sentence in read_sentences(text)
    ]
    assert all(len(places) == 1 for places in shown)
    assert all(max(places) < min(following) for places, following in pairwise(shown))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_chunks_end_with_a_sentence_or_inside_a_long_one(text: str) -> None:
    """What is short enough to be said at once is in one chunk and in one caption."""
    try:
        chunks = list(split_text(text, make_phonemizer()))
    except EmptyText:
        return
    ends = [0, *find_sentence_ends(text)]
    for chunk in chunks:
        if chunk.end not in ends:
            at = bisect_right(ends, chunk.end)
            assert HEAVIEST * (ends[at] - ends[at - 1]) > FIRST_PHONEMES
