"""Laws of what is spoken of any page."""

from __future__ import annotations

import re
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from scripts.audiobook.blocks import join_blocks
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK
from scripts.audiobook.html.parse import parse_page
from scripts.audiobook.html.to_text import speak_tree

WORDS = st.text("abcdefghijkéßжかअ", min_size=2, max_size=8)
INLINE_TAGS = ("b", "i", "em", "span", "a", "abbr", "sub", "u")
BLOCK_TAGS = ("div", "section", "article", "blockquote", "main", "header", "center")
HIDDEN = ("<script>x1 &lt;</script>", "<!-- x2 -->", "<span hidden=''>x3</span>", "<?x4 y?>")

inline = st.recursive(
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(INLINE_TAGS), inner).map(
            lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"
        ),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.tuples(inner, st.sampled_from(HIDDEN)).map("".join),
    ),
    max_leaves=6,
)
paragraph = st.tuples(st.sampled_from(("p", "h2", "li", "pre", "figcaption")), inline).map(
    lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"
)
page = st.recursive(
    st.lists(paragraph, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(BLOCK_TAGS), inner).map(
            lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>"
        ),
        st.lists(inner, min_size=2, max_size=3).map("<hr/>".join),
        st.tuples(inline, inner).map("".join),
    ),
    max_leaves=8,
)


def speak(body: str) -> str:
    """Return what is spoken of a page with this body."""
    return join_blocks(speak_tree(parse_page(f"<html><body>{body}</body></html>".encode(), "x")))


def seen_words(body: str) -> list[str]:
    """Return the words that a reader sees, found without a parser."""
    for hidden in HIDDEN:
        body = body.replace(hidden, "")
    tight = "|".join(INLINE_TAGS)
    body = re.sub(rf"</?(?:{tight})>", "", body)
    return re.sub(r"<[^>]*>", " ", body).split()


@given(page)
def test_every_word_is_spoken_in_order_and_no_markup(body: str):
    """The spoken words are those that are seen, in their order, whatever is nested in what."""
    spoken = speak(body).replace(HEADING_PAUSE, " ").replace(SCENE_BREAK, " ")

    assert spoken.split() == seen_words(body)


@given(page)
def test_a_page_without_its_closing_tags_holds_the_same_words(body: str):
    """A page cut short is read by the forgiving parser, and no word of it is lost."""
    spoilt = f"{body}<p>and & more"
    spoken = speak(spoilt).replace(HEADING_PAUSE, " ").replace(SCENE_BREAK, " ")

    assert spoken.split() == [*seen_words(body), "and", "&", "more"]


@given(st.text(max_size=200))
def test_any_text_is_one_line_that_is_stable(text: str):
    """No control character, no doubled space; what is spoken once is spoken so again."""
    spoken = speak(f"<p>w{escape(text)}</p>")

    assert re.fullmatch(r"(?:[^\s\x00-\x1f\x7f]+[ \n]{0,2})*", spoken)
    assert speak(f"<p>{escape(spoken)}</p>") == spoken
