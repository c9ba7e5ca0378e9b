"""Cuts the pages of an EPUB into stretches that become chapters, and says which are the work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.chapters import find_chapter_level
from scripts.audiobook.epub.pages import Page
from scripts.audiobook.epub.table_of_contents import Contents, Entry
from scripts.audiobook.front_matter import LONG_KINDS, find_reason, title_reason
from scripts.audiobook.html.links import Link

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


MAX_TITLE_HEADINGS = 3
"""No more headings than this make up a chapter's title."""


@dataclass(slots=True)
class Stretch:
    """A stretch of the book that becomes a chapter."""

    title: str
    """From the table of contents, else from its headings; may be empty."""
    page: Page
    """Where it begins."""
    blocks: tuple[Block, ...]
    is_named: bool
    """The table of contents names it."""
    reason: str = ""
    """Why it is no part of the work; empty if it is."""
    is_part: bool = False
    """It may be the title of a part of the book."""

    @property
    def starts_with_heading(self) -> bool:
        """Say whether a heading stands before its text."""
        return next((block.kind == "heading" for block in self.blocks if block.text), False)


def cut_stretches(pages: Sequence[Page], contents: Contents) -> list[Stretch]:
    """Return the stretches of a book in reading order.

    What stands before the first named place of a page goes with the section before it, and so does
    a page that is not named; but front and back matter always stands by itself.
    """
    starts_by_page = find_starts(pages, contents.entries)
    stretches: list[Stretch] = []
    is_named = bool(contents.entries)
    for page in pages:
        starts = starts_by_page[page.name]
        first = starts[0].block if starts else len(page.blocks)
        if any(block.text for block in page.blocks[:first]):
            unnamed = _make_stretch(page, Start(0), first, contents, is_named=False)
            _add_unnamed(stretches, unnamed)
        ends = [start.block for start in starts[1:]] + [len(page.blocks)]
        for start, end in zip(starts, ends, strict=bool(starts)):
            stretches.append(_make_stretch(page, start, end, contents, is_named=is_named))
    return stretches


def title_from_headings(blocks: Sequence[Block]) -> str:
    """Return the headings that `blocks` begin with, as one title; empty if there are none."""
    title = ""
    for block in [block for block in blocks if block.text][:MAX_TITLE_HEADINGS]:
        if block.kind != "heading":
            break
        joint = "" if not title else " " if title[-1] in ".:!?…—" else ": "
        title += joint + block.text
    return title


def _make_stretch(
    page: Page, start: Start, end: int, contents: Contents, *, is_named: bool
) -> Stretch:
    blocks = page.blocks[start.block : end]
    places = {Link(page.name, start.fragment)} | ({Link(page.name)} if start.block == 0 else set())
    meanings = page.meanings | page.anchor_meanings.get(start.fragment, frozenset())
    meanings |= {kind for kind, link in contents.landmarks if link in places}
    title = start.title or title_from_headings(blocks)
    fills_page = start.block == 0 and end == len(page.blocks)
    return Stretch(
        title=title,
        page=page,
        blocks=blocks,
        reason=find_reason(
            meanings=meanings,
            title=title,
            file_name=page.name if fills_page else "",
            characters=len(join_blocks(blocks)),
        ),
        is_named=is_named,
        is_part=start.has_children or bool(PART_TITLE.match(title)),
    )


def _add_unnamed(stretches: list[Stretch], unnamed: Stretch) -> None:
    before = stretches[-1] if stretches else None
    if unnamed.reason or before is None or not before.is_named or _ends(before, unnamed):
        stretches.append(unnamed)
    else:
        before.blocks += unnamed.blocks


def _ends(before: Stretch, unnamed: Stretch) -> bool:
    """Say whether a skipped stretch is over, so that no page of the work is skipped with it."""
    if not before.reason:
        return False
    return unnamed.starts_with_heading or before.reason not in LONG_KINDS
