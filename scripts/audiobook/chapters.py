"""Divides blocks into chapters at their headings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.book import Chapter
from scripts.audiobook.front_matter import find_reason

MAX_TITLE_CHARACTERS = 200


def find_chapter_level(blocks: Sequence[Block]) -> int:
    """Return the highest level with more than one heading; 0 if there is none.

    Headings of one level in a row, such as a number above a title, count once.
    """
    counts: Counter[int] = Counter()
    before = 0
    for block in (block for block in blocks if block.text):
        level = block.level if block.kind == "heading" else 0
        counts[level] += level != before
        before = level
    return min((level for level, count in counts.items() if level and count > 1), default=0)


def divide_blocks(blocks: Sequence[Block], *, title: str, level: int) -> tuple[Chapter, ...]:
    """Return chapters that begin at headings of `level` or above.

    A heading without text belongs to the next chapter. Text before the first heading is a chapter.

    Args:
        blocks: Blocks in reading order.
        title: The book's title, for a chapter without its own.
        level: Level of the headings, 1 is the highest; 0 makes one chapter of all.
    """
    chapters = []
    for section in _find_sections(blocks, level):
        text = join_blocks(section)
        if text:
            name = _name_section(section, title, level)
            chapters.append(Chapter(name, text, skip_reason=reason_to_skip(name, text)))
    return tuple(chapters)


def reason_to_skip(title: str, text: str) -> str:
    """Return why a chapter of this title is skipped; empty if it belongs to the work."""
    return find_reason(meanings=(), title=title, file_name="", characters=len(text))


def _find_sections(blocks: Sequence[Block], level: int) -> Iterator[list[Block]]:
    section: list[Block] = []
    has_text = False
    # A last heading without text below, such as "The End", begins no chapter.
    last = max((at for at, block in enumerate(blocks) if _is_text(block)), default=0)
    for at, block in enumerate(blocks):
        is_start = block.kind == "heading" and block.level <= level
        if is_start and has_text and at < last:
            yield section
            section = []
            has_text = False
        section.append(block)
        has_text = has_text or _is_text(block)
    yield section


def _is_text(block: Block) -> bool:
    return block.kind != "heading" and bool(block.text)


def _name_section(section: Sequence[Block], title: str, level: int) -> str:
    names: list[str] = []
    for block in section:
        if block.kind != "heading":
            if block.text:
                break
            continue
        is_own = block.level <= level and block.text.casefold() != title.casefold()
        if is_own and block.text not in names:
            names.append(" ".join(block.text.split()))
    name = ": ".join([*(name.rstrip(" .:") for name in names[:-1]), *names[-1:]])
    return name[:MAX_TITLE_CHARACTERS].strip() or title
