"""Reads an HTML page as a book: its highest repeated headings begin chapters."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from lxml.etree import _Element as Element

from jobs.errors import InputError
from scripts.audiobook.blocks import Block
from scripts.audiobook.book import HEADING_PAUSE, Book, Chapter
from scripts.audiobook.html.elements import meanings_of, tag_of, text_of
from scripts.audiobook.html.linked_notes import find_linked_notes, find_marks
from scripts.audiobook.html.notes import is_note
from scripts.audiobook.html.parse import parse_page
from scripts.audiobook.html.to_text import speak_tree
from scripts.audiobook.outline.chapters import divide_blocks, find_chapter_level
from scripts.audiobook.outline.gutenberg import (
    cut_licence,
    describe_licence,
    is_transcribers_note,
    read_fields,
    read_title,
)
from scripts.audiobook.outline.title_page import is_byline
from scripts.audiobook.text.text_file import read_file

_AUTHOR_NAMES = frozenset({"author", "dc.creator", "dcterms.creator", "citation_author"})
_BESIDE = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
"""Roles of what surrounds the text of a web page."""


def read_html(path: Path) -> Book:
    """Read a page of HTML or XHTML; raises InputError as `parse_page`."""
    root = parse_page(read_file(path), path.name)
    work, licence = cut_licence(speak_page(root, path.name))
    fields = read_fields("\n".join(block.text for block in licence)) if licence else {}
    title, author = read_title(find_title(root, work) or path.stem)
    title = fields.get("title") or title
    author = ", ".join(dict.fromkeys(_find_authors(root))) or fields.get("author") or author
    language = _find_language(root) or fields.get("language") or ""
    chapters = (*describe_licence(licence), *divide_page(work, title, path))
    return Book(path, title, author, language, chapters, warnings=describe_code(work))


def speak_page(root: Element, name: str) -> list[Block]:
    """Return the blocks to speak: of the main part if the page marks one, without notes."""
    notes = find_linked_notes(root, name, set(find_marks(root, name, ())))
    blocks = speak_tree(_find_main(root), is_note=partial(_is_beside, notes))
    return [block for block in blocks if not is_transcribers_note(block)]


def find_title(root: Element, blocks: list[Block]) -> str:
    """Return the title element, else the highest heading if there is only one of that level."""
    stated = [text_of(element) for element in root.iter() if tag_of(element) == "title"]
    headings = [block for block in blocks if block.kind == "heading"]
    top = min((block.level for block in headings), default=0)
    highest = [block.text for block in headings if block.level == top]
    only = " ".join(highest[0].split()) if len(highest) == 1 else ""
    return next((text for text in [*stated[:1], only] if text), "")


def divide_page(blocks: list[Block], title: str, path: Path) -> tuple[Chapter, ...]:
    """Return the chapters of a page; raises InputError if it holds no text."""
    chapters = divide_blocks(blocks, title=title, level=find_chapter_level(blocks, title))
    if not chapters:
        raise InputError(f"{str(path)!r} holds no text; there is nothing to speak")
    first = chapters[0]
    lines = [each for each in first.text.split("\n\n") if each not in {title, HEADING_PAUSE}]
    if len(chapters) > 1 and first.title == title and all(map(is_byline, lines)):
        return (replace(first, skip_reason="title page"), *chapters[1:])
    return chapters


def describe_code(blocks: Iterable[Block]) -> tuple[str, ...]:
    """Return a sentence that names the code which is left out; none if there is none."""
    count = sum(block.kind == "code" for block in blocks)
    if not count:
        return ()
    return (f"{count} block{'s' if count > 1 else ''} of code left out",)


def _is_beside(notes: frozenset[Element], element: Element) -> bool:
    """Return whether `element` is a note, or is beside the text."""
    return element in notes or is_note(element) or bool(meanings_of(element) & _BESIDE)


def _find_main(root: Element) -> Element:
    for tag in ("main", "article"):
        found = [element for element in root.iter() if tag_of(element) == tag]
        if len(found) == 1:
            return found[0]
    return root


def _find_authors(root: Element) -> Iterator[str]:
    for element in root.iter():
        if tag_of(element) == "meta" and (element.get("name") or "").lower() in _AUTHOR_NAMES:
            name = " ".join((element.get("content") or "").split())
            if name:
                yield name


def _find_language(root: Element) -> str:
    for element in root.iter():
        if tag_of(element) in {"html", "body"}:
            stated = element.get("lang") or element.get(
                "{http://www.w3.org/XML/1998/namespace}lang"
            )
            if stated:
                return str(stated).strip()
    return ""
