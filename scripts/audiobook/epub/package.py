"""Reads the package of an EPUB 2 or 3: title, author, language, files and reading order."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lxml.etree import _Element as Element

from jobs.errors import InputError
from jobs.text.language_tags import is_stated
from scripts.audiobook.blocks import clean_line
from scripts.audiobook.book import Publication
from scripts.audiobook.epub.publication import read_publication, read_refinements
from scripts.audiobook.epub.zip_archive import Archive
from scripts.audiobook.html.elements import tag_of, text_of
from scripts.audiobook.html.links import PageLink, find_link, resolve_link
from scripts.audiobook.html.parse import parse_xml

CONTAINER = "META-INF/container.xml"
_PAGE_TYPES = frozenset(
    {"application/xhtml+xml", "text/html", "application/xml", "text/x-oeb1-document", "text/xml"}
    | {"image/svg+xml"}
)
_LEFT_OVER = re.compile(
    r"\.(?:exe|docx?|odt|rtf|tex|indd|pdf|pages|wpd|x?html?|epub|txt)$"
    r"|^(?:untitled|unknown|no title)$",
    re.IGNORECASE,
)
"""Names of files, and what programs write where nobody gave a title."""
MAX_NAMED = 3
"""Missing pages that a message names."""
_PAGE_SUFFIXES = (".xhtml", ".html", ".htm", ".xml")
_PACKAGE_TYPE = "application/oebps-package+xml"
_NCX_TYPE = "application/x-dtbncx+xml"


@dataclass(frozen=True, slots=True)
class Item:
    """A file that the package lists."""

    name: str
    """File name, spelled as in the archive."""
    media_type: str
    properties: frozenset[str] = frozenset()
    """EPUB 3 properties such as ``nav`` and ``cover-image``."""
    fallback: str = ""
    """Id of the file to take where this one is no page; empty if there is none."""
    is_linear: bool = True
    """False for a file outside the reading order, such as answers or notes."""


@dataclass(frozen=True, slots=True)
class EpubPackage:
    """The content of the package document."""

    title: str
    """Empty if there is none."""
    author: str
    """Names, separated by commas; empty if there is none."""
    language: str
    """Language tag of the text; empty if there is none."""
    spine: tuple[Item, ...]
    """The pages in reading order, without missing ones."""
    missing: tuple[str, ...]
    """Names of the pages in reading order that are not in the archive, or empty there."""
    items: tuple[Item, ...]
    """All listed files that are in the archive."""
    nav: str = ""
    """Name of the EPUB 3 navigation document; empty if there is none."""
    ncx: str = ""
    """Name of the EPUB 2 table of contents; empty if there is none."""
    cover_id: str = ""
    """EPUB 2's cover: the name of a file, or the id if no file has it."""
    publication: Publication = field(default=Publication())
    guide: tuple[tuple[str, PageLink], ...] = field(default=())
    """EPUB 2's landmarks: types such as ``title-page``, each with its target."""


def read_package(archive: Archive) -> EpubPackage:
    """Read the package; raises InputError if there is none or it lists no page."""
    name = find_package(archive)
    root = parse_xml(archive.read(name), name)
    sections = {tag_of(child): child for child in root}
    if "manifest" not in sections or "spine" not in sections:
        raise InputError(f"{name} in {archive.path} lists no files; the book is damaged")
    listed = dict(_read_items(archive, name, sections["manifest"]))
    by_id = {key: item for key, item in listed.items() if archive.find(item.name)}
    spine = tuple(_read_spine(sections["spine"], listed))
    missing = tuple(item.name for item in spine if archive.is_blank(item.name))
    spine = tuple(item for item in spine if item.name not in missing)
    if not spine:
        reason = _find_no_page(sections["spine"], listed, missing)
        raise InputError(f"{archive.path} {reason}")
    metadata = list(sections["metadata"].iter()) if "metadata" in sections else []
    return EpubPackage(
        title=_read_title(metadata),
        author=_read_author(metadata),
        language=_read_language(metadata),
        spine=spine,
        missing=missing,
        items=tuple(by_id.values()),
        nav=next((item.name for item in by_id.values() if "nav" in item.properties), ""),
        ncx=_find_ncx(sections["spine"], by_id),
        cover_id=_read_cover(metadata, by_id),
        publication=read_publication(metadata),
        guide=tuple(_read_guide(name, sections.get("guide"))),
    )


def find_package(archive: Archive) -> str:
    """Return the name of the package document; raises InputError if there is none."""
    if archive.find(CONTAINER):
        roots = [
            each
            for each in parse_xml(archive.read(CONTAINER), CONTAINER).iter()
            if tag_of(each) == "rootfile" and each.get("full-path")
        ]
        # The same book may lie there in another format, such as PDF.
        for element in sorted(roots, key=lambda root: root.get("media-type") != _PACKAGE_TYPE):
            path = element.get("full-path")
            link = resolve_link("", path)
            if link and (found := archive.find(path) or archive.find(link.name)):
                return found
    packages = [name for name in archive.names if name.lower().endswith(".opf")]
    if len(packages) != 1:
        raise InputError(f"{archive.path} is no EPUB: it names no package; get the book anew")
    return packages[0]


def _read_items(archive: Archive, base: str, manifest: Element) -> Iterator[tuple[str, Item]]:
    """Yield each listed file by its id; if it is missing, with the name it should have."""
    for element in manifest:
        if tag_of(element) != "item" or not (href := element.get("href")):
            continue
        link = find_link(base, href, archive.find)
        if link is None:
            continue  # on the network or outside the archive: it is not read
        yield (
            element.get("id") or link.name,
            Item(
                name=link.name,
                media_type=(element.get("media-type") or "").lower(),
                properties=frozenset((element.get("properties") or "").split()),
                fallback=element.get("fallback") or "",
            ),
        )


def _read_spine(spine: Element, by_id: dict[str, Item]) -> Iterator[Item]:
    seen = set()
    for element in spine:
        item = by_id.get(element.get("idref") or "")
        tried: set[str] = set()
        while (
            item
            and item.media_type not in _PAGE_TYPES
            and item.fallback in by_id
            and item.name not in tried
        ):
            tried.add(item.name)
            item = by_id[item.fallback]
        if tag_of(element) != "itemref" or item is None or item.name in seen:
            continue
        seen.add(item.name)
        if _is_page(item):
            yield replace(item, is_linear=element.get("linear") != "no")


def _is_page(item: Item) -> bool:
    return item.media_type in _PAGE_TYPES or item.name.lower().endswith(_PAGE_SUFFIXES)


def _find_no_page(spine: Element, by_id: dict[str, Item], missing: Sequence[str]) -> str:
    """Return why a book has no page to read."""
    if missing:
        names = ", ".join(missing[:MAX_NAMED])
        return f"lacks its pages ({names}); the book is damaged"
    items = [by_id.get(element.get("idref") or "") for element in spine]
    kinds = sorted({item.media_type for item in items if item})
    if kinds and all(kind.startswith("image/") for kind in kinds):
        return "holds no text, only pictures; it cannot be spoken"
    if kinds:
        return f"holds no page of text, only {', '.join(kinds)}; it cannot be spoken"
    return "holds no page to read; the book is damaged"


def _read_title(metadata: list[Element]) -> str:
    titles = [element for element in metadata if tag_of(element) == "title" and text_of(element)]
    titles = [element for element in titles if not _LEFT_OVER.search(text_of(element))]
    kinds = read_refinements(metadata, "title-type")
    main = [title for title in titles if "main" in kinds.get(title.get("id") or "", ())]
    return text_of((main or titles)[0]) if titles else ""


def _read_author(metadata: list[Element]) -> str:
    creators = [element for element in metadata if tag_of(element) == "creator"]
    roles = read_refinements(metadata, "role")
    named = []
    for creator in creators:
        own = {value for name, value in creator.items() if name.rpartition("}")[2] == "role"}
        named.append((text_of(creator), own | roles.get(creator.get("id") or "", set())))
    authors = [name for name, known in named if name and (not known or "aut" in known)]
    return ", ".join(dict.fromkeys(authors or [name for name, _ in named if name]))


def _read_language(metadata: list[Element]) -> str:
    for element in metadata:
        if tag_of(element) == "language":
            language = text_of(element).replace("_", "-")
            if is_stated(language):
                return language
    return ""


def _read_cover(metadata: Iterable[Element], by_id: dict[str, Item]) -> str:
    for element in metadata:
        if tag_of(element) == "meta" and element.get("name") == "cover":
            content = element.get("content") or ""
            return by_id[content].name if content in by_id else clean_line(content)
    return ""


def _find_ncx(spine: Element, by_id: dict[str, Item]) -> str:
    stated = by_id.get(spine.get("toc") or "")
    if stated:
        return stated.name
    for item in by_id.values():
        if item.media_type == _NCX_TYPE or item.name.lower().endswith(".ncx"):
            return item.name
    return ""


def _read_guide(base: str, guide: Element | None) -> Iterator[tuple[str, PageLink]]:
    for element in guide if guide is not None else ():
        link = resolve_link(base, element.get("href") or "")
        if tag_of(element) == "reference" and link and (kind := element.get("type")):
            yield kind.lower(), link
