"""Lays out a book that has no pages, such as a text or a PDF, as a plain EPUB 3."""

import re
import uuid
from collections.abc import Sequence
from html import escape

from jobs.text.language_tags import is_stated
from scripts.audiobook.blocks import Block
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Book
from scripts.audiobook.epub.table_of_contents import Entry
from scripts.audiobook.html.links import PageLink
from scripts.audiobook.plan.inline_tags import drop_tags
from scripts.audiobook.plan.plan import PlannedChapter
from scripts.audiobook.read_along.nav_page import write_nav
from scripts.audiobook.read_along.package_source import write_item
from scripts.audiobook.read_along.page_text import PageText, read_page

PACKAGE = "EPUB/package.opf"
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
MODIFIED = "2000-01-01T00:00:00Z"
"""No file names the day it was made, so that equal books are equal bytes."""
_NAV = "EPUB/nav.xhtml"
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML may have."""
_STYLE = """body { line-height: 1.5; margin: 1em; }
h2 { margin: 2em 0 1em; }
hr { border: 0; margin: 1.5em; }
"""


def name_page(index: int) -> str:
    """Return the name of the page of a chapter, counted from 0."""
    return f"EPUB/chapter-{index + 1:04}.xhtml"


def write_page(chapter: PlannedChapter, language: str, name: str) -> tuple[PageText, list[Block]]:
    """Return the page of a chapter, and its paragraphs by their indexes in the chapter's text."""
    paragraphs = chapter.text.split("\n\n")
    body: list[str] = []
    headings = _count_headings(paragraphs)
    shown: list[tuple[int, str]] = []
    for index, paragraph in enumerate(paragraphs):
        text = drop_tags(paragraph, chapter).strip()
        if paragraph == SCENE_BREAK and index >= headings:
            body.append("<hr/>")
        elif text and text != HEADING_PAUSE:
            lines = "<br/>\n".join(escape(line, quote=False) for line in text.split("\n"))
            tag = "h2" if index < headings else "p"
            body.append(f"<{tag}>{lines}</{tag}>")
            shown.append((index, tag))
    tagged = f' lang="{escape(language)}" xml:lang="{escape(language)}"' if language else ""
    source = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml"{tagged}>'
        f"<head><title>{escape(chapter.title)}</title>"
        '<link rel="stylesheet" type="text/css" href="style.css"/></head>\n'
        f"<body>\n{chr(10).join(body)}\n</body></html>\n"
    )
    page = read_page(_NO_XML.sub("", source), name)
    found = [each for each in page.root.iter() if str(each.tag).endswith(("}p", "}h2"))]
    blocks = [
        Block(
            "paragraph",
            paragraphs[index],
            place=index,
            nodes=((element, False), *((inner, True) for inner in element)),
        )
        for (index, _), element in zip(shown, found, strict=True)
    ]
    return page, blocks


def write_frame(
    book: Book, chapters: Sequence[PlannedChapter], language: str
) -> list[tuple[str, bytes]]:
    """Return all files but the pages: container, package, contents, style and cover."""
    names = [name_page(index) for index in range(len(chapters))]
    entries = [
        Entry(chapter.title, PageLink(name)) for chapter, name in zip(chapters, names, strict=True)
    ]
    files = [
        ("META-INF/container.xml", CONTAINER.encode()),
        (_NAV, write_nav(entries, _NAV, book.title).encode()),
        ("EPUB/style.css", _STYLE.encode()),
    ]
    items = [
        write_item("nav", "nav.xhtml", "application/xhtml+xml", "nav"),
        write_item("style", "style.css", "text/css"),
    ]
    if book.cover:
        suffix = "jpg" if book.cover.media_type == "image/jpeg" else "png"
        files.append((f"EPUB/cover.{suffix}", book.cover.data))
        items.append(write_item("cover", f"cover.{suffix}", book.cover.media_type, "cover-image"))
    pages = [f"page-{index + 1}" for index in range(len(chapters))]
    items += [
        write_item(key, name.removeprefix("EPUB/"), "application/xhtml+xml")
        for key, name in zip(pages, names, strict=True)
    ]
    text = "\n".join(chapter.text for chapter in chapters)
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, f"{book.title}\n{book.author}\n{text}")
    facts = [("identifier", f"urn:uuid:{identifier}"), ("title", book.title)]
    facts += [("creator", book.author)] if book.author else []
    facts.append(("language", language if is_stated(language) else "und"))
    metadata = "".join(
        f"<dc:{name}{' id=' + chr(34) + 'uid' + chr(34) if name == 'identifier' else ''}>"
        f"{escape(value)}</dc:{name}>\n"
        for name, value in facts
    )
    package = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">\n'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n{metadata}'
        f'<meta property="dcterms:modified">{MODIFIED}</meta>\n</metadata>\n'
        f"<manifest>\n{''.join(items)}</manifest>\n"
        f"<spine>{''.join(f'<itemref idref={chr(34)}{key}{chr(34)}/>' for key in pages)}</spine>\n"
        "</package>\n"
    )
    return [*files, (PACKAGE, package.encode())]


def _count_headings(paragraphs: Sequence[str]) -> int:
    """Return how many paragraphs the headings at the start take, with the pause after them."""
    for index, paragraph in enumerate(paragraphs[:4]):
        if paragraph == HEADING_PAUSE:
            return index
    return 0
