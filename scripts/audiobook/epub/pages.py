"""Reads the pages of an EPUB: their blocks, titles and ``epub:type`` words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from lxml.etree import _Element as Element

from scripts.audiobook.blocks import Block, TextNode
from scripts.audiobook.epub.package import Item
from scripts.audiobook.epub.zip_archive import Archive
from scripts.audiobook.html.elements import anchors_of, meanings_of, tag_of, text_of
from scripts.audiobook.html.linked_notes import Mark, find_linked_notes, find_marks
from scripts.audiobook.html.links import resolve_link
from scripts.audiobook.html.notes import is_note
from scripts.audiobook.html.parse import parse_page
from scripts.audiobook.html.to_text import speak_tree
from scripts.audiobook.outline.gutenberg import cut_licence, is_end, is_transcribers_note

MIN_LINKS = 4
"""A table of contents has at least this many links to other pages."""
MIN_LINKED_SHARE = 0.6
"""Least share of its characters that are links to other pages."""
_WRAPPERS = frozenset({"html", "body", "div", "section", "article", "main"})


@dataclass(frozen=True, slots=True)
class Page:
    """A file of the spine."""

    name: str
    """File name in the archive."""
    title: str
    """Its title element; may be empty, or the same on all pages."""
    blocks: tuple[Block, ...]
    meanings: frozenset[str]
    """Words of ``epub:type`` for the whole page."""
    anchor_meanings: dict[str, frozenset[str]]
    """Words of ``epub:type`` by anchor."""

    def find(self, fragment: str, title: str) -> int:
        """Return the block with anchor `fragment`, else the heading `title`, else 0 (an index)."""
        for index, block in enumerate(self.blocks):
            if fragment and fragment in block.anchors:
                return index
        wanted = title.casefold()
        for index, block in enumerate(self.blocks):
            if fragment and block.kind == "heading" and block.text.casefold() == wanted:
                return index
        return 0


def read_pages(archive: Archive, items: tuple[Item, ...]) -> Iterator[Page]:
    """Yield the pages one by one; only their blocks are kept in memory.

    Raises:
        InputError: a page cannot be read.
    """
    # Every page is parsed twice, because a note may be on another page than its mark.
    marks = find_all_marks(archive, items)
    is_ended = False
    count = 0
    for item in items:
        root = parse_page(archive.read(item.name), item.name)
        blocks = speak_blocks(root, item.name, marks, first=count)
        count += len(blocks)
        blocks, cut = cut_licence([each for each in blocks if not is_transcribers_note(each)])
        if is_ended:
            blocks = []  # the licence goes on
        is_ended = is_ended or any(map(is_end, cut))
        yield Page(
            name=item.name,
            title=_read_title(root),
            blocks=tuple(blocks),
            meanings=_page_meanings(root) | _meaning_of_links(root, item.name),
            anchor_meanings={
                name: meanings_of(element)
                for element in root.iter()
                for name in anchors_of(element)
                if meanings_of(element)
            },
        )


def find_all_marks(archive: Archive, items: tuple[Item, ...]) -> set[Mark]:
    """Return the marks of notes on all pages; raises InputError as `read_pages`."""
    marks: set[Mark] = set()
    names: set[str] = set()
    for item in items:
        marks.update(find_marks(parse_page(archive.read(item.name), item.name), item.name, names))
        names.add(item.name)
    return marks


def speak_blocks(
    root: Element, name: str, marks: set[Mark], *, first: int, has_nodes: bool = False
) -> list[Block]:
    """Return all blocks of a page, what is left out of the reading later included.

    Args:
        root: The page.
        name: Its file name.
        marks: Of the whole book.
        first: Place of the first block.
        has_nodes: Tell of each block the nodes that it comes from.
    """
    if tag_of(root) == "svg":
        blocks = list(_read_drawn(root))
    else:
        is_note = partial(_is_any_note, find_linked_notes(root, name, marks))
        blocks = speak_tree(root, is_note=is_note, has_nodes=has_nodes)
    return [replace(block, place=first + at) for at, block in enumerate(blocks)]


def _read_drawn(root: Element) -> Iterator[Block]:
    """Yield the words of a drawn page (SVG)."""
    for element in root.iter():
        if tag_of(element) == "text" and (text := text_of(element)):
            nodes: list[TextNode] = [(inner, False) for inner in element.iter()]
            nodes += [(inner, True) for inner in element.iterdescendants()]
            yield Block("paragraph", text, nodes=tuple(nodes))


def _is_any_note(linked: frozenset[Element], element: Element) -> bool:
    return element in linked or is_note(element)


def _read_title(root: Element) -> str:
    for element in root.iter():
        if tag_of(element) == "title":
            return text_of(element)
    return ""


def _meaning_of_links(root: Element, name: str) -> frozenset[str]:
    """Return the word ``toc`` for a page that is hardly more than links."""
    linked = 0
    count = 0
    for element in root.iter():
        link = resolve_link(name, element.get("href") or "") if tag_of(element) == "a" else None
        if link and link.name != name:
            linked += len(text_of(element))
            count += 1
    is_list = count >= MIN_LINKS and linked >= MIN_LINKED_SHARE * len(text_of(root))
    return frozenset({"toc"}) if is_list else frozenset()


def _page_meanings(root: Element) -> frozenset[str]:
    """Return the meanings of the body, and of each element that is the only one inside it."""
    meanings: set[str] = set()
    element = root
    while tag_of(element) in _WRAPPERS:
        meanings |= meanings_of(element)
        inner = [child for child in element if tag_of(child) not in {"", "head"}]
        if len(inner) != 1:
            break
        element = inner[0]
    return frozenset(meanings)
