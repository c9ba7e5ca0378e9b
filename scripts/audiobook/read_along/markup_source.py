"""Well-formed markup as it is written: elements and text by their places in the source.

A page is written back with spans around its sentences and is to stay as it is otherwise. The parser
of the reader does not tell where in the file an element or a letter stands; this module does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_TAG = re.compile(
    r"<(?P<close>/)?(?P<name>[^\s/<>!?]+)(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
)
_ATTRIBUTE = re.compile(r"(?P<name>[^\s=\"'/]+)\s*=\s*(?P<value>\"[^\"]*\"|'[^']*')")
_REFERENCE = re.compile(r"&(?:#(?P<number>[xX]?[0-9A-Fa-f]+)|(?P<name>[A-Za-z][\w.:-]{0,40}));")
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[\]<>\"']|\"[^\"]*\"|'[^']*')*(?:\[.*?\]\s*)?>", re.DOTALL)
_CDATA_START = "<![CDATA["
CDATA = "#cdata"
"""Name of a section whose text stands as it is; nothing may be put into it."""


@dataclass(slots=True)
class MarkupRun:
    """Text between two tags."""

    start: int
    """First character in the source."""
    end: int


@dataclass(slots=True)
class MarkupElement:
    """An element, or a section of `CDATA`."""

    name: str
    """As it is written, with its prefix."""
    start: int
    """Where its first tag begins."""
    inner_start: int
    """After its first tag."""
    inner_end: int = 0
    """Where its last tag begins; after its first tag if it has no other."""
    end: int = 0
    """After its last tag."""
    children: list[MarkupElement | MarkupRun] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """In lower case, without prefix."""
        return self.name.rpartition(":")[2].lower()

    @property
    def prefix(self) -> str:
        """Of its namespace, with the colon; empty if it has none."""
        before, colon, _ = self.name.rpartition(":")
        return before + colon


def scan_markup(source: str) -> list[MarkupElement] | None:
    """Return all elements of a document in the order of their first tags, its root first.

    None if it is not well-formed.
    """
    elements: list[MarkupElement] = []
    open_: list[MarkupElement] = []
    at = 0
    while (following := source.find("<", at)) >= 0:
        if open_ and following > at:
            open_[-1].children.append(MarkupRun(at, following))
        at = _pass_over(source, following)
        if at == 0:
            at = _read_tag(source, following, elements, open_)
        elif open_ and source.startswith(_CDATA_START, following):
            inner = following + len(_CDATA_START)
            open_[-1].children.append(MarkupElement(CDATA, following, inner, at - 3, at))
        if at < 0:
            return None
    return None if open_ or not elements else elements


def _read_tag(
    source: str, at: int, elements: list[MarkupElement], open_: list[MarkupElement]
) -> int:
    """Open or close the element whose tag begins at `at`; return the tag's end, or -1."""
    tag = _TAG.match(source, at)
    if tag is None or (elements and not open_):
        return -1
    if tag["close"]:
        if not open_ or open_[-1].name != tag["name"]:
            return -1
        closed = open_.pop()
        closed.inner_end, closed.end = tag.start(), tag.end()
        return tag.end()
    element = MarkupElement(tag["name"], at, tag.end(), tag.end(), tag.end())
    if open_:
        open_[-1].children.append(element)
    elements.append(element)
    if not tag["attributes"].endswith("/"):
        open_.append(element)
    return tag.end()


def read_attributes(source: str, element: MarkupElement) -> dict[str, str]:
    """Return the attributes of an element by their names as they are written."""
    tag = source[element.start : element.inner_start]
    return {
        match["name"]: html.unescape(match["value"][1:-1]) for match in _ATTRIBUTE.finditer(tag)
    }


def write_attributes(source: str, element: MarkupElement, attributes: Mapping[str, str]) -> str:
    """Return the first tag of an element with `attributes` in the place of its own."""
    end = "/>" if source[element.start : element.inner_start].endswith("/>") else ">"
    words = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<{element.name}{words}{end}"


def read_characters(
    source: str, piece: MarkupElement | MarkupRun, entities: Mapping[str, str]
) -> Iterator[tuple[str, int, int]]:
    """Yield the characters of a text with the span of the source that each stands for.

    Args:
        source: The document.
        piece: Its text, or a section of `CDATA`.
        entities: What the document declares.
    """
    if isinstance(piece, MarkupElement):
        for at in range(piece.inner_start, piece.inner_end):
            yield source[at], at, at + 1
        return
    at = piece.start
    for match in _REFERENCE.finditer(source, piece.start, piece.end):
        for place in range(at, match.start()):
            yield source[place], place, place + 1
        known = entities.get(match["name"], html.unescape(match.group()))
        for char in known:
            yield char, match.start(), match.end()
        at = match.end()
    for place in range(at, piece.end):
        yield source[place], place, place + 1


def apply_edits(source: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Return `source` with the given spans replaced; none overlaps another."""
    pieces = []
    at = 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [source[at:start], text]
        at = end
    return "".join([*pieces, source[at:]])


def _pass_over(source: str, at: int) -> int:
    """Return the end of a comment or the like that begins at `at`; -1 without one, 0 for a tag."""
    for begin, end in (("<!--", "-->"), (_CDATA_START, "]]>"), ("<?", "?>")):
        if source.startswith(begin, at):
            found = source.find(end, at + len(begin))
            return found + len(end) if found >= 0 else -1
    if source.startswith("<!", at):
        doctype = DOCTYPE.match(source, at)
        return doctype.end() if doctype else -1
    return 0
