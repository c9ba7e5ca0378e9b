"""Reads an EPUB 2 or 3 into chapters, in the order and with the titles of the book itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from jobs.errors import InputError
from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.epub.cover import read_cover
from scripts.audiobook.epub.drm import check_rights
from scripts.audiobook.epub.package import EpubPackage, Item, read_package
from scripts.audiobook.epub.pages import Page, read_pages
from scripts.audiobook.epub.spine_chapters import Section, cut_sections
from scripts.audiobook.epub.table_of_contents import Contents, iterate_links, read_contents
from scripts.audiobook.epub.zip_archive import open_archive
from scripts.audiobook.front_matter import NO_TEXT

MAX_TITLE_PAGE_CHARACTERS = 300
"""A page with the book's title and no more text than this is its title page."""
MAX_PART_CHARACTERS = 200
"""A part's own page with no more text than this is spoken with the chapter after it."""


def read_epub(path: Path) -> Book:
    """Read an EPUB.

    Raises:
        InputError: it is no EPUB, damaged, protected, harmful, or without text.
    """
    with open_archive(path) as archive:
        check_rights(archive)
        package = read_package(archive)
        contents = read_contents(archive, package)
        pages = tuple(read_pages(archive, _choose_items(package, contents)))
        cover = read_cover(archive, package)
    sections = cut_sections(pages, contents)
    _find_title_pages(sections, package)
    chapters = tuple(_make_chapters(sections, _common_titles(pages)))
    if not any(chapter.text for chapter in chapters):
        raise InputError(f"{path} holds no text, only pictures; it cannot be spoken")
    return Book(
        path=path,
        title=package.title or path.stem,
        author=package.author,
        language=package.language,
        chapters=chapters,
        cover=cover,
    )


def _choose_items(package: EpubPackage, contents: Contents) -> tuple[Item, ...]:
    """Return the pages to read: non-linear ones only if the table of contents names them."""
    named = {link.name for link in iterate_links(contents.entries)}
    chosen = tuple(item for item in package.spine if item.is_linear or item.name in named)
    return chosen or package.spine


def _find_title_pages(sections: Sequence[Section], package: EpubPackage) -> None:
    """Mark sections before the first chapter with little more than the book's title."""
    title = package.title.casefold()
    for section in sections:
        if section.reason:
            continue
        text = " ".join(block.text for block in section.blocks)
        is_own_name = not section.is_named or section.title.casefold() == title
        if not is_own_name or len(text) > MAX_TITLE_PAGE_CHARACTERS or not title:
            return
        if title in text.casefold():
            section.reason = "title page"


def _common_titles(pages: Sequence[Page]) -> set[str]:
    """Return the page titles that several pages share; they are no titles of chapters."""
    return {title for title, count in Counter(page.title for page in pages).items() if count > 1}


def _make_chapters(sections: Sequence[Section], common: set[str]) -> Iterator[Chapter]:
    waiting: tuple[Block, ...] = ()
    number = 1
    reasons_after = [section.reason for section in sections[1:]] + [NO_TEXT]
    for section, reason_after in zip(sections, reasons_after, strict=True):
        is_short = len(join_blocks(section.blocks)) <= MAX_PART_CHARACTERS
        if section.is_part and is_short and not section.reason and not reason_after:
            waiting += section.blocks
            continue
        text = join_blocks((*waiting, *section.blocks))
        waiting = ()
        has_text = any(char.isalnum() for char in text)
        reason = section.reason or ("" if has_text else NO_TEXT)
        own_title = section.page.title if section.page.title not in common else ""
        yield Chapter(
            title=section.title or own_title or f"Chapter {number}",
            text=text if has_text else "",
            skip_reason=reason,
        )
        number += not reason
