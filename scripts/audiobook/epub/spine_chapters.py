"""Cuts the pages of an EPUB into sections, the later chapters; marks front and back matter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.epub.pages import Page
from scripts.audiobook.epub.table_of_contents import Contents, Entry, iterate_links
from scripts.audiobook.html.links import PageLink
from scripts.audiobook.outline.chapters import LONG_SECTION_CHARACTERS, find_chapter_level
from scripts.audiobook.outline.front_matter import LONG_KINDS, find_reason, title_reason
from scripts.audiobook.outline.headings import is_part, read_heading


@dataclass(frozen=True, slots=True)
class ChapterStart:
    """The beginning of a chapter on a page."""

    block: int
    """Index of its first block."""
    title: str = ""
    """Empty if the table of contents gives none."""
    fragment: str = ""
    """The anchor on the page that the table of contents links to."""
    has_children: bool = False
    """The table of contents has entries below it."""
    parts: tuple[str, ...] = ()
    """Titles of the entries above it, the outermost first."""


_Picked = tuple[Entry, tuple[str, ...]]
"""An entry that is a chapter, and the titles of those above it."""


def find_chapter_starts(
    pages: Sequence[Page], entries: tuple[Entry, ...], title: str
) -> dict[str, list[ChapterStart]]:
    """Return the chapter starts of each page, by the page's name, in order.

    Args:
        pages: Of the book.
        entries: Of its table of contents.
        title: The book's.
    """
    lengths = {page.name: sum(len(block.text) for block in page.blocks) for page in pages}
    picked = list(_pick(entries, lengths, ()))
    if picked and not _names_only_the_start(picked, pages):
        by_page: dict[str, list[_Picked]] = {page.name: [] for page in pages}
        for entry, parts in picked:
            if entry.link and entry.link.name in by_page:
                by_page[entry.link.name].append((entry, parts))
        return {page.name: _find_named(page, by_page[page.name]) for page in pages}
    level = find_chapter_level([block for page in pages for block in page.blocks], title)
    return {page.name: _find_headings(page, level) for page in pages}


def _names_only_the_start(picked: Sequence[_Picked], pages: Sequence[Page]) -> bool:
    """Return whether the contents has one entry while other pages have headings: it is useless."""
    named = {entry.link.name for entry, _ in picked if entry.link}
    headed = [page for page in pages if page.blocks and page.blocks[0].kind == "heading"]
    works = [page for page in headed if not title_reason(page.blocks[0].text)]
    return len(picked) == 1 and sum(page.name not in named for page in works) > 1


def _pick(
    entries: tuple[Entry, ...], lengths: Mapping[str, int], parts: tuple[str, ...]
) -> Iterator[_Picked]:
    """Yield the entries that are chapters.

    Entries below a chapter that all link into its own page are parts of it. They are chapters if
    some link to other pages, if they say that they are, if the page takes hours, or if the entry
    above is a part or the book's own title.
    """
    works = [entry for entry in entries if not title_reason(entry.title)]
    for entry in entries:
        if entry.link:
            yield entry, parts
        is_frame = works == [entry] or is_part(entry.title)
        if is_frame or not _holds_sections(entry, lengths):
            is_whole = works == [entry] and not is_part(entry.title)
            yield from _pick(entry.children, lengths, parts if is_whole else (*parts, entry.title))


def _holds_sections(entry: Entry, lengths: Mapping[str, int]) -> bool:
    """Return whether the entries below a chapter are only sections of it."""
    pages = {link.name for link in iterate_links(entry.children)}
    if not entry.link or not pages <= {entry.link.name}:
        return False
    found = [read_heading(child.title) for child in entry.children]
    named = sum(bool(each and each.kind == "plain") for each in found)
    is_long = lengths.get(entry.link.name, 0) > LONG_SECTION_CHARACTERS
    return 2 * named <= len(found) and not (is_long and len(found) >= MIN_CHAPTERS)


def _find_named(page: Page, entries: Sequence[_Picked]) -> list[ChapterStart]:
    """Return the starts of the named chapters on a page, each place once, in order."""
    found: dict[int, _Picked] = {}
    for entry, parts in entries:
        if entry.link:
            at = page.find(entry.link.fragment, entry.title)
            above = found.get(at, (entry, parts))[0]
            # Of a part and its first chapter in one place the chapter has the name.
            is_below = is_part(above.title) and parts[-1:] == (above.title,)
            if at not in found or is_below:
                found[at] = (entry, parts)
    starts: list[ChapterStart] = []
    for block in sorted(found):
        free = starts[-1].block + 1 if starts else 0
        entry, parts = found[block]
        fragment = entry.link.fragment if entry.link else ""
        first = _with_headings(page, block, free)
        starts.append(ChapterStart(first, entry.title, fragment, bool(entry.children), parts))
    return starts


def _with_headings(page: Page, block: int, free: int) -> int:
    """Return the first of the headings directly above `block`, but none before `free`."""
    while block > free and page.blocks[block - 1].kind in {"heading", "break"}:
        block -= 1
    return block


def _find_headings(page: Page, level: int) -> list[ChapterStart]:
    """Return the start of the page and every heading of `level` that follows other text."""
    starts = [ChapterStart(0)]
    before = "heading"
    for index, block in enumerate(page.blocks):
        if block.kind == "heading" and block.level <= level and before != "heading":
            starts.append(ChapterStart(index))
        if block.text:
            before = block.kind
    return starts


MIN_CHAPTERS = 3
"""Entries below one of hours are chapters if there are at least this many."""
MAX_TITLE_HEADINGS = 3
"""A chapter's title is made of at most this many headings."""


@dataclass(slots=True)
class Section:
    """Consecutive blocks that become a chapter."""

    title: str
    """From the table of contents, else from its headings; may be empty."""
    page: Page
    """Page of its first block."""
    blocks: tuple[Block, ...]
    is_named: bool
    """The table of contents names it."""
    reason: str = ""
    """Why it is skipped; empty if it belongs to the work."""
    is_part: bool = False
    """It may be the title page of a part of the book."""
    has_children: bool = False
    """The table of contents has entries below it."""
    parts: tuple[str, ...] = ()
    """Titles of the parts that it belongs to, the outermost first."""

    @property
    def starts_with_heading(self) -> bool:
        """Its first block with text is a heading."""
        return next((block.kind == "heading" for block in self.blocks if block.text), False)


def cut_sections(pages: Sequence[Page], contents: Contents, title: str) -> list[Section]:
    """Return the sections of a book in reading order.

    Blocks before the first named chapter of a page are added to the section before, and so is a
    page that is not named; but front and back matter is always a section of its own.
    """
    starts_by_page = find_chapter_starts(pages, contents.entries, title)
    sections: list[Section] = []
    is_named = bool(contents.entries)
    for page in pages:
        starts = starts_by_page[page.name]
        first = starts[0].block if starts else len(page.blocks)
        if any(block.text for block in page.blocks[:first]):
            unnamed = _make_section(page, ChapterStart(0), first, contents, is_named=False)
            _add_unnamed(sections, unnamed)
        ends = [start.block for start in starts[1:]] + [len(page.blocks)]
        for start, end in zip(starts, ends, strict=bool(starts)):
            sections.append(_make_section(page, start, end, contents, is_named=is_named))
    part: tuple[str, ...] = ()
    for section in sections:  # a contents without levels names parts and chapters in one row
        if is_part(section.title):
            part = (section.title,)
        elif not section.parts:
            section.parts = part
    return sections


def title_from_headings(blocks: Sequence[Block]) -> str:
    """Join the headings that `blocks` begin with to one title; empty if there are none."""
    title = ""
    for block in [block for block in blocks if block.text][:MAX_TITLE_HEADINGS]:
        if block.kind != "heading":
            break
        joint = "" if not title else " " if title[-1] in ".:!?…—" else ": "
        title += joint + block.text
    return title


def _make_section(
    page: Page, start: ChapterStart, end: int, contents: Contents, *, is_named: bool
) -> Section:
    blocks = page.blocks[start.block : end]
    places = {PageLink(page.name, start.fragment)} | (
        {PageLink(page.name)} if start.block == 0 else set()
    )
    meanings = page.meanings | page.anchor_meanings.get(start.fragment, frozenset())
    meanings |= {kind for kind, link in contents.landmarks if link in places}
    title = start.title or title_from_headings(blocks)
    fills_page = start.block == 0 and end == len(page.blocks)
    return Section(
        title=title,
        page=page,
        blocks=blocks,
        reason=find_reason(
            meanings=meanings,
            title=title,
            file_name=page.name if fills_page else "",
            text=join_blocks(blocks),
        ),
        is_named=is_named,
        is_part=start.has_children or is_part(title),
        has_children=start.has_children,
        parts=start.parts,
    )


def _add_unnamed(sections: list[Section], unnamed: Section) -> None:
    before = sections[-1] if sections else None
    if unnamed.reason or before is None or not before.is_named or _ends(before, unnamed):
        sections.append(unnamed)
    else:
        before.blocks += unnamed.blocks


def _ends(before: Section, unnamed: Section) -> bool:
    """Return whether a skipped section ends here, so that no page of the work is skipped too."""
    if not before.reason:
        return False
    return unnamed.starts_with_heading or before.reason not in LONG_KINDS
