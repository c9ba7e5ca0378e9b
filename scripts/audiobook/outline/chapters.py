"""Divides blocks into chapters at their headings, and names chapters after their parts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from statistics import median

from scripts.audiobook.blocks import Block, join_blocks, make_chapter
from scripts.audiobook.book import Chapter
from scripts.audiobook.outline.front_matter import find_reason, title_reason
from scripts.audiobook.outline.headings import CHAPTER_LEVEL, is_part, read_heading

MAX_TITLE_CHARACTERS = 200
LONG_SECTION_CHARACTERS = 100_000
"""About an hour and three quarters: sections of this length have chapters of their own."""
_CHAPTERS_A_PART = 3


@dataclass(slots=True)
class _Level:
    """The headings of one level; several in a row count once, such as a number above a title."""

    headings: list[str] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    """Characters from each heading to the next of its level or above."""

    def holds(self, wanted: int) -> bool:
        """Return whether most of its headings are plain ones of the level `wanted`."""
        found = map(read_heading, self.headings)
        fit = sum(bool(each and each.kind == "plain" and each.level == wanted) for each in found)
        return 2 * fit > len(self.headings)


def find_chapter_level(blocks: Sequence[Block], title: str = "") -> int:
    """Return the level of the headings that begin chapters; 0 if there is none.

    It is the highest level with several headings, but the next one below parts, below headings that
    are all the same, and below sections of hours. The book's own `title` does not count.
    """
    levels = _read_levels(blocks, title)
    several = sorted(level for level, found in levels.items() if len(found.headings) > 1)
    for level, below in pairwise(several):
        upper, lower = levels[level], levels[below]
        if len(lower.headings) < len(upper.headings):
            return level
        is_same = len(set(map(str.casefold, upper.headings))) == 1
        holds_parts = sum(map(is_part, upper.headings)) * 2 >= len(upper.headings)
        holds_chapters = lower.holds(CHAPTER_LEVEL) and not upper.holds(CHAPTER_LEVEL)
        is_long = median(upper.lengths) > LONG_SECTION_CHARACTERS and len(
            lower.headings
        ) >= _CHAPTERS_A_PART * len(upper.headings)
        if not (is_same or holds_parts or holds_chapters or is_long):
            return level
    return several[-1] if several else 0


def divide_blocks(blocks: Sequence[Block], *, title: str, level: int) -> tuple[Chapter, ...]:
    """Return chapters that begin at headings of `level` or above.

    A heading without text belongs to the next chapter. Text before the first heading is a chapter.

    Args:
        blocks: Blocks in reading order.
        title: The book's title, for a chapter without its own.
        level: Level of the headings, 1 is the highest; 0 makes one chapter of all.
    """
    chapters: list[Chapter] = []
    parts: list[tuple[tuple[str, ...], str]] = []
    levels = _read_levels(blocks, title).items()
    several = {each for each, found in levels if each < level and len(found.headings) > 1}
    above: dict[int, str] = {}
    for section in map(_drop_empty_contents, _find_sections(blocks, level)):
        for block in section:
            if block.kind == "heading" and block.level in several:
                above = {each: name for each, name in above.items() if each < block.level}
                above[block.level] = " ".join(block.text.split())
        if text := join_blocks(section):
            own = _name_section(section, title, range(level, level + 1))
            name = _join_names([_name_section(section, title, range(1, level)), own])
            name = name[:MAX_TITLE_CHARACTERS].strip() or title
            chapters.append(make_chapter(name, section, reason_to_skip(name, text)))
            parts.append((tuple(above.values()), own or name))
    names = name_below_parts(parts, [chapter.title for chapter in chapters])
    return tuple(
        replace(chapter, title=name) for name, chapter in zip(names, chapters, strict=True)
    )


def name_below_parts(
    titles: Sequence[tuple[Sequence[str], str]], names: Sequence[str]
) -> list[str]:
    """Return `names`, but with their parts' before them where several chapters bear one title.

    Args:
        titles: The parts around each chapter, the outermost first, and the chapter's title alone.
        names: What it is called where no other has its title.
    """
    found = list(names)
    keys = [own.casefold() for _, own in titles]
    for depth in range(1, 1 + max((len(parts) for parts, _ in titles), default=0)):
        counts = Counter(keys)
        for at, (parts, own) in enumerate(titles):
            if counts[keys[at]] > 1 and len(parts) >= depth and parts[-1] != own:
                path = [part.rstrip(" .:") for part in parts[-depth:]]
                found[at] = ", ".join([*path, own])[:MAX_TITLE_CHARACTERS]
        keys = [
            name.casefold() if name != old else key
            for name, old, key in zip(found, names, keys, strict=True)
        ]
    return found


def reason_to_skip(title: str, text: str) -> str:
    """Return why a chapter of this title is skipped; empty if it belongs to the work."""
    return find_reason(meanings=(), title=title, file_name="", text=text)


def _read_levels(blocks: Sequence[Block], title: str) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    before = 0
    for block in (block for block in blocks if block.text):
        level = block.level if block.kind == "heading" else 0
        if level and level != before and block.text.casefold() != title.casefold():
            found = levels.setdefault(level, _Level())
            found.headings.append(block.text)
            found.lengths.append(0)
        for upper, found in levels.items():
            if not level or upper < level:
                found.lengths[-1] += len(block.text)
        before = level
    return levels


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


def _drop_empty_contents(section: list[Block]) -> list[Block]:
    """Drop headings of front matter with nothing below them, such as "Contents"."""
    kept = [
        block
        for block, following in zip_longest(section, section[1:])
        if not (
            following is not None
            and block.kind == following.kind == "heading"
            and block.level >= following.level
            and title_reason(block.text)
        )
    ]
    return kept or section


def _name_section(section: Sequence[Block], title: str, levels: range) -> str:
    """Join the first headings of a section that have one of `levels`."""
    names: list[str] = []
    for block in section:
        if block.kind != "heading":
            if block.text:
                break
            continue
        if block.level not in levels or block.text.casefold() == title.casefold():
            continue
        if block.text in names:
            continue
        found = read_heading(block.text)
        if found and names and not all(map(is_part, names)):
            names.clear()  # the headings above have nothing below them
        names.append(" ".join(block.text.split()))
    return _join_names(names)


def _join_names(names: Sequence[str]) -> str:
    named = [name for name in names if name]
    return ": ".join([*(name.rstrip(" .:") for name in named[:-1]), *named[-1:]])
