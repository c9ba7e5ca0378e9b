"""Words of a line that was put into words, at the places where they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("misaki", reason="pronunciation comes with the extra 'worker'")

from worker.pronunciation.unspaced import place_words


@pytest.mark.parametrize(
    ("text", "in_words", "words", "expected"),
    [
        pytest.param("我去", "我去", "我 去", "我 去", id="as written"),
        pytest.param("买12个", "买十二个", "买 十二 个", "买 12 个", id="figures"),
        pytest.param("买12个", "买十二个", "买 十 二个", "买 12个", id="a word across the edge"),
        pytest.param("¥50吗", "五十元吗", "五 十元 吗", "¥50 吗", id="a sign before its figure"),
    ],
)
def test_a_word_stands_where_it_is_written(
    text: str, in_words: str, words: str, expected: str
) -> None:
    """What several words are said for is one stretch."""
    placed = place_words(text, in_words, [(word, "a") for word in words.split()])

    assert " ".join(written for written, _ in placed) == expected


@given(
    st.text("我去1 ,", min_size=1, max_size=9),
    st.lists(st.text("我去一二", min_size=1, max_size=3), min_size=1, max_size=6),
)
def test_stretches_tile_the_text(text: str, words: list[str]) -> None:
    """However unlike what is said is to what is written, no character and no sound is lost."""
    placed = list(place_words(text, "".join(words), [(word, f"a{word}") for word in words]))

    assert "".join(written for written, _ in placed) == text
    assert "".join(sound for _, sound in placed) == "".join(f"a{word}" for word in words)
