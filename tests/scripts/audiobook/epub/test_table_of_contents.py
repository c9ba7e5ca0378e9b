"""Tables of contents."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.audiobook.epub.package import read_package
from scripts.audiobook.epub.table_of_contents import Contents, Entry, read_contents
from scripts.audiobook.epub.zip_archive import open_archive
from scripts.audiobook.html.links import PageLink
from tests.builders.epubs import chapter, nav, ncx, page, write_epub

PAGES = {
    "one.xhtml": chapter("One", "Text."),
    "two.xhtml": chapter("Two", "Text."),
    "t h.xhtml": chapter("Three", "Text."),
}
OPF = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
    '<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="two" href="two.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    '</manifest><spine toc="ncx"><itemref idref="one"/><itemref idref="two"/></spine></package>'
)


def read(path: Path) -> Contents:
    """Read the contents of a book."""
    with open_archive(path) as archive:
        return read_contents(archive, read_package(archive))


@pytest.mark.parametrize("version", [2, 3])
def test_lines_and_lines_below_them(tmp_path: Path, version: int):
    """Both versions give titles, places and depth, percent-encoded names and anchors included."""
    lines = [
        ("Part  One", "one.xhtml", [("Chapter\n1", "one.xhtml#c1"), ("Chapter 2", "two.xhtml")]),
        ("A &amp; B", "t%20h.xhtml#a%20b"),
    ]
    contents = read(write_epub(tmp_path / "a.epub", PAGES, contents=lines, version=version))

    assert contents.entries == (
        Entry(
            "Part One",
            PageLink("EPUB/one.xhtml"),
            (
                Entry("Chapter 1", PageLink("EPUB/one.xhtml", "c1")),
                Entry("Chapter 2", PageLink("EPUB/two.xhtml")),
            ),
        ),
        Entry("A & B", PageLink("EPUB/t h.xhtml", "a b")),
    )


def test_titles_are_read_without_markup_and_marks(tmp_path: Path):
    """Emphasis, notes, line breaks and a paragraph around the link leave a plain title."""
    toc = page(
        '<nav epub:type="toc"><ol><li><p><a href="one.xhtml#fn1"><span>I</span>:<br/>The <i>Entente'
        '</i><a epub:type="noteref" href="two.xhtml">1</a></a></p></li>'
        "<li><span>Only words</span><ol><li><a href='two.xhtml'>Two</a></li></ol></li>"
        "<li/></ol></nav>"
    )
    contents = read(write_epub(tmp_path / "a.epub", PAGES, extra={"nav.xhtml": toc}))

    assert contents.entries[0] == Entry("I: The Entente", PageLink("EPUB/one.xhtml", "fn1"))
    assert contents.entries[1] == Entry(
        "Only words", None, (Entry("Two", PageLink("EPUB/two.xhtml")),)
    )
    assert contents.entries[2] == Entry("", None)


def test_lines_that_lead_nowhere_have_no_link(tmp_path: Path):
    """Pages that are missing, out of the book, on the network or not read are no places."""
    lines = [
        ("One", "one.xhtml"),
        ("Gone", "gone.xhtml"),
        ("Out", "../../etc/passwd"),
        ("Web", "http://example.org/one.xhtml"),
        ("Nav", "nav.xhtml"),
    ]
    contents = read(write_epub(tmp_path / "a.epub", PAGES, contents=lines))

    assert [entry.link for entry in contents.entries] == [PageLink("EPUB/one.xhtml"), *[None] * 4]


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "   ",
        page("<p>No list.</p>"),
        nav([("Gone", "gone.xhtml")]),
        '<html><nav epub:type="page-list"><ol><li><a href="one.xhtml">1</a></li></ol></nav></html>',
    ],
)
def test_a_broken_navigation_document_gives_way_to_the_ncx(tmp_path: Path, broken: str):
    """A book with both is read by the one that leads to its pages."""
    path = write_epub(
        tmp_path / "a.epub",
        PAGES,
        extra={
            "package.opf": OPF,
            "nav.xhtml": broken,
            "toc.ncx": ncx([("From the NCX", "two.xhtml")]),
        },
    )

    assert read(path).entries == (Entry("From the NCX", PageLink("EPUB/two.xhtml")),)


def test_a_navigation_document_that_is_no_xml_is_read(tmp_path: Path):
    """Elements that are never closed do not cost the table of contents."""
    toc = (
        '<nav epub:type="toc"><ol><li><a href="one.xhtml">One & only</a>'
        '<li><a href="two.xhtml">Two&nbsp;&mdash; or more</a></ol></nav>'
    )
    contents = read(write_epub(tmp_path / "a.epub", PAGES, extra={"nav.xhtml": toc}))

    assert [entry.title for entry in contents.entries] == ["One & only", "Two — or more"]


def test_an_ncx_with_slips_is_read(tmp_path: Path):
    """A bare ampersand and a missing label do not cost the table of contents."""
    toc = ncx([("One & only", "one.xhtml"), ("Two", "two.xhtml")]).replace(
        "<navLabel><text>Two</text></navLabel>", ""
    )
    contents = read(write_epub(tmp_path / "a.epub", PAGES, version=2, extra={"toc.ncx": toc}))

    assert [entry.title.replace("& ", "") for entry in contents.entries] == ["One only", ""]


def test_a_book_may_have_no_contents(tmp_path: Path):
    """Nothing is made up."""
    assert read(write_epub(tmp_path / "a.epub", PAGES, contents=None)) == Contents((), ())


def test_landmarks_of_both_versions_are_one(tmp_path: Path):
    """The guide's and the navigation document's types are given with their places."""
    path = write_epub(
        tmp_path / "a.epub",
        PAGES,
        landmarks='<li><a epub:type="titlepage" href="one.xhtml">Title</a></li>'
        '<li><a epub:type="bodymatter" href="gone.xhtml">Start</a></li>',
        guide='<reference type="copyright-page" href="two.xhtml#c"/>',
    )

    assert read(path).landmarks == (
        ("copyright-page", PageLink("EPUB/two.xhtml", "c")),
        ("titlepage", PageLink("EPUB/one.xhtml")),
    )


@pytest.mark.parametrize(
    "lines",
    [
        '<p><a href="one.xhtml">One</a></p><p><a href="two.xhtml">Two</a></p>',
        '<h2>Contents</h2><div><a href="one.xhtml">One</a><br/><a href="two.xhtml">Two</a></div>',
        (
            '<table><tr><td>1</td><td><a href="one.xhtml">One</a></td></tr>'
            '<tr><td>2</td><td><a href="two.xhtml">Two</a></td></tr></table>'
        ),
    ],
    ids=["paragraphs", "line breaks", "table"],
)
def test_a_navigation_without_a_list_is_read_by_its_links(tmp_path: Path, lines: str):
    """Some books lay their contents out otherwise."""
    document = page(f'<nav epub:type="toc">{lines}</nav>')
    path = write_epub(tmp_path / "a.epub", PAGES, extra={"nav.xhtml": document})

    assert [(entry.title, entry.link) for entry in read(path).entries] == [
        ("One", PageLink("EPUB/one.xhtml")),
        ("Two", PageLink("EPUB/two.xhtml")),
    ]
