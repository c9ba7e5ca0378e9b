"""Edits a package document: lifts it to EPUB 3, and leaves open what the times decide."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from urllib.parse import quote

from lxml import etree

from jobs.books.page_marks import OPEN_ITEMS, OPEN_METADATA, open_overlay
from jobs.errors import InputError
from scripts.audiobook.html.links import find_link
from scripts.audiobook.html.parse import parse_xml
from scripts.audiobook.read_along.markup_source import (
    MarkupElement,
    apply_edits,
    read_attributes,
    scan_markup,
    write_attributes,
)

SMIL_TYPE = "application/smil+xml"
XHTML = "application/xhtml+xml"
_OLD_PAGE_TYPES = frozenset({"text/html", "text/x-oeb1-document"})
PAGE_TYPES = _OLD_PAGE_TYPES | {XHTML}
_ATTRIBUTE_OF_OVERLAY = re.compile(r"\smedia-overlay\s*=\s*(?:\"[^\"]*\"|'[^']*')")
_OLD_ROLES = {"role": "role", "file-as": "file-as"}
"""Attributes of EPUB 2 that are a ``meta`` in EPUB 3; others say nothing there."""

Edit = tuple[int, int, str]


def scan_package(source: str, name: str) -> tuple[str, list[MarkupElement]]:
    """Return the package document with its elements; repaired first, if that is needed.

    Raises:
        InputError: it is no XML.
    """
    elements = scan_markup(source)
    if elements is None:
        repaired = etree.tostring(parse_xml(source.encode(errors="replace"), name))
        source = f'<?xml version="1.0" encoding="utf-8"?>\n{repaired.decode()}\n'
        elements = scan_markup(source)
    if elements is None:
        raise InputError(f"{name} is no XML; the book is damaged")
    return source, elements


def edit_package(
    source: str,
    name: str,
    find: Callable[[str], str | None],
    pages: Sequence[str],
    items: str,
) -> str:
    """Return the package with a place for each overlay, for added files and for durations.

    Overlays that the book has already are taken out.

    Args:
        source: Of the package document.
        name: Of its file.
        find: Returns the name in the archive of a file; None if it is not there.
        pages: Names of the pages that have spans, in order.
        items: Elements for files that are added.
    """
    source, elements = scan_package(source, name)
    numbers = {page: number for number, page in enumerate(pages)}
    edits: list[Edit] = []
    for element in elements:
        attributes = read_attributes(source, element)
        tag = source[element.start : element.inner_start]
        if element.tag == "item":
            if attributes.get("media-type", "").lower() == SMIL_TYPE:
                edits.append((element.start, element.end, ""))
                continue
            link = find_link(name, attributes.get("href", ""), find)
            number = numbers.pop(link.name, None) if link else None
            shown = _ATTRIBUTE_OF_OVERLAY.sub("", tag)
            if number is not None:
                end = len(shown) - (2 if shown.endswith("/>") else 1)
                shown = shown[:end] + open_overlay(number) + shown[end:]
            if shown != tag:
                edits.append((element.start, element.inner_start, shown))
        elif element.tag == "meta" and attributes.get("property", "").startswith("media:"):
            edits.append((element.start, element.end, ""))
        elif element.tag == "manifest":
            edits.append((element.inner_end, element.inner_end, items + OPEN_ITEMS))
        elif element.tag == "metadata":
            edits.append((element.inner_end, element.inner_end, OPEN_METADATA))
    return apply_edits(source, edits)


def lift_package(
    source: str,
    name: str,
    *,
    properties: Mapping[str, str],
    find: Callable[[str], str | None],
    modified: str,
    language: str,
    nav: str,
) -> str:
    """Return the package of EPUB 2 as one of EPUB 3.

    Args:
        source: Of the package document.
        name: Of its file.
        properties: Of the items, by the names of their files.
        find: Returns the name in the archive of a file; None if it is not there.
        modified: When the book was changed, for example ``2026-01-01T00:00:00Z``.
        language: Of the book, where it states none.
        nav: Its new navigation document, as an element of the manifest.
    """
    source, elements = scan_package(source, name)
    edits: list[Edit] = []
    for element in elements:
        attributes = read_attributes(source, element)
        if element.tag == "package":
            edits.append(_rewrite(source, element, attributes | {"version": "3.0"}))
        elif element.tag == "item":
            edits.append(_rewrite(source, element, _lift_item(attributes, name, properties, find)))
        elif element.tag == "manifest":
            edits.append((element.inner_end, element.inner_end, nav))
        elif element.tag == "tours":
            edits.append((element.start, element.end, ""))
        elif element.tag == "metadata":
            edits += _lift_metadata(source, element, modified, language)
    return apply_edits(source, edits)


def _lift_metadata(
    source: str, metadata: MarkupElement, modified: str, language: str
) -> Iterator[Edit]:
    added = _write_meta(metadata.prefix, 'property="dcterms:modified"', modified)
    seen: set[str] = set()
    facts = [each for each in metadata.children if isinstance(each, MarkupElement)]
    for number, element in enumerate(facts):
        attributes = read_attributes(source, element)
        is_empty = not source[element.inner_start : element.inner_end].strip()
        is_meta = element.tag == "meta"
        if is_meta:
            attributes.pop("scheme", None)
            is_empty = not attributes.get("name") or not attributes.get("content")
        if is_empty or (element.tag == "date" and "date" in seen):
            yield element.start, element.end, ""
            continue
        seen.add(element.tag)
        lifted, more = _lift_fact(attributes, f"ktts-fact-{number}", metadata.prefix)
        yield _rewrite(source, element, attributes if is_meta else lifted)
        added += "" if is_meta else more
    if "language" not in seen:
        added += f"<dc:language>{escape(language or 'und')}</dc:language>\n"
    yield metadata.inner_end, metadata.inner_end, added


def read_version(source: str, package: MarkupElement) -> float:
    """Return the version of EPUB that a package states; 2 if it is no number."""
    stated = read_attributes(source, package).get("version", "")
    return float(stated) if re.fullmatch(r"\d{1,2}(?:\.\d{1,2})?", stated) else 2.0


def write_item(
    key: str, href: str, media_type: str, properties: str = "", *, prefix: str = ""
) -> str:
    """Return an element of the manifest; `prefix` is that of the package's own elements."""
    words = f' properties="{properties}"' if properties else ""
    return f'<{prefix}item id="{key}" href="{quote(href)}" media-type="{media_type}"{words}/>\n'


def relative_to(base: str, name: str) -> str:
    """Return the path of a file as the file `base` names it."""
    return posixpath.relpath(name, posixpath.dirname(base) or ".")


def find_properties(source: str) -> Iterator[str]:
    """Yield what EPUB 3 wants to know of a page."""
    for word, pattern in (
        ("svg", r"<(?:\w+:)?svg\b"),
        ("mathml", r"<(?:\w+:)?math\b"),
        ("scripted", r"<(?:script|form)\b"),
        ("remote-resources", r"<(?:audio|video|source)\b[^>]{0,200}src=.https?:"),
    ):
        if re.search(pattern, source):
            yield word


def _rewrite(source: str, element: MarkupElement, attributes: Mapping[str, str]) -> Edit:
    if attributes == read_attributes(source, element):
        return element.start, element.start, ""
    return element.start, element.inner_start, write_attributes(source, element, attributes)


def _lift_item(
    attributes: dict[str, str],
    base: str,
    properties: Mapping[str, str],
    find: Callable[[str], str | None],
) -> dict[str, str]:
    lifted = {name: value for name, value in attributes.items() if not name.startswith("required-")}
    kind = lifted.get("media-type", "").lower()
    if kind in _OLD_PAGE_TYPES:
        lifted["media-type"] = XHTML
    elif kind == "image/jpg":
        lifted["media-type"] = "image/jpeg"
    link = find_link(base, lifted.get("href", ""), find)
    if link and (words := properties.get(link.name)):
        lifted["properties"] = words
    return lifted


def _write_meta(prefix: str, attributes: str, value: str) -> str:
    return f"<{prefix}meta {attributes}>{escape(value)}</{prefix}meta>\n"


def _lift_fact(attributes: dict[str, str], new_id: str, prefix: str) -> tuple[dict[str, str], str]:
    """Return the attributes of a fact about the book, and what now stands in elements."""
    lifted: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for name, value in attributes.items():
        before, _, word = name.rpartition(":")
        if word in {"role", "file-as", "scheme", "event", "authority"} and before != "xml":
            if word in _OLD_ROLES and value.strip():
                found.append((_OLD_ROLES[word], value))
        else:
            lifted[name] = value
    if not found:
        return lifted, ""
    key = lifted.setdefault("id", new_id)
    schemes = {"role": ' scheme="marc:relators"'}
    return lifted, "".join(
        _write_meta(prefix, f'refines="#{key}" property="{word}"{schemes.get(word, "")}', value)
        for word, value in found
    )
