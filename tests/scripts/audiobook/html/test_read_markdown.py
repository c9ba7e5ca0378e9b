"""Markdown as a book: front matter, chapters, and what of its markup is not spoken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Book

pytest.importorskip("markdown_it", reason="Markdown is read by the extra 'books'")
markdown = pytest.importorskip("scripts.audiobook.html.read_markdown")

Read = Callable[[str], Book]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes Markdown and reads it as a book."""

    def read(text: str) -> Book:
        path = tmp_path / "notes.md"
        path.write_text(text, encoding="utf-8")
        return markdown.read_markdown(path)

    return read


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param("title: A Tale\nauthor: Anna\nlang: en", ("A Tale", "Anna", "en"), id="plain"),
        pytest.param(
            "Title: 'A Tale: Two'\nauthor: \"B\"\nlanguage: fr-FR # French",
            ("A Tale: Two", "B", "fr-FR"),
            id="quoted",
        ),
        pytest.param("title: A\nauthor: [Anna, 'Bob']", ("A", "Anna, Bob", ""), id="list"),
        pytest.param("title: A\nauthors:\n  - Anna\n  - Bob", ("A", "Anna, Bob", ""), id="lines"),
        pytest.param("author:\n- name: Anna\n  at: home\n", ("Heading", "Anna", ""), id="names"),
        pytest.param("", ("Heading", "", ""), id="empty"),
    ],
)
def test_front_matter_is_read_and_not_spoken(read: Read, fields: str, expected) -> None:
    """Title, author and language come from it; the only top heading is the title without one."""
    book = read(f"---\n{fields}\n---\n\n# Heading\n\nText.\n")

    assert (book.title, book.author, book.language) == expected
    assert book.chapters[0].text == f"Heading\n\n{HEADING_PAUSE}\n\nText."


def test_a_rule_at_the_top_is_no_front_matter(read: Read) -> None:
    """Text between two rules that opens a page is spoken."""
    book = read("---\n\nText: more.\n")

    assert book.title == "notes"
    assert "Text: more." in book.chapters[0].text


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        pytest.param("# A\n\na\n\n# B\n\nb\n", ["A", "B"], id="first level"),
        pytest.param("# T\n\n## A\n\na\n\n## B\n\nb\n", ["A", "B"], id="second level"),
        pytest.param("# T\n\nt\n\n## A\n\na\n\n## B\n\nb\n", ["T", "A", "B"], id="with a start"),
        pytest.param("# A\n\na\n\n## x\n\nx\n\n## y\n\ny\n\n# B\n\nb\n", ["A", "B"], id="sections"),
        pytest.param("# A\n\na\n", ["A"], id="one"),
        pytest.param("a\n", ["notes"], id="none"),
        pytest.param("A\n===\n\na\n\nB\n===\n\nb\n", ["A", "B"], id="underlined"),
        pytest.param("# A {#one}\n\na\n\n# B {.x}\n\nb\n", ["A", "B"], id="attributes"),
    ],
)
def test_the_highest_headings_that_are_several_make_chapters(read: Read, text, titles) -> None:
    """A heading that comes once is the book's title, and spoken with the first chapter."""
    book = read(text)

    assert [chapter.title for chapter in book.chapters] == titles
    assert all(
        letter in "".join(c.text for c in book.chapters) for letter in text if letter in "abt"
    )


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        pytest.param("A *b* __c__ ~~d~~ `e`.", "A b c d e.", id="emphasis"),
        pytest.param("See [the page](http://x.org/a 'T').", "See the page.", id="link"),
        pytest.param("See [the page][1].\n\n[1]: http://x.org", "See the page.", id="reference"),
        pytest.param("See <https://x.org/a?b=c>, or not.", "See, or not.", id="address"),
        pytest.param("See https://x.org/a, or not.", "See, or not.", id="bare address"),
        pytest.param("A ![picture](a.png) here.", "A here.", id="picture"),
        pytest.param("A.[^1] B.\n\n[^1]: The note\n    goes on.\n\nC.", "A. B.\n\nC.", id="note"),
        pytest.param("A.\n\n```python\nprint(1)\n```\n\nB.", "A.\n\nB.", id="fence"),
        pytest.param("A.\n\n    code()\n\nB.", "A.\n\nB.", id="indented code"),
        pytest.param("A.\n\n***\n\nB.", f"A.\n\n{SCENE_BREAK}\n\nB.", id="rule"),
        pytest.param("A <b>bold</b> &amp; so on.", "A bold & so on.", id="html"),
        pytest.param("A.\n\n<!-- no -->\n\nB.", "A.\n\nB.", id="comment"),
        pytest.param("One line  \nand another.", "One line\nand another.", id="hard break"),
        pytest.param("One\nparagraph.", "One paragraph.", id="soft break"),
        pytest.param("So $a^2$ is $\\alpha$.", "So formula is formula.", id="formulas"),
        pytest.param("So:\n\n$$\nx = 1\n$$\n\nB.", "So:\n\nformula\n\nB.", id="set-off formula"),
        pytest.param("From $5 to $20 or \\$a_b.", "From $5 to $20 or $a_b.", id="dollars"),
        pytest.param("> Quoted\n> text.", "Quoted text.", id="quotation"),
    ],
)
def test_only_words_are_spoken(read: Read, text: str, spoken: str) -> None:
    """Markup, code, pictures, notes and addresses are left out; the words stay."""
    (chapter,) = read(text).chapters

    assert chapter.text == spoken


def test_markdown_without_words_is_refused(read: Read) -> None:
    """Nothing but code is no book."""
    with pytest.raises(InputError, match="holds no text"):
        read("```\ncode\n```\n")
