"""Reads the table of contents: the navigation document of EPUB 3, else the NCX of EPUB 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from scripts.audiobook.epub.package import EpubPackage
from scripts.audiobook.epub.zip_archive import Archive
from scripts.audiobook.html.elements import meanings_of, tag_of, text_of
from scripts.audiobook.html.links import PageLink, find_link
from scripts.audiobook.html.notes import is_note
from scripts.audiobook.html.parse import parse_page, parse_xml
from scripts.audiobook.html.to_text import speak_tree

_Resolve = Callable[[str | None], PageLink | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the table of contents."""

    title: str
    """On one line; may be empty."""
    link: PageLink | None
    """Its target, though the page may be missing; None for a mere heading and for other files."""
    children: tuple[Entry, ...] = ()
    """The entries below it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents and the landmarks."""

    entries: tuple[Entry, ...]
    """Empty if there is no table of contents, or none with a link to a page."""
    landmarks: tuple[tuple[str, PageLink], ...]
    """Types such as ``titlepage`` or ``copyright-page``, each with its target."""


def read_contents(archive: Archive, package: EpubPackage) -> Contents:
    """Read the navigation document; if it is missing or without links, read the NCX."""
    pages = frozenset([*(item.name for item in package.spine), *package.missing])

    def resolver(base: str) -> _Resolve:
        return lambda href: _resolve(archive, pages, base, href)

    entries: tuple[Entry, ...] = ()
    landmarks = [(kind, link) for kind, link in package.guide if link.name in pages]
    root = _parse(archive, package.nav, parse_page)
    if root is not None:
        entries = _read_nav(root, resolver(package.nav))
        landmarks += _read_landmarks(root, resolver(package.nav))
    if not any(iterate_links(entries)):
        root = _parse(archive, package.ncx, parse_xml)
        entries = _read_points(root, resolver(package.ncx)) if root is not None else ()
    return Contents(entries if any(iterate_links(entries)) else (), tuple(landmarks))


def iterate_links(entries: Iterable[Entry]) -> Iterator[PageLink]:
    """Yield the links of `entries` and of all entries below them, in order."""
    for entry in entries:
        if entry.link:
            yield entry.link
        yield from iterate_links(entry.children)


def find_titles(entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Yield the page and the title of each entry that has a link, those below included."""
    for entry in entries:
        if entry.link:
            yield entry.link.name, entry.title
        yield from find_titles(entry.children)


def _parse(archive: Archive, name: str, parse: Callable[[bytes, str], Element]) -> Element | None:
    if not name or archive.find(name) is None:
        return None
    data = archive.read(name)
    return parse(data, name) if data.strip() else None


def _resolve(
    archive: Archive, pages: frozenset[str], base: str, href: str | None
) -> PageLink | None:
    link = find_link(base, href, archive.find) if href else None
    return link if link and link.name in pages else None


def _read_nav(root: Element, resolve: _Resolve) -> tuple[Entry, ...]:
    lists = [element for element in root.iter() if tag_of(element) == "nav"]
    named = [element for element in lists if "toc" in meanings_of(element)]
    unnamed = [element for element in lists if not meanings_of(element)]
    for nav in named or unnamed[:1]:
        return _read_items(nav, resolve) or _read_links(nav, resolve)
    return ()


def _read_links(nav: Element, resolve: _Resolve) -> tuple[Entry, ...]:
    """Return the entries of a navigation element without a list: paragraphs or lines of links."""
    links = (element for element in nav.iter() if tag_of(element) == "a")
    return tuple(Entry(_read_title(link), resolve(link.get("href"))) for link in links)


def _read_items(around: Element, resolve: _Resolve) -> tuple[Entry, ...]:
    """Return the entries of the lists in a navigation element or in a list item."""
    entries = []
    for lines in around:
        if tag_of(lines) not in {"ol", "ul"}:
            continue
        for line in lines:
            if tag_of(line) != "li":
                continue
            label = _find_label(line)
            title = _read_title(label) if label is not None else ""
            link = resolve(label.get("href")) if label is not None else None
            entries.append(Entry(title, link, _read_items(line, resolve)))
    return tuple(entries)


def _find_label(line: Element) -> Element | None:
    """Return the link or the text of a list item; some books wrap it in a paragraph."""
    words = None
    for child in line:
        if tag_of(child) in {"ol", "ul"}:
            break
        for element in child.iter():
            if tag_of(element) == "a":
                return element
        words = child if words is None else words
    return words


def _read_title(label: Element) -> str:
    blocks = speak_tree(label, is_note=lambda inner: inner is not label and is_note(inner))
    return " ".join(block.text.replace("\n", " ") for block in blocks if block.text)


def _read_landmarks(root: Element, resolve: _Resolve) -> Iterator[tuple[str, PageLink]]:
    for nav in root.iter():
        if tag_of(nav) == "nav" and "landmarks" in meanings_of(nav):
            for element in nav.iter():
                link = resolve(element.get("href")) if tag_of(element) == "a" else None
                if link:
                    yield from ((kind, link) for kind in sorted(meanings_of(element)))


def _read_points(around: Element, resolve: _Resolve) -> tuple[Entry, ...]:
    """Return the entries of an NCX, or those below one of its points."""
    entries: list[Entry] = []
    for element in around:
        tag = tag_of(element)
        if tag == "navmap":
            entries += _read_points(element, resolve)
        elif tag == "navpoint":
            parts = {tag_of(child): child for child in reversed(element)}
            title = text_of(parts["navlabel"]) if "navlabel" in parts else ""
            href = parts["content"].get("src") if "content" in parts else None
            entries.append(Entry(title, resolve(href), _read_points(element, resolve)))
    return tuple(entries)
