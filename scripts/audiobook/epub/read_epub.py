"""Reads an EPUB 2 or 3 into chapters, in the order and with the titles of the book itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from jobs.errors import InputError
from scripts.audiobook.blocks import Block, join_blocks, make_chapter
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.epub.cover import read_cover
from scripts.audiobook.epub.drm import check_rights
from scripts.audiobook.epub.package import EpubPackage, Item, read_package
from scripts.audiobook.epub.pages import Page, read_pages
from scripts.audiobook.epub.spine_chapters import Section, cut_sections
from scripts.audiobook.epub.table_of_contents import (
    Contents,
    find_titles,
    iterate_links,
    read_contents,
)
from scripts.audiobook.epub.zip_archive import open_archive
from scripts.audiobook.html.read_html import describe_code
from scripts.audiobook.outline.chapters import name_below_parts
from scripts.audiobook.outline.front_matter import NO_TEXT
from scripts.audiobook.outline.title_page import (
    MAX_CHARACTERS,
    bears_title,
    first_words,
    part_title_page,
)

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
        pages = tuple(read_pages(archive, choose_items(package, contents)))
        cover = read_cover(archive, package)
    sections = _part_title_pages(cut_sections(pages, contents, package.title), package)
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
        publication=package.publication,
        warnings=(
            *_describe_missing(package, contents),
            *describe_code(block for page in pages for block in page.blocks),
        ),
    )


def _describe_missing(package: EpubPackage, contents: Contents) -> Iterator[str]:
    titles: dict[str, str] = {}
    for name, title in find_titles(contents.entries):
        titles.setdefault(name, title)
    for name in package.missing:
        called = f", {titles[name]!r}," if titles.get(name) else ""
        yield f"the page {name}{called} is missing or empty in the file, so it is not spoken"


def choose_items(package: EpubPackage, contents: Contents) -> tuple[Item, ...]:
    """Return the pages to read: non-linear ones only if the table of contents names them."""
    named = {link.name for link in iterate_links(contents.entries)}
    chosen = tuple(item for item in package.spine if item.is_linear or item.name in named)
    return chosen or package.spine


def _part_title_pages(sections: Sequence[Section], package: EpubPackage) -> list[Section]:
    """Mark the title pages before the first chapter; what is spoken of them follows each."""
    parted: list[Section] = []
    is_before = bool(package.title)
    for section in sections:
        parted.append(section)
        length = sum(len(block.text) for block in section.blocks)
        is_own_name = not section.is_named or bears_title(
            [Block("heading", section.title)], package.title
        )
        is_before = is_before and (
            bool(section.reason) or (is_own_name and length <= MAX_CHARACTERS)
        )
        if is_before and not section.reason and bears_title(section.blocks, package.title):
            section.reason = "title page"
            section.blocks, spoken = part_title_page(section.blocks, package.author)
            if spoken:
                parted.append(replace(section, title="", blocks=spoken, reason="", is_part=False))
    return parted


def _common_titles(pages: Sequence[Page]) -> set[str]:
    """Return the page titles that several pages share; they are no titles of chapters."""
    return {title for title, count in Counter(page.title for page in pages).items() if count > 1}


def _make_chapters(sections: Sequence[Section], common: set[str]) -> Iterator[Chapter]:
    chapters: list[Chapter] = []
    titles: list[tuple[tuple[str, ...], str]] = []
    waiting: tuple[Block, ...] = ()
    number = 1
    for section, following in zip_longest(sections, sections[1:]):
        blocks = section.blocks
        text = join_blocks(blocks)
        if not section.reason and _joins_next(section, text, following):
            waiting += section.blocks
            continue
        has_text = any(char.isalnum() for char in text)
        reason = section.reason or ("" if has_text else NO_TEXT)
        if not reason:
            blocks, waiting = (*waiting, *blocks), ()
            text = join_blocks(blocks)
        own_title = section.page.title if section.page.title not in common else ""
        title = section.title or own_title or (first_words(text) if number == 1 else "")
        title = title or f"Chapter {number}"
        chapters.append(make_chapter(title, blocks if has_text else (), reason))
        titles.append((section.parts, title))
        number += not reason
    if waiting:
        _add_last(chapters, titles, waiting)
    names = name_below_parts(titles, [chapter.title for chapter in chapters])
    return (replace(each, title=name) for name, each in zip(names, chapters, strict=True))


def _joins_next(section: Section, text: str, following: Section | None) -> bool:
    """Return whether a short page is spoken with the next: a mere title, or one of a part."""
    if len(text) > MAX_PART_CHARACTERS:
        return False
    is_bare = bool(text) and all(each.kind == "heading" or not each.text for each in section.blocks)
    is_above = section.is_part and (section.has_children or not (following and following.is_part))
    return is_bare or is_above


def _add_last(
    chapters: list[Chapter], titles: list[tuple[tuple[str, ...], str]], blocks: Sequence[Block]
) -> None:
    """Add headings that nothing follows, such as "The End", to the last chapter that is spoken."""
    end = make_chapter(join_blocks(blocks).split("\n")[0], blocks)
    for at in range(len(chapters) - 1, -1, -1):
        if not chapters[at].skip_reason:
            last = chapters[at]
            # A heading is quoted nowhere, so `quoted` may end before it.
            chapters[at] = replace(
                last, text=f"{last.text}\n\n{end.text}", places=last.places + end.places
            )
            return
    chapters.append(end)
    titles.append(((), chapters[-1].title))
