"""HTML pages as books: title, author, language, chapters, and what stands beside the text."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.book import HEADING_PAUSE, Book

pytest.importorskip("lxml", reason="HTML is read by the extra 'books'")
html = pytest.importorskip("scripts.audiobook.html.read_html")

Read = Callable[..., Book]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a page and reads it as a book."""

    def read(page: str | bytes) -> Book:
        path = tmp_path / "page.html"
        path.write_bytes(page if isinstance(page, bytes) else page.encode())
        return html.read_html(path)

    return read


def test_a_page_says_who_wrote_it(read: Read) -> None:
    """Title, authors and language come from the page's head."""
    book = read(
        '<html lang="en-GB"><head><title> A\n Tale </title><meta name="author" content="Anna">'
        '<meta name="DC.creator" content="Bob"></head><body><p>Text.</p></body></html>'
    )

    assert (book.title, book.author, book.language) == ("A Tale", "Anna, Bob", "en-GB")
    assert [(chapter.title, chapter.text) for chapter in book.chapters] == [("A Tale", "Text.")]


@pytest.mark.parametrize(
    ("body", "titles"),
    [
        ("<h1>A</h1><p>a</p><h1>B</h1><p>b</p>", ["A", "B"]),
        ("<h1>T</h1><h2>A</h2><p>a</p><h3>x</h3><p>x</p><h2>B</h2><p>b</p>", ["A", "B"]),
        ("<h1>T</h1><p>t</p><h2>A</h2><p>a</p><h2>B</h2><p>b</p>", ["T", "A", "B"]),
        ("<p>a</p>", ["page"]),
        (
            "<h2>Chapter 1<br>The Start</h2><p>a</p><h2>B</h2><p>b</p>",
            ["Chapter 1: The Start", "B"],
        ),
        ("<h2>Contents</h2><p>x</p><h2>A</h2><p>a</p>", ["Contents", "A"]),
    ],
    ids=["first level", "second level", "with a start", "none", "number and title", "contents"],
)
def test_headings_make_chapters(read: Read, body: str, titles: list[str]) -> None:
    """The highest headings that come more than once begin the chapters."""
    assert [chapter.title for chapter in read(body).chapters] == titles


def test_front_matter_is_known_by_its_title(read: Read) -> None:
    """A table of contents is skipped by default."""
    book = read("<h2>Contents</h2><p>x</p><h2>A</h2><p>a</p>")

    assert [chapter.skip_reason for chapter in book.chapters] == ["table of contents", ""]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('<meta charset="iso-8859-1"><p>caf\u00e9</p>'.encode("latin-1"), id="meta"),
        pytest.param("<p>caf\u00e9</p>".encode("utf-8-sig"), id="mark"),
        pytest.param("<p>caf\u00e9</p>".encode("utf-16"), id="utf-16"),
        pytest.param(
            '<?xml version="1.0" encoding="windows-1252"?><html><p>caf\u00e9</p></html>'.encode(
                "cp1252"
            ),
            id="xml",
        ),
    ],
)
def test_the_page_is_read_in_its_encoding(read: Read, data: bytes) -> None:
    """A mark, a declaration or a meta element says how the page is written."""
    assert read(data).chapters[0].text == "caf\u00e9"


def test_what_stands_beside_the_text_is_left_out(read: Read) -> None:
    """Menus, scripts, what is hidden and notes are not spoken."""
    book = read(
        "<body><nav><a href='/'>Home</a></nav><div role='banner'>Site</div>"
        "<script>x()</script><style>p {}</style><p hidden>no</p>"
        "<h1>A</h1><p>Text<a href='#n1' id='r1'><sup>1</sup></a> more.</p>"
        "<aside role='doc-footnote' id='n1'><a href='#r1'>1</a> The note.</aside></body>"
    )

    assert book.chapters[0].text == f"A\n\n{HEADING_PAUSE}\n\nText more."


@pytest.mark.parametrize("tag", ["main", "article"])
def test_the_main_part_is_spoken_alone(read: Read, tag: str) -> None:
    """A page that marks its text as such is read from there only."""
    book = read(f"<header>Site</header><{tag}><p>Text.</p></{tag}><footer>Imprint</footer>")

    assert book.chapters[0].text == "Text."


def test_a_page_without_words_is_refused(read: Read) -> None:
    """A page of pictures is no book."""
    with pytest.raises(InputError, match="holds no text"):
        read("<html><body><img src='a.png'></body></html>")


START, END = (f"*** {word} OF THE PROJECT GUTENBERG EBOOK A TALE ***" for word in ("START", "END"))


def test_the_licence_around_a_page_is_left_out_and_named(read: Read) -> None:
    """What stands before and after the work is one chapter that is skipped; its fields are read."""
    book = read(
        "<title>The Project Gutenberg eBook of A Tale, by Ann Author</title>"
        f"<p>This eBook is free.</p><p>Title: A Tale</p><p>Language: French</p><p>{START}</p>"
        "<p>Produced by Bob</p><h2>I</h2><p>It rained.</p><h2>II</h2><p>It stopped.</p>"
        "<p>[Transcriber's Note: no errors.]</p>"
        f"<p>{END}</p><h3>The licence</h3><p>You may not sell this.</p>"
    )

    assert (book.title, book.author, book.language) == ("A Tale", "Ann Author", "fr")
    spoken = [(each.title, each.text) for each in book.chapters if not each.skip_reason]
    assert spoken == [
        (n, f"{n}\n\n[pause:1s]\n\n{t}") for n, t in (("I", "It rained."), ("II", "It stopped."))
    ]
    [licence] = [each for each in book.chapters if each.skip_reason]
    assert (licence.title, licence.skip_reason) == ("Project Gutenberg", "licence")
    assert "sell" in licence.text


def test_a_title_page_before_the_chapters_is_left_out(read: Read) -> None:
    """If it holds no more than title and author; the title given again is spoken once."""
    book = read(
        "<title>A Tale</title><h1>A Tale</h1><p>By Ann Author</p><h1>A Tale</h1>"
        "<h2>Act One</h2><p>It rained.</p><h2>Act Two</h2><p>It stopped.</p>"
    )

    assert [(each.title, each.skip_reason) for each in book.chapters] == [
        ("A Tale", "title page"),
        ("Act One", ""),
        ("Act Two", ""),
    ]


def test_code_that_is_left_out_is_counted(read: Read) -> None:
    """The listing names it."""
    assert read("<p>A.</p><pre><code>b</code></pre>").warnings == ("1 block of code left out",)


@pytest.mark.parametrize(
    "piece",
    [
        "<!DOCTYPE [",
        "<!DOCTYPE a ",
        "<!ENTITY a ",
        "<p>*** START OF THE PROJECT GUTENBERG EBOOK",
        "<div>A</div>",
        "<p>line</p>",
        "<sup>1</sup>",
        "<p>1. note</p>",
        "&a;",
        "[Transcriber's Note: ",
        "\n \n",
    ],
)
def test_ten_times_the_page_takes_at_most_fifteen_times_the_work(piece: str) -> None:
    """Nothing in a page makes its reader look at the rest again and again."""

    def measure(times: int) -> float:
        data = f"<html><body>{piece * times}<p>end</p></body></html>".encode()
        start = time.process_time()
        with suppress(InputError):
            html.speak_page(html.parse_page(data, "x"), "x")
        return time.process_time() - start

    # A machine with other work gets several tries.
    assert any(measure(6_000) <= 15 * measure(600) + 0.05 for _ in range(8))
