"""A read-along book: the user's own pages with spans, and what is played while each is shown."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from jobs.books.page_marks import pages_file
from tests.builders.epubs import chapter, page, write_epub
from tests.builders.pdfs import make_pdf, set_lines
from tests.builders.read_along import (
    make_read_along,
    prepare,
    read_files,
    read_pars,
    spans_of,
    strip_spans,
)

BODIES = {
    "sentences across inline markup": (
        "<p>He <em>said it. And</em> left. Then <b>he</b> slept.</p>",
        ["He", "said it.", "And", "left.", "Then <b>he</b> slept."],
    ),
    "whole element": ("<p><i>All of it.</i></p>", ["<i>All of it.</i>"]),
    "note and its mark": (
        (
            '<p>It was late.<a epub:type="noteref" href="#n">1</a> It rained.</p>'
            '<aside epub:type="footnote" id="n"><p>1. A note.</p></aside><p>The end.</p>'
        ),
        ["It was late.", "It rained.", "The end."],
    ),
    "mark of a note inside": (
        (
            '<p>It was late<a epub:type="noteref" href="#n">1</a> and dark.</p>'
            '<aside epub:type="footnote" id="n"><p>1. A note.</p></aside>'
        ),
        ['It was late<a epub:type="noteref" href="#n">1</a> and dark.'],
    ),
    "initial": (
        '<p><span class="big">O</span>NCE upon a time. It was.</p>',
        ['<span class="big">O</span>NCE upon a time.', "It was."],
    ),
    "initial in a block of its own": (
        "<div>A</div><p>fter that, rain. It fell.</p>",
        ["A", "fter that, rain.", "It fell."],
    ),
    "picture of an initial": (
        '<p><img src="w.png" alt="W"/>HEN it rained. It poured.</p>',
        ["HEN it rained.", "It poured."],
    ),
    "ruby": (
        "<p><ruby>憂鬱<rt>ゆううつ</rt></ruby>だ。雨が<ruby>降<rt>ふ</rt></ruby>る。</p>",
        [
            "<ruby>憂鬱<rt>ゆううつ</rt></ruby>だ。",
            "雨が<ruby>降<rt>ふ</rt></ruby>る。",
        ],
    ),
    "table": (
        "<table><tr><th>Name</th><th>Age</th></tr><tr><td>Ann</td><td>7</td></tr></table>",
        ["Ann", "7"],
    ),
    "references": (
        "<p>Salt &amp; smoke &#8212; caf&#xe9;. One&#160;more.</p>",
        ["Salt &amp; smoke — café.", "One\xa0more."],
    ),
    "comments and sections": (
        "<p>One<!-- two --> three. <![CDATA[Four < five. Six.]]> Seven.</p>",
        ["One<!-- two --> three.", "Four &lt; five. Six.", "Seven."],
    ),
    "loose text and lists": (
        "Loose. <ol><li>One.</li><li><p>Two.</p></li></ol><blockquote>Three.</blockquote>",
        ["Loose.", "One.", "Two.", "Three."],
    ),
    "verse": (
        '<p class="poem">Roses are red<br/>violets are blue</p>',
        ["Roses are red", "violets are blue"],
    ),
    "its own ids": ('<p id="ktts-1">One. Two.</p>', ["One.", "Two."]),
    "hidden and code": (
        '<p hidden="hidden">No.</p><pre><code>x = 1;</code></pre><p>Yes.</p>',
        ["Yes."],
    ),
    "letters in two pieces": ("<p>Cafe\u0301 noir. Oui.</p>", ["Cafe\u0301 noir.", "Oui."]),
    "soft hyphens": ("<p>A lan\u00adtern. Here.</p>", ["A lan\u00adtern.", "Here."]),
    "address left out": (
        "<p>See https://example.org/a for more. Done.</p>",
        ["See https://example.org/a for more.", "Done."],
    ),
    "formula": (
        (
            '<p>So <math xmlns="http://www.w3.org/1998/Math/MathML"><mi>a</mi><mo>=</mo><mi>b</mi>'
            "</math> holds. Yes.</p>"
        ),
        ["So <math><mi>a</mi><mo>=</mo><mi>b</mi></math> holds.", "Yes."],
    ),
    "quotations": (
        "<p><q>Yes.</q> <q>No</q>, he said.</p>",
        ["<q>Yes.</q>", "<q>No</q>, he said."],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_sentences_are_wrapped_and_nothing_else_is_changed(tmp_path: Path, name: str) -> None:
    """Each sentence has as few spans as the markup allows; without them the page is as it was."""
    body, expected = BODIES[name]
    written = page(f"<h2>Top</h2>{body}")
    book = write_epub(tmp_path / "b.epub", {"p.xhtml": written})

    files = read_files(make_read_along(book, tmp_path))

    spans = spans_of(files["EPUB/p.xhtml"])
    assert [re.sub(r"<!--.*?-->", "", text) for text in spans] == [
        "Top",
        *(re.sub(r"<!--.*?-->", "", text) for text in expected),
    ]
    assert strip_spans(files["EPUB/p.xhtml"]).decode() == written


def test_all_else_of_the_book_keeps_its_bytes(tmp_path: Path) -> None:
    """Pictures, styles, and pages that are not spoken are copied; the package only grows."""
    book = write_epub(
        tmp_path / "b.epub",
        {
            "copyright.xhtml": page("<p>© 2020 by us.</p>", body_type="copyright-page"),
            "a.xhtml": chapter("One", "It began."),
        },
        extra={"s.css": "p { color: red }", "p.png": b"\x89PNG\r\n\x1a\n"},
    )
    before = read_files(book)

    after = read_files(make_read_along(book, tmp_path))

    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"EPUB/a.xhtml", "EPUB/package.opf"}
    assert {name for name in after if name not in before} == {
        "EPUB/ktts/read-along.css",
        "EPUB/ktts/page-0001.smil",
        "EPUB/ktts/chapter-0001.m4a",
    }
    assert next(iter(after)) == "mimetype"
    package = after["EPUB/package.opf"].decode()
    for line in re.split(r"(?=<)", before["EPUB/package.opf"].decode()):
        assert line in package or line.startswith('<item id="a.xhtml"')


def test_what_is_played_is_what_is_shown(tmp_path: Path) -> None:
    """Clips follow each other without a gap, and begin with the first word of their sentence."""
    book = write_epub(
        tmp_path / "b.epub",
        {
            "a b%.xhtml": chapter("One", "It began at last. It went on.", "So it did."),
            "b.xhtml": page("<p>The same chapter. It ends.</p>"),
            "c.xhtml": page("<h2 id='x'>Two</h2><p>Short.</p><h2 id='y'>Three</h2><p>Shorter.</p>"),
        },
        contents=[("One", "a%20b%25.xhtml"), ("Two", "c.xhtml#x"), ("Three", "c.xhtml#y")],
        extra={},
    )

    pars = read_pars(read_files(make_read_along(book, tmp_path)))

    assert [(par.text, par.page, par.audio) for par in pars] == [
        ("One", "EPUB/a b%.xhtml", "chapter-0001.m4a"),
        ("It began at last.", "EPUB/a b%.xhtml", "chapter-0001.m4a"),
        ("It went on.", "EPUB/a b%.xhtml", "chapter-0001.m4a"),
        ("So it did.", "EPUB/a b%.xhtml", "chapter-0001.m4a"),
        ("The same chapter.", "EPUB/b.xhtml", "chapter-0001.m4a"),
        ("It ends.", "EPUB/b.xhtml", "chapter-0001.m4a"),
        ("Two", "EPUB/c.xhtml", "chapter-0002.m4a"),
        ("Short.", "EPUB/c.xhtml", "chapter-0002.m4a"),
        ("Three", "EPUB/c.xhtml", "chapter-0003.m4a"),
        ("Shorter.", "EPUB/c.xhtml", "chapter-0003.m4a"),
    ]
    for one, two in pairwise(pars):
        assert two.begin == (one.end if one.audio == two.audio else 0.0)


def test_times_of_spans_are_those_of_their_words(tmp_path: Path) -> None:
    """The stand-in speaks a word in 0.4 s."""
    book = write_epub(
        tmp_path / "b.epub", {"a.xhtml": page("<p>One <em>two. Three</em> four.</p>")}
    )

    pars = read_pars(read_files(make_read_along(book, tmp_path)))

    pause = 1.5  # after a chapter
    assert [(par.text, par.begin, par.end) for par in pars] == [
        ("One", 0.0, 0.4),
        ("two.", 0.4, 0.8),
        ("Three", 0.8, 1.2),
        ("four.", 1.2, 1.6 + pause),
    ]


def test_overlays_of_the_book_are_replaced(tmp_path: Path) -> None:
    """A book that could be read along before is read along in the new voice."""
    smil = '<smil xmlns="http://www.w3.org/ns/SMIL" version="3.0"><body/></smil>'
    book = write_epub(
        tmp_path / "b.epub",
        {"a.xhtml": chapter("One", "It began.")},
        extra={"old.smil": smil},
        metadata=(
            '<dc:identifier id="uid">x</dc:identifier><dc:title>T</dc:title>'
            "<dc:language>en</dc:language>"
            '<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta>'
            '<meta property="media:duration">0:00:01</meta>'
        ),
    )

    files = read_files(make_read_along(book, tmp_path))

    package = files["EPUB/package.opf"].decode()
    assert "0:00:01<" not in package
    assert "old.smil" not in package
    assert "EPUB/old.smil" not in files


def test_an_old_book_is_lifted(tmp_path: Path) -> None:
    """EPUB 2 becomes EPUB 3: contents from the NCX, obsolete markup as style."""
    old = page(
        '<h2 align="center">One</h2><p><font color="red">It&nbsp;began.</font> <tt>So.</tt>'
        '<a name="here"/><br clear="all"/></p><center>End.</center>',
        version=2,
    )
    book = write_epub(
        tmp_path / "b.epub", {"a.xhtml": old}, contents=[("One", "a.xhtml#here")], version=2
    )

    files = read_files(make_read_along(book, tmp_path))

    text = files["EPUB/a.xhtml"].decode()
    assert "<!DOCTYPE html>\n" in text
    assert strip_spans(files["EPUB/a.xhtml"]).decode().partition("<body>")[2] == (
        '<h2 style="text-align: center">One</h2><p><span style="color: red">It\xa0began.</span> '
        '<span style="font-family: monospace">So.</span><a id="here"/><br style="clear: both"/></p>'
        '<div style="text-align: center">End.</div></body></html>'
    )
    package = files["EPUB/package.opf"].decode()
    assert 'version="3.0"' in package
    assert 'property="dcterms:modified">2026-01-01T00:00:00Z' in package
    assert 'property="role" scheme="marc:relators">aut</meta>' in package
    assert 'href="../a.xhtml#here">One</a>' in files["EPUB/ktts/nav.xhtml"].decode()
    assert [par.text for par in read_pars(files)] == ["One", "It began.", "So.", "End."]


@pytest.mark.parametrize("version", [2, 3])
def test_what_is_added_to_a_package_has_its_prefix(tmp_path: Path, version: int) -> None:
    """Elements without the prefix would be in no namespace: no reading system knows them."""
    pages = {"a.xhtml": chapter("One", "It began.", version=version)}
    book = write_epub(tmp_path / "b.epub", pages, version=version)
    package = read_files(book)["EPUB/package.opf"].decode()
    package = package.replace('xmlns="http://www.idpf', 'xmlns:opf="http://www.idpf')
    package = re.sub(r"(</?)(?=[a-z]+\b[^:])", r"\1opf:", package)
    contents = [("One", "a.xhtml")]
    extra = {"package.opf": package}
    write_epub(book, pages, version=version, contents=contents, extra=extra)

    files = read_files(make_read_along(book, tmp_path))

    elements = list(etree.fromstring(files["EPUB/package.opf"]).iter())
    assert all(each.tag.startswith("{") for each in elements)
    added = {each.get("id") for each in elements if str(each.get("id")).startswith("ktts-")}
    assert {"ktts-style", "ktts-overlay-1"} <= added
    assert ("ktts-nav" in added) == (version == 2)
    assert [par.text for par in read_pars(files)] == ["One", "It began."]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
def test_a_page_keeps_its_encoding(tmp_path: Path, encoding: str) -> None:
    """The bytes of a page in another encoding stay, too."""
    stated = {"utf-16": "utf-16", "utf-8-sig": "utf-8", "latin-1": "iso-8859-1"}[encoding]
    written = page("<p>Un café. Oui.</p>").replace('"utf-8"', f'"{stated}"').encode(encoding)
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": written})

    made = read_files(make_read_along(book, tmp_path))["EPUB/a.xhtml"]

    assert strip_spans(made.decode(encoding).encode()) == written.decode(encoding).encode()


def test_a_lifted_page_is_utf_8_whatever_it_was(tmp_path: Path) -> None:
    """Letters take the place of entities, also where the page's encoding does not have them."""
    written = page("<p>Un caf&eacute; &ndash; noir. Oui.</p>", version=2)
    written = written.replace('"utf-8"', '"iso-8859-1"')
    assert "iso-8859-1" in written
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": written}, version=2)

    files = read_files(make_read_along(book, tmp_path))

    assert [par.text for par in read_pars(files)] == ["Un café – noir.", "Oui."]
    assert b'encoding="utf-8"' in files["EPUB/a.xhtml"]


def test_only_a_picture_becomes_the_cover_of_a_lifted_book(tmp_path: Path) -> None:
    """Some books of EPUB 2 name the page of their cover instead."""
    metadata = (
        '<dc:identifier id="uid">x</dc:identifier><dc:title>T</dc:title>'
        '<dc:language>en</dc:language><meta name="cover" content="{}"/>'
    )
    pages = {"a.xhtml": chapter("One", "It began.", version=2)}
    for number, (cover, is_cover) in enumerate([("p.png", True), ("a.xhtml", False)]):
        facts = {"metadata": metadata.format(cover), "extra": {"p.png": b"\x89PNG\r\n\x1a\n"}}
        book = write_epub(tmp_path / f"{number}.epub", pages, version=2, **facts)
        manifest = prepare(book, tmp_path).manifest
        package = read_files(pages_file(tmp_path, manifest.batch_id))["EPUB/package.opf"]
        assert (b'properties="cover-image"' in package) == is_cover


def test_an_empty_page_of_an_old_book_is_copied(tmp_path: Path) -> None:
    """The book is spoken without it, so it can be read along without it, too."""
    pages = {"a.xhtml": chapter("One", "It began.", version=2), "b.xhtml": ""}
    book = write_epub(tmp_path / "b.epub", pages, version=2)

    files = read_files(make_read_along(book, tmp_path))

    assert [par.text for par in read_pars(files)] == ["One", "It began."]
    assert files["EPUB/b.xhtml"] == b""


def test_a_broken_page_is_mended(tmp_path: Path) -> None:
    """A page that is not well-formed is written as browsers understand it."""
    book = write_epub(
        tmp_path / "b.epub", {"a.xhtml": "<html><body><p>One. Two<br>three.<p>Four.</body>"}
    )

    made = read_files(make_read_along(book, tmp_path))["EPUB/a.xhtml"]

    assert spans_of(made) == ["One.", "Two", "three.", "Four."]


def test_other_books_get_plain_pages(tmp_path: Path) -> None:
    """Text, Markdown, HTML and PDF become a chapter a page, with headings, verse and breaks."""
    sources = [tmp_path / "b.md", tmp_path / "b.html", tmp_path / "b.txt", tmp_path / "b.pdf"]
    sources[0].write_text("# One\n\nIt *began*. It went on.\n\n# Two\n\nIt & it ended.\n")
    sources[1].write_text(
        "<h1>One</h1><p>It began. It went on.</p><h1>Two</h1><p>It & it ended.</p>"
    )
    sources[2].write_text("Chapter 1\n\nIt began. It went on.\n\nChapter 2\n\nIt & it ended.\n")
    sources[3].write_bytes(make_pdf([set_lines(["It began. It went on. It & it ended."])]))

    for number, source in enumerate(sources):
        files = read_files(make_read_along(source, tmp_path / str(number)))
        played = [par.text for par in read_pars(files)]
        assert played[-3:] == ["It began.", "It went on.", "It & it ended."] or played[-2:] == [
            "Two" if number < 2 else "Chapter 2",
            "It & it ended.",
        ]
        assert "EPUB/nav.xhtml" in files


def test_what_xml_cannot_hold_is_left_out_of_plain_pages(tmp_path: Path) -> None:
    """Some programs leave characters in a text that are none."""
    source = tmp_path / "b.txt"
    source.write_text("It be\ufffegan. It went on.\n\n\uffff\n\nIt ended.\n", encoding="utf-8")

    pars = read_pars(read_files(make_read_along(source, tmp_path)))

    assert [par.text for par in pars] == ["It began.", "It went on.", "It ended."]


@pytest.mark.slow
def test_what_is_left_out_has_no_span(tmp_path: Path) -> None:
    """Neither has a chapter that is not chosen; a preview has spans up to its end."""
    book = write_epub(
        tmp_path / "b.epub",
        {f"{n}.xhtml": chapter(f"Part {n}", f"It was {n}. " * 300) for n in (1, 2)},
    )

    one = read_files(make_read_along(book, tmp_path / "a", selection="2"))
    short = read_files(make_read_along(book, tmp_path / "b", is_preview=True))

    assert one["EPUB/1.xhtml"] == read_files(book)["EPUB/1.xhtml"]
    assert len(spans_of(one["EPUB/2.xhtml"])) == 301
    assert 50 < len(spans_of(short["EPUB/1.xhtml"])) < 100


def test_the_same_book_is_the_same_batch(tmp_path: Path) -> None:
    """A change of any of its files makes it another one, with the same parts."""
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": chapter("One", "It began.")})
    first, again = (prepare(book, tmp_path).manifest for _ in range(2))
    write_epub(book, {"a.xhtml": chapter("One", "It began.")}, extra={"s.css": "p {}"})
    other = prepare(book, tmp_path).manifest

    assert first.batch_id == again.batch_id != other.batch_id
    assert first.parts == other.parts


def test_pauses_of_another_length_and_tags_change_no_span(tmp_path: Path) -> None:
    """What is spoken between the sentences of the page is no part of it."""
    said = "[voice:am_adam]“Two,”[voice:default] he said."
    body = f"<p>One. {said} Three &amp;amp; four.</p><hr/><p>Five.</p>"
    book = write_epub(tmp_path / "b.epub", {"a.xhtml": page(f"<h2>Top</h2>{body}")})

    manifest = prepare(book, tmp_path, pause_scale=0.5).manifest
    files = read_files(pages_file(tmp_path, manifest.batch_id))

    assert [text for text in spans_of(files["EPUB/a.xhtml"]) if "voice" not in text] == [
        "Top",
        "One.",
        "“Two,”",
        "he said.",
        "Three &amp;amp; four.",
        "Five.",
    ]


def test_a_plain_page_keeps_the_brackets_that_are_spoken(tmp_path: Path) -> None:
    """Only what names a voice, a speed or a language is taken out."""
    path = tmp_path / "b.txt"
    path.write_text("He wrote [voice:nobody] and [speed:9] here. [voice:am_adam]She [sic] left.\n")
    pages = read_files(make_read_along(path, tmp_path))

    assert spans_of(pages["EPUB/chapter-0001.xhtml"]) == [
        "He wrote [voice:nobody] and [speed:9] here.",
        "She [sic] left.",
    ]
