"""Cuts the pages of an EPUB into stretches that become chapters, and says which are the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.audiobook.archive import Link
from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.contents import Contents
from scripts.audiobook.front_matter import LONG_KINDS, find_reason
from scripts.audiobook.pages import Page
from scripts.audiobook.starts import PART_TITLE, Start, find_starts

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
