"""What is read of a text, and the places in the source that it stands for."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.text.sentences import read_sentences
from jobs.text.source_text import read_source

ENTITIES = [
    "&amp;",
    "&lt;",
    "&#39;",
    "&#x2014;",
    "&nbsp;",
    "&Eacute;",
    "&fjlig;",
    "&bogus;",
    "&#0;",
]
TEXTS = st.lists(st.sampled_from([*ENTITIES, "&", ";", "a", "Tom ", "é", "\n\n"])).map("".join)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Q&amp;A", "Q&A"),
        ("Don&#39;t say &quot;no&quot;", 'Don\'t say "no"'),
        ("5&nbsp;kg&#x21;", "5\u00a0kg!"),
        ("5 &lt; 6 &gt; 4", "5 < 6 > 4"),
        ("&ldquo;Oui&rdquo;&hellip;", "“Oui”…"),
        ("&amp;lt; is written so", "&lt; is written so"),
        ("AT&T; R&D &bogus; &copy 5 &#1114112; &#xD800; &", None),
        ("a ]]> b <p>c</p>", None),
    ],
)
def test_entities_are_what_they_mean(written: str, read: str | None):
    """Each is decoded once; what only looks like one stays as it is written."""
    assert read_source(written).text == (written if read is None else read)


def test_a_plain_reading_leaves_entities_alone():
    """Then every character is read as it is written."""
    assert read_source("Q&amp;A", "plain").text == "Q&amp;A"


def test_a_decoded_sign_has_the_span_of_its_entity():
    """Places are those of the source."""
    source = read_source("Tom &amp; Ada")

    assert source.text == "Tom & Ada"
    assert source.find_span(4, 5) == (4, 9)
    assert source.find_span(6, 9) == (10, 13)
    assert source.find_span(5, 5) == (9, 9)


@pytest.mark.parametrize(
    "text",
    [
        "Say \ue012these words\ue012 too.",
        "Say &#xE012;these words&#xE012; too.",
        "<speak>Say &#xE012;these words&#xE012; too.</speak>",
    ],
)
def test_a_mark_of_ours_in_a_source_hides_no_words(text: str):
    """Where we write it there is a speaker's name between two of them."""
    words = [word.text for sentence in read_sentences(read_source(text).text) for word in sentence]

    assert {"words", "too."} <= {word.strip("\ufffd;#&xE012") for word in words}


@given(TEXTS)
def test_cuts_of_what_is_read_tile_the_source(text: str):
    """Wherever it is cut, the pieces follow each other, and each cut is found again."""
    source = read_source(text)
    cuts = [source.find_cut(at) for at in range(len(source.text) + 1)]

    assert (cuts[0], cuts[-1]) == (0, len(text))
    assert all(first < second for first, second in pairwise(cuts))
    assert [source.find_place(cut) for cut in cuts] == list(range(len(cuts)))
    for at in range(len(source.text)):
        start, end = source.find_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert (source.find_place(start), source.find_place(end)) == (at, at + 1)
