"""EPUBs read into chapters."""

from __future__ import annotations

from pathlib import Path

import mkepub
import pytest

from jobs.errors import InputError
from scripts.audiobook.book import Book, Cover, choose_chapters
from scripts.audiobook.epub.read_epub import read_epub
from tests.builders.epubs import (
    JPEG,
    METADATA_3,
    chapter,
    page,
    remove_file,
    rename_file,
    write_epub,
)

LONG = "A paragraph that is long enough for a chapter of its own, whatever stands around it. " * 4


def titles(book: Book) -> list[str]:
    """Return the titles of what is spoken."""
    return [each.title for each in choose_chapters(book)]


def skipped(book: Book) -> list[tuple[str, str]]:
    """Return title and reason of what is not spoken."""
    return [(each.title, each.skip_reason) for each in book.chapters if each.skip_reason]


def read(tmp_path: Path, pages: dict[str, str | bytes], **options) -> Book:
    """Build a book and read it."""
    return read_epub(write_epub(tmp_path / "book.epub", pages, **options))


@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_give_the_same_book(tmp_path: Path, version: int):
    """Titles come from the table of contents, texts from the pages, facts from the package."""
    pages = {
        "one.xhtml": chapter("One", LONG, "End of one.", version=version),
        "two.xhtml": chapter("Two", LONG, version=version),
    }
    book = read(
        tmp_path,
        pages,
        contents=[("I. First", "one.xhtml"), ("II. Second", "two.xhtml")],
        version=version,
    )

    assert (book.title, book.author, book.language) == ("A Small Book", "Jane Writer", "en-GB")
    assert titles(book) == ["I. First", "II. Second"]
    assert book.chapters[0].text == f"One\n\n[pause:1s]\n\n{LONG.strip()}\n\nEnd of one."
    assert book.cover is None


def test_a_book_made_by_mkepub(tmp_path: Path):
    """What a library writes is read: parts, chapters, cover and author."""
    made = mkepub.Book("A Made Book", author="Ann Author", language="en")
    part = made.add_page("Part One", "<h1>Part One</h1>")
    made.add_page("First", f"<h2>First</h2><p>{LONG}</p>", parent=part)
    made.add_page("Second", f"<h2>Second</h2><p>{LONG}</p>", parent=part)
    made.set_cover(JPEG)
    made.save(str(tmp_path / "made.epub"))
    made.tempdir.cleanup()

    book = read_epub(tmp_path / "made.epub")

    assert (book.title, book.author, book.language) == ("A Made Book", "Ann Author", "en")
    assert titles(book) == ["First", "Second"]
    assert book.chapters[0].text.startswith("Part One\n\nFirst\n\n[pause:1s]\n\nA paragraph")
    assert book.cover == Cover(JPEG, "image/jpeg")


def test_sections_of_a_chapter_belong_to_it(tmp_path: Path):
    """Lines below a chapter that lead into its own page make no chapters."""
    scandal = page(
        f"<h2>A Scandal</h2><h3 id='i'>I</h3><p>{LONG}</p><h3 id='ii'>II</h3><p>End.</p>"
    )
    book = read(
        tmp_path,
        {"one.xhtml": scandal, "two.xhtml": chapter("Two", LONG)},
        contents=[
            ("A Scandal", "one.xhtml", [("I", "one.xhtml#i"), ("II", "one.xhtml#ii")]),
            ("Two", "two.xhtml"),
        ],
    )

    assert titles(book) == ["A Scandal", "Two"]
    assert book.chapters[0].text.endswith("II\n\n[pause:1s]\n\nEnd.")


def test_nested_chapters_on_their_own_pages_are_chapters(tmp_path: Path):
    """A part's page with text of its own is a chapter, one with hardly any joins the next."""
    book = read(
        tmp_path,
        {
            "p1.xhtml": page("<h1>Part One</h1>"),
            "c1.xhtml": chapter("One", LONG),
            "p2.xhtml": page(f"<h1>Part Two</h1><p>{LONG}</p>"),
            "c2.xhtml": chapter("Two", LONG),
        },
        contents=[
            ("Part One", "p1.xhtml", [("One", "c1.xhtml")]),
            ("Part Two", "p2.xhtml", [("Two", "c2.xhtml")]),
        ],
    )

    assert titles(book) == ["One", "Part Two", "Two"]
    assert book.chapters[0].text.startswith("Part One\n\nOne\n\n[pause:1s]")


def test_chapters_that_are_anchors_of_shared_pages(tmp_path: Path):
    """A page is cut at its anchors, headings above an anchor go with it, parts are opened."""
    body = (
        "<h1>The Book</h1><p>By its author.</p>"
        f"<div class='chapter'><h2><a id='c1'/>One</h2><p>{LONG}</p></div>"
        f"<h2>Two</h2><p id='c2'>{LONG}</p><p><a id='c3'/></p><h2>Three</h2><p>Begins.</p>"
    )
    book = read(
        tmp_path,
        {
            "a.xhtml": page(body),
            "b.xhtml": page(f"<p>Goes on.</p><h2 id='c4'>Four</h2><p>{LONG}</p>"),
        },
        contents=[
            (
                "The Book",
                "a.xhtml",
                [
                    ("One", "a.xhtml#c1"),
                    ("Two", "a.xhtml#c2"),
                    ("Three", "a.xhtml#c3"),
                    ("Four", "b.xhtml#c4"),
                ],
            )
        ],
    )

    assert titles(book) == ["One", "Two", "Three", "Four"]
    texts = [each.text for each in choose_chapters(book)]
    assert [text.split("\n\n")[0] for text in texts[1:]] == ["Two", "Three", "Four"]
    assert texts[0].startswith("The Book") or texts[0].startswith("One")
    assert texts[2].endswith("Begins.\n\nGoes on.")


@pytest.mark.parametrize(
    ("title", "more"),
    [("The Whole Book", []), ("Part One", [("Part Two", "b.xhtml")])],
)
def test_chapters_of_a_part_on_one_page_are_chapters(tmp_path: Path, title: str, more: list):
    """Below the book's own title, or a part's, lines are chapters even on one page."""
    body = f"<h1>{title}</h1>" + "".join(
        f"<h2 id='c{number}'>Chapter {number}</h2><p>{LONG}</p>" for number in (1, 2)
    )
    pages = {"a.xhtml": page(body)} | ({"b.xhtml": chapter("Part Two", LONG)} if more else {})
    below = [("Chapter 1", "a.xhtml#c1"), ("Chapter 2", "a.xhtml#c2")]
    book = read(tmp_path, pages, contents=[(title, "a.xhtml", below), *more])

    assert titles(book) == ["Chapter 1", "Chapter 2", *[name for name, _ in more]]


def test_pages_that_no_line_names_go_with_the_chapter_before(tmp_path: Path):
    """The first ones stand by themselves; nothing of the book is lost."""
    book = read(
        tmp_path,
        {
            "zero.xhtml": chapter("A Foreword", LONG),
            "one.xhtml": chapter("One", LONG),
            "one_b.xhtml": page("<p>More of one.</p>"),
            "two.xhtml": chapter("Two", LONG),
        },
        contents=[("One", "one.xhtml"), ("Two", "two.xhtml")],
    )

    assert titles(book) == ["A Foreword", "One", "Two"]
    assert book.chapters[1].text.endswith("More of one.")


def test_a_chapter_that_the_contents_forgot_is_not_skipped_with_what_precedes_it(tmp_path: Path):
    """A page with a heading after a copyright page is a chapter; a colophon never joins one."""
    book = read(
        tmp_path,
        {
            "copyright.xhtml": chapter("Copyright", "All rights."),
            "forgotten.xhtml": chapter("Forgotten", LONG),
            "one.xhtml": chapter("One", LONG),
            "colophon.xhtml": chapter("Colophon", "Set in a type."),
        },
        contents=[("Copyright", "copyright.xhtml"), ("One", "one.xhtml")],
    )

    assert titles(book) == ["Forgotten", "One"]
    assert skipped(book) == [("Copyright", "copyright page"), ("Colophon", "colophon")]


def test_what_follows_a_skipped_page_without_a_heading(tmp_path: Path):
    """Notes go on over several pages; a copyright page does not, and a motto is not lost."""
    book = read(
        tmp_path,
        {
            "copyright.xhtml": chapter("Copyright", "All rights."),
            "motto.xhtml": page("<p>A motto.</p>"),
            "one.xhtml": chapter("One", LONG),
            "notes.xhtml": chapter("Notes", "First."),
            "notes2.xhtml": page("<p>Second.</p>"),
        },
        contents=[
            ("Copyright", "copyright.xhtml"),
            ("One", "one.xhtml"),
            ("Notes", "notes.xhtml"),
        ],
    )

    assert next(each.text for each in choose_chapters(book)) == "A motto."
    assert len(choose_chapters(book)) == 2
    assert book.chapters[-1].text.endswith("First.\n\nSecond.")


def test_without_contents_headings_then_titles_then_numbers(tmp_path: Path):
    """Chapters get the best name that a page gives them, and are cut at its headings."""
    book = read(
        tmp_path,
        {
            "a.xhtml": page(f"<h1>I</h1><h2>The Start</h2><p>{LONG}</p><h1>II.</h1><p>{LONG}</p>"),
            "b.xhtml": page(f"<p>{LONG}</p>", title="A Letter"),
            "c.xhtml": page(f"<p>{LONG}</p>", title="The same"),
            "d.xhtml": page(f"<p>{LONG}</p>", title="The same"),
        },
        contents=None,
    )

    assert titles(book) == ["I: The Start", "II.", "A Letter", "Chapter 4", "Chapter 5"]


def test_contents_that_name_only_the_start_are_none(tmp_path: Path):
    """A table of contents with one line does not make one chapter of a whole book."""
    pages = {f"{name}.xhtml": chapter(name, LONG) for name in ("One", "Two", "Three")}
    book = read(tmp_path, pages, contents=[("Start", "One.xhtml")])

    assert titles(book) == ["One", "Two", "Three"]


def test_a_page_of_links_is_a_table_of_contents(tmp_path: Path):
    """Whatever it is called, a list of the chapters is not read out."""
    names = ("one", "two", "three", "four", "five")
    links = "".join(f'<p><a href="{name}.xhtml">The chapter {name}</a></p>' for name in names)
    pages = {f"{name}.xhtml": chapter(name, LONG) for name in names}
    book = read(
        tmp_path,
        {"list.xhtml": page(f"<h2>In this book</h2>{links}"), **pages},
        contents=[(name, f"{name}.xhtml") for name in names],
    )

    assert skipped(book) == [("In this book", "table of contents")]


def test_anchors_that_are_missing_lead_to_the_heading_of_that_name(tmp_path: Path):
    """A table of contents with broken anchors still cuts the page."""
    body = "".join(f"<h2>{name}</h2><p>{LONG}</p>" for name in ("One", "Two"))
    book = read(
        tmp_path,
        {"a.xhtml": page(body)},
        contents=[("One", "a.xhtml#gone"), ("Two", "a.xhtml#lost")],
    )

    assert titles(book) == ["One", "Two"]
    assert book.chapters[1].text.startswith("Two")


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Titlepage", "title page"),
        ("Copyright © 2026 Jane Writer", "copyright page"),
        ("Impressum", "imprint"),
        ("Uncopyright", "copyright page"),
        ("Table des matières", "table of contents"),
        ("目次", "table of contents"),
        ("目录", "table of contents"),
        ("विषय-सूची", "table of contents"),
        ("Índice", "table of contents"),
        ("Indice analitico", "index"),
        ("List of Illustrations", "list of illustrations"),
        ("Endnotes", "notes"),
        ("Notas", "notes"),
        ("Also by Jane Writer", "advertisement"),
        ("Bibliographie", "bibliography"),
        ("奥付", "copyright page"),
    ],
)
def test_front_and_back_matter_is_known_by_its_title(tmp_path: Path, title: str, reason: str):
    """In the languages of Kokoro, what a listener would skip is skipped, and kept with --all."""
    book = read(
        tmp_path,
        {"x.xhtml": chapter("Heading", "Some text."), "one.xhtml": chapter("One", LONG)},
        contents=[(title, "x.xhtml"), ("One", "one.xhtml")],
    )

    assert skipped(book) == [(title, reason)]
    assert [each.title for each in choose_chapters(book, include_all=True)] == [title, "One"]


@pytest.mark.parametrize(
    "title",
    [
        *("Dedication", "Epigraph", "Foreword", "Preface", "Introduction", "Prologue", "Epilogue"),
        *("Afterword", "Acknowledgments", "Appendix A", "The Index of Fears", "Notes on a Scandal"),
        *("Contents of a Dead Man’s Pocket", "Covers", "Kapitel 1"),
    ],
)
def test_what_belongs_to_the_work_is_kept(tmp_path: Path, title: str):
    """A title is matter only if it says nothing else."""
    book = read(tmp_path, {"x.xhtml": chapter(title, "Text.")}, contents=[(title, "x.xhtml")])

    assert titles(book) == [title]


@pytest.mark.parametrize(
    "options",
    [
        {"pages": {"x.xhtml": page("<p>Some text.</p>", body_type="frontmatter imprint")}},
        {"pages": {"x.xhtml": page("<section epub:type='imprint'><p>Text.</p></section>")}},
        {
            "pages": {"x.xhtml": page("<p>Some text.</p>")},
            "landmarks": '<li><a epub:type="imprint" href="x.xhtml">x</a></li>',
        },
        {
            "pages": {"x.xhtml": page("<p>Some text.</p>")},
            "guide": '<reference type="imprint" href="x.xhtml" title="x"/>',
        },
        {"pages": {"imprint.xhtml": page("<p>Some text.</p>")}},
        {"pages": {"x.xhtml": page("<h2>Imprint</h2><p>Some text.</p>")}},
    ],
    ids=["body", "section", "landmark", "guide", "file", "heading"],
)
def test_front_and_back_matter_is_known_by_what_the_book_says(tmp_path: Path, options):
    """Types, landmarks, the guide, the file's name and its heading tell it."""
    pages = {"one.xhtml": chapter("One", LONG), **options.pop("pages")}
    book = read(tmp_path, pages, contents=[("One", "one.xhtml")], **options)

    assert [reason for _, reason in skipped(book)] == ["imprint"]
    assert titles(book) == ["One"]


def test_a_page_that_says_it_is_of_the_work_is_kept(tmp_path: Path):
    """A foreword is one, whatever its title and its file are called."""
    book = read(
        tmp_path, {"imprint.xhtml": page("<h2>Notes</h2><p>Mine.</p>", body_type="foreword")}
    )

    assert skipped(book) == []


def test_a_whole_novel_is_never_matter(tmp_path: Path):
    """A single page that the guide calls a cover, or that is named so, is still the work."""
    novel = page(f"<p>{LONG * 100}</p>", title="Novel")
    book = read(
        tmp_path,
        {"titlepage.xhtml": novel},
        guide='<reference type="cover" href="titlepage.xhtml" title="c"/>',
    )

    assert len(choose_chapters(book)) == 1


def test_a_title_page_is_known_without_saying_so(tmp_path: Path):
    """A short first page with the book's title on it is skipped; an epigraph is not."""
    book = read(
        tmp_path,
        {
            "a.xhtml": page("<h1>A Small Book</h1><p>by Jane Writer</p>"),
            "b.xhtml": page("<p>Call me.</p>"),
            "c.xhtml": chapter("One", LONG),
        },
        contents=[("One", "c.xhtml")],
    )

    assert skipped(book) == [("A Small Book", "title page")]
    assert len(choose_chapters(book)) == 2


def test_a_chapter_without_text_is_never_spoken(tmp_path: Path):
    """A page with only a picture is listed as such, even with --all."""
    book = read(
        tmp_path,
        {"map.xhtml": page('<img src="m.jpg" alt="A map"/>'), "one.xhtml": chapter("One", LONG)},
        contents=[("The Map", "map.xhtml"), ("One", "one.xhtml")],
    )

    assert skipped(book) == [("The Map", "holds no text")]
    assert [each.title for each in choose_chapters(book, include_all=True)] == ["One"]


def test_pages_aside_are_read_only_if_the_contents_name_them(tmp_path: Path):
    """linear="no" marks what stands outside the reading order."""
    pages = {name: chapter(name, LONG) for name in ("one.xhtml", "aside.xhtml", "answers.xhtml")}
    book = read(
        tmp_path,
        pages,
        contents=[("One", "one.xhtml"), ("Answers", "answers.xhtml")],
        not_linear=["aside.xhtml", "answers.xhtml"],
    )

    assert titles(book) == ["One", "Answers"]
    assert "aside" not in book.chapters[0].text


def test_notes_are_left_out_wherever_they_stand(tmp_path: Path):
    """A note is known by its mark: on the same page, on another, in a list, with its heading."""
    one = page(
        f'<p>{LONG}</p><p>Said<a id="r1" href="#n1"><sup>1</sup></a> he, '
        '<a id="r2" href="x.xhtml#n2">[2]</a> she, '
        '<sup><a id="r3" href="x.xhtml#n3">3</a></sup> they.</p>'
        '<h3>Notes</h3><p id="n1"><a href="#r1">1.</a> The first note.</p>'
    )
    more = page(
        '<p>Kept.</p><p><a id="n2"></a><a href="one.xhtml#r2">[2]</a> The second note.</p>'
        '<ol><li id="n3">The third note. <a href="one.xhtml#r3">back</a></li></ol><p>Kept too.</p>'
    )
    book = read(tmp_path, {"one.xhtml": one, "x.xhtml": more}, contents=[("One", "one.xhtml")])

    [only] = book.chapters
    assert only.text.endswith("Said he, she, they.\n\nKept.\n\nKept too.")


def test_a_paragraph_that_begins_with_a_mark_is_no_note(tmp_path: Path):
    """The link back from a note does not make a note of the text."""
    body = (
        '<p id="r1"><a href="#n1"><sup>1</sup></a> In the beginning.</p>'
        '<aside epub:type="footnote" id="n1"><p><a href="#r1"><sup>1</sup></a> Note.</p></aside>'
    )
    book = read(tmp_path, {"one.xhtml": page(body)})

    assert book.chapters[0].text == "In the beginning."


def test_a_link_back_from_another_page_makes_no_note_of_the_text(tmp_path: Path):
    """Only a mark that leads forward leads to a note."""
    one = page(f'<p><a id="r1" href="x.xhtml#n1">[1]</a> In the beginning.</p><p>{LONG}</p>')
    two = page('<p id="n1"><a href="one.xhtml#r1">[1]</a> A note.</p><p>The end.</p>')
    book = read(tmp_path, {"one.xhtml": one, "x.xhtml": two}, contents=[("One", "one.xhtml")])

    assert book.chapters[0].text == f"In the beginning.\n\n{LONG.strip()}\n\nThe end."


@pytest.mark.parametrize(
    "spoilt",
    [
        "<html><body><p>Text &nbsp; &mdash; & more<p>Second<br>line</body>",
        (
            "<html xmlns='http://www.w3.org/1999/xhtml'><body><p>Text &nbsp; &mdash; &amp; more</p>"
            "<p>Second<br/>line</p></body></html>"
        ),
        (
            "\ufeff<?xml version='1.0' encoding='utf-16'?><html><body><p>Text \u2014 & more</p>"
            "</body></html><p>Second<br/>line</p>"
        ),
        (
            "<!DOCTYPE html [<!ENTITY D '&#x2014;'>]><html><body><p>Text &D; &amp; more</p>"
            "<p>Second<br/>line</p></body></html>"
        ),
    ],
    ids=["html", "no-doctype", "after-the-end", "own-entity"],
)
def test_broken_pages_are_read_as_browsers_do(tmp_path: Path, spoilt: str):
    """Named entities need no DTD, open elements close, what follows the end is read."""
    book = read(tmp_path, {"one.xhtml": spoilt})

    assert book.chapters[0].text == "Text — & more\n\nSecond\nline"


def test_the_first_chapter_of_a_part_has_its_own_name(tmp_path: Path):
    """The contents links the part and its first chapter to one page; the others are no less."""
    pages = {f"{part}{n}.xhtml": chapter("I" * n, "Il traghetto.") for part in "ab" for n in (1, 2)}
    contents = [
        (f"Libro {name}", f"{part}1.xhtml", [("I", f"{part}1.xhtml"), ("II", f"{part}2.xhtml")])
        for part, name in (("a", "primo"), ("b", "secondo"))
    ]
    book = read_epub(write_epub(tmp_path / "a.epub", pages, contents=contents))

    assert [each.title for each in book.chapters] == [
        "Libro primo, I",
        "Libro primo, II",
        "Libro secondo, I",
        "Libro secondo, II",
    ]


def test_a_section_of_cdata_is_read_as_it_stands(tmp_path: Path):
    """It has no references; before and behind it there are."""
    markup = "<p>&eacute; <![CDATA[&eacute; &amp; <b>]]> &amp; &eacute;</p>"
    book = read(tmp_path, {"one.xhtml": page(markup)})

    assert book.chapters[0].text == "é &eacute; &amp; <b> & é"


@pytest.mark.parametrize(
    ("encoding", "declaration"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", '<?xml version="1.0" encoding="utf-16"?>'),
        ("latin-1", '<?xml version="1.0" encoding="iso-8859-1"?>'),
        ("cp1251", '<?xml version="1.0" encoding="windows-1251"?>'),
        ("shift_jis", "<meta charset='shift_jis'>"),
        ("shift_jis", ""),
        ("cp1252", ""),
    ],
)
def test_pages_in_any_encoding(tmp_path: Path, encoding: str, declaration: str):
    """A mark, a declaration or nothing tells the encoding."""
    text = {"cp1251": "Привет", "shift_jis": "これは日本語です。"}.get(encoding, "Déjà vu")
    data = f"{declaration}<html><body><p>{text}</p></body></html>".encode(encoding)

    assert read(tmp_path, {"one.xhtml": data}).chapters[0].text == text


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        (
            "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]><p>&c;</p>",
            "declares entities",
        ),
        ("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><p>&a;</p>", "declares entities"),
        ("<!DOCTYPE x [<!ENTITY % a SYSTEM 'http://x/'> %a;]><p>a</p>", "declares entities"),
        (f"<!DOCTYPE x [<!ENTITY a '{'a' * 65}'>]><p>&a;</p>", "declares entities"),
        ("<div>" * 5000 + "deep", "nests elements deeper"),
    ],
    ids=["laughs", "external", "parameter", "long", "deep"],
)
def test_pages_that_harm_are_refused(tmp_path: Path, spoilt: str, message: str):
    """Entity bombs, files of the machine and endless nesting end with a clear line."""
    with pytest.raises(InputError, match=message):
        read(tmp_path, {"one.xhtml": chapter("One", LONG), "two.xhtml": spoilt})


def test_a_book_of_pictures_is_refused(tmp_path: Path):
    """A scanned book or a comic holds nothing to speak."""
    with pytest.raises(InputError, match="holds no text, only pictures"):
        read(tmp_path, {"one.xhtml": page('<img src="1.jpg" alt=""/>')})


def test_a_protected_book_is_refused(tmp_path: Path):
    """DRM is named before anything is read."""
    rights = {"META-INF/rights.xml": '<rights xmlns="http://ns.adobe.com/adept"/>'}

    with pytest.raises(InputError, match="DRM"):
        read(tmp_path, {"one.xhtml": b"\x00\x01 not a page"}, extra=rights)


def test_a_book_without_a_title_has_its_files_name(tmp_path: Path):
    """A player always has something to show."""
    metadata = METADATA_3.replace("<dc:title>A Small Book</dc:title>", "")

    assert read(tmp_path, {"one.xhtml": chapter("One", LONG)}, metadata=metadata).title == "book"


def test_a_page_that_is_missing_is_named(tmp_path: Path):
    """The rest is read, and a warning says what no one will hear."""
    pages = {f"{name}.xhtml": chapter(name, LONG) for name in ("One", "Two", "Three")}
    path = write_epub(
        tmp_path / "book.epub", pages, contents=[(n, f"{n}.xhtml") for n in ("One", "Two", "Three")]
    )
    remove_file(path, "EPUB/Two.xhtml")

    book = read_epub(path)

    assert titles(book) == ["One", "Three"]
    assert book.warnings == (
        "the page EPUB/Two.xhtml, 'Two', is missing or empty in the file, so it is not spoken",
    )


def test_a_book_of_missing_pages_is_refused_for_that(tmp_path: Path):
    """The message names what the file lacks."""
    path = write_epub(tmp_path / "book.epub", {"one.xhtml": chapter("One", LONG)})
    remove_file(path, "EPUB/one.xhtml")

    with pytest.raises(InputError, match=r"lacks its pages \(EPUB/one.xhtml\)"):
        read_epub(path)


def test_cantos_on_one_page_are_chapters_of_their_part(tmp_path: Path):
    """Lines of the contents that say they are chapters make some, and bear their part's name."""
    seasons = ("Winter", "Summer")
    pages = {
        f"{season}.xhtml": page(
            f"<h2>{season}</h2>"
            + "".join(f"<h3 id='c{n}'>Canto {n}</h3><p>{LONG}</p>" for n in (1, 2, 3))
        )
        for season in seasons
    }
    contents = [
        (season, f"{season}.xhtml", [(f"Canto {n}", f"{season}.xhtml#c{n}") for n in (1, 2, 3)])
        for season in seasons
    ]

    book = read(tmp_path, pages, contents=contents)

    assert titles(book) == [f"{season}, Canto {n}" for season in seasons for n in (1, 2, 3)]
    assert book.chapters[3].text.startswith("Summer\n\nCanto 1\n\n[pause:1s]")


@pytest.mark.parametrize("is_nested", [True, False])
def test_chapters_of_one_title_bear_their_parts_name(tmp_path: Path, is_nested: bool):
    """Whether the contents has levels or names parts and chapters in a row."""
    pages, contents = {}, []
    for part in ("One", "Two"):
        pages[f"{part}.xhtml"] = page(f"<h2>Volume {part}</h2>")
        below = [(number, f"{part}-{number}.xhtml") for number in ("I", "II")]
        pages |= {name: chapter(number, LONG) for number, name in below}
        line = (f"Volume {part}", f"{part}.xhtml")
        contents += [(*line, below)] if is_nested else [line, *below]

    book = read(tmp_path, pages, contents=contents)

    assert titles(book) == ["Volume One, I", "Volume One, II", "Volume Two, I", "Volume Two, II"]


def test_pages_with_only_a_title_join_the_next_chapter(tmp_path: Path):
    """The last ones join the last."""
    pages = {
        "a.xhtml": chapter("One", LONG),
        "b.xhtml": page("<h1>Interlude</h1>"),
        "c.xhtml": chapter("Two", LONG),
        "d.xhtml": page("<h1>The End</h1>"),
    }
    names = ("One", "Interlude", "Two", "The End")

    book = read(tmp_path, pages, contents=list(zip(names, pages, strict=True)))

    assert titles(book) == ["One", "Two"]
    assert book.chapters[1].text.startswith("Interlude\n\nTwo")
    assert book.chapters[1].text.endswith("The End")


def test_a_word_of_the_title_makes_no_title_page(tmp_path: Path):
    """Of a book with a short title only the line that is the title is left out."""
    metadata = METADATA_3.replace("A Small Book", "It")
    pages = {
        "t.xhtml": page("<h1>It</h1>"),
        "d.xhtml": page("<p>To my brother, who has waited for it.</p>"),
        "a.xhtml": chapter("One", LONG),
    }

    book = read(tmp_path, pages, contents=[("One", "a.xhtml")], metadata=metadata)

    assert skipped(book) == [("It", "title page")]
    assert titles(book) == ["To my brother, who has waited for it.", "One"]


def test_motto_and_dedication_of_a_title_page_are_spoken(tmp_path: Path):
    """Title, author and publisher are not."""
    front = (
        "<h1>A Small Book</h1><p>A Novel</p><p>Jane Writer</p><p>Printed in 1905.</p>"
        "<blockquote><p>Who keeps the lamp knows the night.</p></blockquote>"
        "<p>— A proverb</p><p>For R.</p>"
    )
    pages = {"t.xhtml": page(front), "a.xhtml": chapter("One", LONG)}

    book = read(tmp_path, pages, contents=[("One", "a.xhtml")])

    assert skipped(book) == [("A Small Book", "title page")]
    text = choose_chapters(book)[0].text
    assert text == "Who keeps the lamp knows the night.\n\n— A proverb\n\nFor R."


SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


def test_words_of_drawn_pages_are_spoken(tmp_path: Path):
    """A page may be a drawing."""
    book = read(tmp_path, {"a.svg": SVG.format("<text>The owl wakes.</text>")})

    assert [each.text for each in book.chapters] == ["The owl wakes."]


@pytest.mark.parametrize("name", ["a.svg", "a.jpg", "a.png"])
def test_pages_that_are_pictures_are_refused_as_such(tmp_path: Path, name: str):
    """A valid book without a word is not called damaged."""
    content = SVG.format("<path/>") if name == "a.svg" else JPEG
    with pytest.raises(InputError, match="holds no text, only pictures"):
        read(tmp_path, {name: content})


@pytest.mark.parametrize(
    ("name", "href"),
    [
        ("100%.xhtml", "100%25.xhtml"),
        ("a%20b.xhtml", "a%20b.xhtml"),
        ("a b.xhtml", "a%20b.xhtml"),
        ("é.xhtml", "%C3%A9.xhtml"),
    ],
)
def test_names_with_percent_signs_are_found(tmp_path: Path, name: str, href: str):
    """In the package and in the contents, encoded or not."""
    pages = {"one.xhtml": chapter("One", LONG), "x.xhtml": chapter("Heading", LONG)}
    path = write_epub(tmp_path / "book.epub", pages, contents=[("One", "one.xhtml"), ("Two", href)])
    rename_file(path, "EPUB/x.xhtml", f"EPUB/{name}", {"x.xhtml": href})

    assert titles(read_epub(path)) == ["One", "Two"]


def test_a_story_that_is_called_notes_is_spoken(tmp_path: Path):
    """Sentences that no number opens are a story, whatever it is called."""
    story = [f"I saw that the {word} boat was empty." for word in ("first", "next")] * 4
    notes = [f"{n}. See page {n}." for n in range(1, 9)]
    pages = {
        "a.xhtml": chapter("Notes", *story),
        "b.xhtml": chapter("Also by Night", *story),
        "c.xhtml": chapter("Notes", *notes),
    }

    book = read(
        tmp_path,
        pages,
        contents=[("Notes", "a.xhtml"), ("Also by Night", "b.xhtml"), ("Notes", "c.xhtml")],
    )

    assert titles(book) == ["Notes", "Also by Night"]
    assert skipped(book) == [("Notes", "notes")]
