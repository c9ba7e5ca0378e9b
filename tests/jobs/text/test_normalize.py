"""Normalisation: a few forms, and every character knows where it came from."""

from __future__ import annotations

import pytest

from jobs.text.normalize import normalize

LONG_LINE = "a line that is certainly wider than forty-five characters\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("cafe\u0301", "café", id="composes"),
        pytest.param("ﬁne ＡＢＣ１ Ⅳ 𝐛", "fine ABC1 IV b", id="folds look-alikes"),
        pytest.param("don’t ‘x’", "don't 'x'", id="curly apostrophes"),
        pytest.param("«a» „b” 「c」", "“a” “b” “c”", id="quotes"),
        pytest.param("a\u00a0\u2003\t b", "a b", id="spaces"),
        pytest.param("a\u200bb\u2060c\u00add\ufeff", "abcd", id="zero width"),
        pytest.param("a\x00b\x1bc\x9fd", "abcd", id="control characters"),
        pytest.param("Wait....... what?!!! no--yes", "Wait… what?! no—yes", id="runs of marks"),
        pytest.param("你好，世界。", "你好,世界.", id="CJK punctuation"),
        pytest.param("है। كيف؟", "है. كيف?", id="Devanagari and Arabic punctuation"),
        pytest.param("५० ٣", "50 3", id="digits"),
        pytest.param("**bold** `x` ### C#", "bold x C#", id="markup"),
        pytest.param("a = b, x == y, =====", "a = b, x y, ", id="equals sign"),
        pytest.param("ｶﾞ", "ガ", id="half-width kana"),
        pytest.param("👍🏽❤️", "👍🏽❤", id="emoji"),
        pytest.param("\u0301x", "x", id="a mark without a letter"),
    ],
)
def test_brings_text_into_one_form(written: str, expected: str) -> None:
    """Look-alikes, odd spaces and invisible characters come out the one way G2P understands."""
    assert normalize(written).text == expected


def test_keeps_paragraphs_and_lines_and_joins_wrapped_lines() -> None:
    """Two newlines stay a paragraph, a short line stays a line, a wrapped one becomes a space."""
    text = f"Title\n\n{LONG_LINE}goes on\r\n\r\nlast"

    assert normalize(text).text == f"Title\n\n{LONG_LINE[:-1]} goes on\n\nlast"


def test_every_character_maps_back_to_the_original() -> None:
    """The span of a normalised character is the stretch of the original that it stands for."""
    text = "e\u0301t\u00e9  «ﬁn»\u200b…"

    normal = normalize(text)

    back = [(char, text[s:e]) for char, s, e in zip(*_columns(normal), strict=True)]
    assert back == [
        ("é", "e\u0301"),
        ("t", "t"),
        ("é", "é"),
        (" ", "  "),
        ("“", "«"),
        ("f", "ﬁ"),
        ("i", "ﬁ"),
        ("n", "n"),
        ("”", "»"),
        ("…", "…"),
    ]


def test_offsets_count_from_the_start_of_the_whole_text() -> None:
    """A slice of a long text keeps its places."""
    normal = normalize("one two three", 4, 7)

    assert (normal.text, normal.starts, normal.ends) == ("two", (4, 5, 6), (5, 6, 7))


def _columns(normal):
    return normal.text, normal.starts, normal.ends
