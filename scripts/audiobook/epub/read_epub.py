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
from scripts.audiobook.epub.package import Item, Package, read_package
from scripts.audiobook.epub.pages import Page, read_pages
from scripts.audiobook.epub.spine_chapters import Stretch, cut_stretches
from scripts.audiobook.epub.table_of_contents import Contents, Entry, read_contents
from scripts.audiobook.epub.zip_archive import open_archive
from scripts.audiobook.front_matter import NO_TEXT

MAX_TITLE_PAGE_CHARACTERS = 300
"""A page with the book's title and no more text than this is its title page."""
MAX_PART_CHARACTERS = 200
"""A part's own page with no more text than this is spoken with the chapter after it."""


def read_epub(path: Path) -> Book:
    """Read a book.

    Args:
        path: Of the file.

    Raises:
        InputError: it is no EPUB, damaged, protected, harmful, or holds no text.
    """
    with open_archive(path) as archive:
        check_rights(archive)
        package = read_package(archive)
        contents = read_contents(archive, package)
        pages = tuple(read_pages(archive, _choose_items(package, contents)))
        cover = read_cover(archive, package)
    stretches = cut_stretches(pages, contents)
    _find_title_pages(stretches, package)
    chapters = tuple(_make_chapters(stretches, _common_titles(pages)))
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


def _choose_items(package: Package, contents: Contents) -> tuple[Item, ...]:
    """Return the pages that are read: what stands aside only if the contents name it."""
    named = set(_named_pages(contents.entries))
    chosen = tuple(item for item in package.spine if item.is_linear or item.name in named)
    return chosen or package.spine


def _named_pages(entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.link:
            yield entry.link.name
        yield from _named_pages(entry.children)


def _find_title_pages(stretches: Sequence[Stretch], package: Package) -> None:
    """Mark what comes before all chapters and says hardly more than the book's title."""
    title = package.title.casefold()
    for stretch in stretches:
        if stretch.reason:
            continue
        text = " ".join(block.text for block in stretch.blocks)
        is_own_name = not stretch.is_named or stretch.title.casefold() == title
        if not is_own_name or len(text) > MAX_TITLE_PAGE_CHARACTERS or not title:
            return
        if title in text.casefold():
            stretch.reason = "title page"


def _common_titles(pages: Sequence[Page]) -> set[str]:
    """Return the titles of pages that several of them bear; such a one is no chapter's."""
    return {title for title, count in Counter(page.title for page in pages).items() if count > 1}


def _make_chapters(stretches: Sequence[Stretch], common: set[str]) -> Iterator[Chapter]:
    waiting: tuple[Block, ...] = ()
    number = 1
    reasons_after = [stretch.reason for stretch in stretches[1:]] + [NO_TEXT]
    for stretch, reason_after in zip(stretches, reasons_after, strict=True):
        is_short = len(join_blocks(stretch.blocks)) <= MAX_PART_CHARACTERS
        if stretch.is_part and is_short and not stretch.reason and not reason_after:
            waiting += stretch.blocks
            continue
        text = join_blocks((*waiting, *stretch.blocks))
        waiting = ()
        has_text = any(char.isalnum() for char in text)
        reason = stretch.reason or ("" if has_text else NO_TEXT)
        own_title = stretch.page.title if stretch.page.title not in common else ""
        yield Chapter(
            title=stretch.title or own_title or f"Chapter {number}",
            text=text if has_text else "",
            skip_reason=reason,
        )
        number += not reason
