"""Where the chapters of an EPUB begin: as its table of contents says, else at its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.audiobook.archive import Link
from scripts.audiobook.chapters import find_chapter_level
from scripts.audiobook.contents import Entry
from scripts.audiobook.front_matter import title_reason
from scripts.audiobook.pages import Page

PART_TITLE = re.compile(
    r"\W*(?:(?:part|book|volume|teil|buch|band|partie|livre|tome|parte|libro|volumen|livro)\b"
    r"|第\s*\w+\s*[部卷巻編篇])",
    re.IGNORECASE,
)
"""How the title of a part begins that has chapters of its own."""


@dataclass(frozen=True, slots=True)
class Start:
    """The beginning of a chapter on a page."""

    block: int
    """Index of its first block."""
    title: str = ""
    """Empty where the table of contents gives none."""
    fragment: str = ""
    """The name on the page that the table of contents gives."""
    has_children: bool = False
    """The table of contents has lines below it."""


def find_starts(pages: Sequence[Page], entries: tuple[Entry, ...]) -> dict[str, list[Start]]:
    """Return where chapters begin on each page, by the page's name, in order."""
    picked = list(_pick(entries))
    if picked and not _names_only_the_start(picked, pages):
        return {page.name: _find_named(page, picked) for page in pages}
    level = find_chapter_level([block for page in pages for block in page.blocks])
    return {page.name: _find_headings(page, level) for page in pages}


def _names_only_the_start(picked: Sequence[Entry], pages: Sequence[Page]) -> bool:
    """Say whether all lines lead to one page while others bear headings: a contents of no use."""
    named = {entry.link.name for entry in picked if entry.link}
    headed = [page for page in pages if page.blocks and page.blocks[0].kind == "heading"]
    works = [page for page in headed if not title_reason(page.blocks[0].text)]
    return len(picked) == 1 and sum(page.name not in named for page in works) > 1


def _pick(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Yield the lines that are chapters.

    Lines below a chapter that lead into its own page are sections of it. They are chapters
    themselves if some lead to other pages, and below a part or the book's own title.
    """
    works = [entry for entry in entries if not title_reason(entry.title)]
    for entry in entries:
        if entry.link:
            yield entry
        pages = {link.name for link in _links_below(entry)}
        is_chapter = entry.link and pages <= {entry.link.name}
        is_frame = works == [entry] or PART_TITLE.match(entry.title)
        if not is_chapter or is_frame:
            yield from _pick(entry.children)


def _links_below(entry: Entry) -> Iterator[Link]:
    for child in entry.children:
        if child.link:
            yield child.link
        yield from _links_below(child)


def _find_named(page: Page, entries: Sequence[Entry]) -> list[Start]:
    """Return where the named sections of a page begin, each place once, in order."""
    found: dict[int, Entry] = {}
    for entry in entries:
        if entry.link and entry.link.name == page.name:
            found.setdefault(page.find(entry.link.fragment, entry.title), entry)
    starts: list[Start] = []
    for block in sorted(found):
        free = starts[-1].block + 1 if starts else 0
        entry = found[block]
        fragment = entry.link.fragment if entry.link else ""
        first = _with_headings(page, block, free)
        starts.append(Start(first, entry.title, fragment, bool(entry.children)))
    return starts


def _with_headings(page: Page, block: int, free: int) -> int:
    """Return the first of the headings that stand directly above `block`, from `free` on."""
    while block > free and page.blocks[block - 1].kind in {"heading", "break"}:
        block -= 1
    return block


def _find_headings(page: Page, level: int) -> list[Start]:
    """Return the start of the page and its headings of `level` that follow other text."""
    starts = [Start(0)]
    before = "heading"
    for index, block in enumerate(page.blocks):
        if block.kind == "heading" and block.level <= level and before != "heading":
            starts.append(Start(index))
        if block.text:
            before = block.kind
    return starts
