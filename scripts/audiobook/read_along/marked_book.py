"""Writes the pages of a read-along book: the user's own EPUB with spans around its sentences.

A worker adds audio and overlays when the book is spoken. The user's files stay as they are, byte
for byte, but for the spans, a link to a style sheet, and what the package has to say of them; an
EPUB 2 is lifted to EPUB 3 first. Only a page is in memory at a time.
"""

import os
import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from jobs.books.manifest import BookPart
from jobs.books.page_marks import ACTIVE_CLASS, MARKS_ENTRY, MarkedPage, PageMarks, pages_file
from jobs.errors import InputError, OutputError
from scripts.audiobook.blocks import Block
from scripts.audiobook.book import Book
from scripts.audiobook.epub.package import Item, find_package, read_package
from scripts.audiobook.epub.pages import find_all_marks, speak_blocks
from scripts.audiobook.epub.read_epub import choose_items
from scripts.audiobook.epub.table_of_contents import Entry, read_contents
from scripts.audiobook.epub.zip_archive import Archive, open_archive
from scripts.audiobook.html.linked_notes import Mark
from scripts.audiobook.html.links import PageLink
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.audiobook.plan.write_manifest import PreparedBook
from scripts.audiobook.read_along import plain_book
from scripts.audiobook.read_along.chapter_sentences import SpokenParagraph, read_paragraphs
from scripts.audiobook.read_along.lift_page import lift_page
from scripts.audiobook.read_along.mark_page import Speech, mark_page
from scripts.audiobook.read_along.markup_source import scan_markup
from scripts.audiobook.read_along.nav_page import write_nav
from scripts.audiobook.read_along.package_source import (
    PAGE_TYPES,
    SMIL_TYPE,
    XHTML,
    edit_package,
    find_properties,
    lift_package,
    read_version,
    relative_to,
    scan_package,
    write_item,
)
from scripts.audiobook.read_along.page_text import (
    PageText,
    decode_source,
    open_page,
    read_page,
    state_utf_8,
)

STYLE = f".{ACTIVE_CLASS} {{ background-color: #ffe08a; color: #000; }}\n"
NEW_VERSION = 3
_DATE = (1980, 1, 1, 0, 0, 0)
_DROPPED = frozenset({"mimetype", "META-INF/signatures.xml"})
"""Files that are written anew, or would no longer be true."""

SpokenChapter = tuple[PlannedChapter, tuple[BookPart, ...]]


def place_pages(prepared: PreparedBook, output_dir: Path) -> None:
    """Write the pages of a book that wants them into its batch's directory; else do nothing.

    Raises:
        InputError: as `write_marked`.
        OutputError: they cannot be written; nothing was submitted.
    """
    if not prepared.manifest.pages_key:
        return
    target = pages_file(output_dir, prepared.manifest.batch_id)
    if target.is_file():
        return
    partial = target.with_name(f".{target.name}.{uuid4().hex}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_marked(partial, prepared.book, prepared.chapters)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as exc:
        raise OutputError(f"cannot write {target}: {exc.strerror}; nothing was submitted") from exc
    finally:
        partial.unlink(missing_ok=True)


def write_marked(target: Path, book: Book, chapters: Sequence[SpokenChapter]) -> None:
    """Write the marked pages of a book.

    Args:
        target: Path of the file.
        book: As it was read; its own file is read again if it is an EPUB.
        chapters: Those that are spoken, with their parts, as in the manifest.

    Raises:
        InputError: the book's file has changed and cannot be read any more.
        OSError: the file cannot be written.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        _add(file, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)
        if book.path.suffix.lower() == ".epub":
            with open_archive(book.path) as archive:
                marks = _EpubMarker(archive, file, book).mark(_SpeechFinder(chapters))
        else:
            marks = _mark_plain(file, book, chapters)
        _add(file, MARKS_ENTRY, marks.model_dump_json().encode())


class _SpeechFinder:
    """Finds how a block is spoken; the sentences of one chapter are in memory at a time."""

    def __init__(self, chapters: Sequence[SpokenChapter], first: int = 0) -> None:
        self._chapters = chapters
        self._first = first
        self._homes = {
            place: (number, index)
            for number, (chapter, _) in enumerate(chapters)
            for index, place in enumerate(chapter.places)
            if place >= 0
        }
        self._read = -1
        self._paragraphs: list[SpokenParagraph] = []
        self._part_of: list[int] = []

    def has(self, place: int) -> bool:
        """Return whether the block of a place is spoken."""
        return place in self._homes

    def find(self, place: int) -> Speech | None:
        """Return how the block of a place is spoken; None if it is not."""
        if place not in self._homes:
            return None
        number, index = self._homes[place]
        if number != self._read:
            chapter, parts = self._chapters[number]
            self._paragraphs, self._part_of = read_paragraphs(chapter.text, parts)
            self._read = number
        if index >= len(self._paragraphs):  # of a preview, which ends before
            return None
        part_of, chapter_number = self._part_of, self._first + number
        return self._paragraphs[index], lambda sentence: (chapter_number, part_of[sentence - 1])


class _EpubMarker:
    """Marks an EPUB page by page into another zip."""

    def __init__(self, archive: Archive, file: zipfile.ZipFile, book: Book) -> None:
        self._archive = archive
        self._file = file
        self._book = book
        self._name = find_package(archive)
        self._package = read_package(archive)
        self._contents = read_contents(archive, self._package)
        self._items = choose_items(self._package, self._contents)
        text, _, _ = decode_source(archive.read(self._name), self._name)
        self._source, elements = scan_package(state_utf_8(text), self._name)
        self._element_prefix = elements[0].prefix
        self._is_old = read_version(self._source, elements[0]) < NEW_VERSION
        self._folder = _choose_folder(archive, posixpath.dirname(self._name))
        self._style = f"{self._folder}read-along.css"
        old = {item.name for item in self._package.items if item.media_type == SMIL_TYPE}
        self._written = {*_DROPPED, self._name, *old}
        self._properties: dict[str, str] = {}

    def mark(self, speech: _SpeechFinder) -> PageMarks:
        """Write all files of the book."""
        pages = tuple(self._mark_pages(speech))
        if self._is_old:
            self._lift_others()
            self._lift_package()
        names = [page.name for page in pages]
        items = self._write_item("ktts-style", self._style, "text/css")
        source = edit_package(self._source, self._name, self._archive.find, names, items)
        _add(self._file, self._name, source.encode())
        _add(self._file, self._style, STYLE.encode())
        for other in self._archive.names:
            if other not in self._written:
                self._archive.copy(other, self._file)
        return PageMarks(
            package=self._name,
            element_prefix=self._element_prefix,
            folder=self._folder,
            pages=pages,
        )

    def _mark_pages(self, speech: _SpeechFinder) -> Iterator[MarkedPage]:
        notes = find_all_marks(self._archive, self._items)
        first = 0
        for item in self._items:
            page = self._read_page(item)
            blocks = _speak(page, item, notes, first)
            count = len(blocks)
            if self._is_old:
                page = self._lift_page(page, item)
                blocks = _speak(page, item, notes, first)
                blocks = blocks if len(blocks) == count else []
            first += count
            source = page.source
            if page.elements and any(speech.has(block.place) for block in blocks):
                source, marked = mark_page(page, item.name, blocks, speech.find)
                if marked.fragments:
                    source = _link_style(source, relative_to(item.name, self._style))
                    yield marked
            if self._is_old or source != page.source:
                self._write(item, page, source)

    def _read_page(self, item: Item) -> PageText:
        return open_page(self._archive.read(item.name), item.name)

    def _lift_page(self, page: PageText, item: Item) -> PageText:
        """Return a page as EPUB 3 wants it, in UTF-8: letters take the place of entities."""
        source = state_utf_8(lift_page(page.source, item.name))
        self._properties[item.name] = " ".join(find_properties(source))
        return read_page(source, item.name)

    def _lift_others(self) -> None:
        """Lift the pages that are not read, where that can be done."""
        for item in self._package.items:
            if item.name not in self._written and item.media_type in PAGE_TYPES:
                try:
                    page = self._lift_page(self._read_page(item), item)
                except InputError:  # nobody reads it aloud: it is copied as it is
                    continue
                self._write(item, page, page.source)

    def _lift_package(self) -> None:
        nav = f"{self._folder}nav.xhtml"
        entries = self._contents.entries or tuple(
            Entry(posixpath.basename(item.name), PageLink(item.name)) for item in self._items
        )
        _add(self._file, nav, write_nav(entries, nav, self._book.title).encode())
        for item in self._package.items:
            if item.name == self._package.cover_id and item.media_type.startswith("image/"):
                self._properties[item.name] = "cover-image"
        self._source = lift_package(
            self._source,
            self._name,
            properties=self._properties,
            find=self._archive.find,
            modified=self._archive.modified,
            language=self._book.language,
            nav=self._write_item("ktts-nav", nav, XHTML, "nav"),
        )

    def _write_item(self, key: str, name: str, media_type: str, properties: str = "") -> str:
        href, prefix = relative_to(self._name, name), self._element_prefix
        return write_item(key, href, media_type, properties, prefix=prefix)

    def _write(self, item: Item, page: PageText, source: str) -> None:
        _add(self._file, item.name, page.encode(source))
        self._written.add(item.name)


def _mark_plain(file: zipfile.ZipFile, book: Book, chapters: Sequence[SpokenChapter]) -> PageMarks:
    pages: list[MarkedPage] = []
    planned = [
        replace(chapter, places=tuple(range(chapter.text.count("\n\n") + 1)))
        for chapter, _ in chapters
    ]
    for number, (chapter, (_, parts)) in enumerate(zip(planned, chapters, strict=True)):
        name = plain_book.name_page(number)
        page, blocks = plain_book.write_page(chapter, book.language, name)
        speech = _SpeechFinder([(chapter, parts)], first=number)
        source, marked = mark_page(page, name, blocks, speech.find)
        _add(file, name, page.encode(_link_style(source, "ktts/read-along.css")))
        pages.append(marked)
    for name, content in plain_book.write_frame(book, planned, book.language):
        data = content
        if name == plain_book.PACKAGE:
            items = write_item("ktts-style", "ktts/read-along.css", "text/css")
            names = [page.name for page in pages]
            data = edit_package(data.decode(), name, lambda known: known, names, items).encode()
        _add(file, name, data)
    _add(file, "EPUB/ktts/read-along.css", STYLE.encode())
    return PageMarks(
        package=plain_book.PACKAGE, element_prefix="", folder="EPUB/ktts/", pages=tuple(pages)
    )


def _speak(page: PageText, item: Item, notes: set[Mark], first: int) -> list[Block]:
    return speak_blocks(page.root, item.name, notes, first=first, has_nodes=True)


def _choose_folder(archive: Archive, base: str) -> str:
    """Return a folder beside the package that the book does not have."""
    taken = [name.casefold() for name in archive.names]
    folder = posixpath.join(base, "ktts")
    while any(name.startswith(f"{folder}/".casefold()) for name in taken):
        folder += "-2"
    return f"{folder}/"


def _link_style(source: str, href: str) -> str:
    """Return a page with a link to the style of the sentence that is heard; a drawing as it was."""
    elements = scan_markup(source) or []
    head = next((each for each in elements if each.tag == "head"), None)
    if head is None or head.end == head.inner_end:
        return source
    link = f'<{head.prefix}link rel="stylesheet" type="text/css" href="{quote(href)}"/>'
    return source[: head.inner_end] + link + source[head.inner_end :]


def _add(file: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = method
    info.external_attr = 0o644 << 16
    file.writestr(info, data)
