"""Finds notes by links: a mark in the text links to the block, and the block starts with it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import anchors_of, is_block, tag_of, text_of
from scripts.audiobook.html.links import PageLink, resolve_link
from scripts.audiobook.html.notes import is_mark, is_note
from scripts.audiobook.outline.front_matter import title_reason

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of a note in the text."""

    target: PageLink
    text: str
    """Without brackets."""


def find_marks(root: Element, page: str, pages_before: Collection[str]) -> Iterator[Mark]:
    """Yield the marks on a page that link forward; a link back from a note looks the same.

    Args:
        root: The page.
        page: Its file name.
        pages_before: File names of earlier pages.
    """
    passed: set[str] = set()
    for element in root.iter():
        passed.update(anchors_of(element))
        if tag_of(element) != "a" or not (is_mark(element) or is_note(element)):
            continue
        link = resolve_link(page, element.get("href") or "")
        if not link or not link.fragment or link.name in pages_before:
            continue
        if link.name != page or link.fragment not in passed:
            yield Mark(link, _bare(text_of(element)))


def find_linked_notes(root: Element, page: str, marks: set[Mark]) -> frozenset[Element]:
    """Return the blocks of a page that are notes: a mark links there, and they begin with it.

    Args:
        root: The page.
        page: Its file name.
        marks: The marks of the whole book.
    """
    texts: dict[str, set[str]] = {}
    for mark in marks:
        if mark.target.name == page:
            texts.setdefault(mark.target.fragment, set()).add(mark.text)
    if not texts:
        return frozenset()
    notes = set()
    for element in root.iter():
        for name in anchors_of(element):
            block = _block_around(element)
            if name in texts and block is not None and _begins_with(block, texts[name]):
                notes.add(block)
                notes.update(_heading_of_notes(block))
    return frozenset(notes)


def _block_around(element: Element) -> Element | None:
    """Return the innermost block that begins with `element`; None for a heading or a body."""
    block = element
    while not is_block(block):
        parent = block.getparent()
        if parent is None or (parent.text or "").strip() or parent[0] is not block:
            return None
        block = parent
    return None if tag_of(block) in _HEADINGS | {"body", "html"} else block


def _begins_with(block: Element, marks: set[str]) -> bool:
    """Return whether `block` begins with one of `marks`; list items need not, they are numbered."""
    if tag_of(block) == "li":
        return True
    words = text_of(block).split(maxsplit=1)
    return bool(words) and _bare(words[0]) in marks


def _heading_of_notes(note: Element) -> Iterator[Element]:
    """Yield the heading directly above a note if it is only a title such as "Notes"."""
    before = note.getprevious()
    if before is not None and tag_of(before) in _HEADINGS and title_reason(text_of(before)):
        yield before


def _bare(text: str) -> str:
    return text.strip("[](){}. \u00a0").casefold()
