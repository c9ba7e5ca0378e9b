"""Finds the paragraphs of plain text: joins wrapped lines of prose, keeps lines of verse.

A line was wrapped if the first word of the next line had no room on it. A group of lines between
blank lines is prose if most were wrapped; otherwise the author ended its lines on purpose.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scripts.audiobook.blocks import MAX_VERSE_LINE_CHARACTERS, clean_line, is_verse

WIDEST_PAGE_CHARACTERS = 120
"""In a text with longer lines each line is a paragraph, or a line of verse."""
NARROWEST_PAGE_CHARACTERS = 50
"""A text with only shorter lines is verse; Chinese characters count twice."""
SLACK_CHARACTERS = 4
"""How much shorter than the page's width a wrapped line may be."""
WRAPPED_SHARE = 0.7
"""Least share of wrapped lines that makes a group prose."""

LONGEST_VERSE_LINES = 40
"""In an unwrapped text more short lines in a row are dialogue, if they end as sentences do."""

_CJK = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_JOINED_HYPHEN = re.compile(r"\w-$|--$|—$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[str, ...]
    """The lines of verse, a heading or a list; prose is joined to one line."""


def find_paragraphs(text: str) -> list[Paragraph]:
    r"""Return the paragraphs of `text`, whose lines end in ``\n``."""
    groups = list(_split_at_blank_lines(text))
    width = _find_width(groups)
    return [Paragraph(lines) for group in groups for lines in _part(group, width) if any(lines)]


def join_lines(lines: Sequence[str]) -> str:
    """Join wrapped lines with spaces, but not after a hyphen or between Chinese characters."""
    joined = ""
    for line in map(clean_line, lines):
        if joined and line:
            is_close = _JOINED_HYPHEN.search(joined) or (_is_cjk(joined[-1]) and _is_cjk(line[0]))
            joined += "" if is_close else " "
        joined += line
    return joined


def _split_at_blank_lines(text: str) -> Iterator[list[str]]:
    """Yield the groups of lines between blank lines."""
    group: list[str] = []
    for line in text.replace("\f", "\n\n").split("\n"):
        if line.strip():
            group.append(line.rstrip())
        elif group:
            yield group
            group = []
    if group:
        yield group


def _find_width(groups: Sequence[Sequence[str]]) -> int:
    """Return the page's width in characters; 0 if no line was wrapped."""
    lengths = sorted(len(line) for lines in groups for line in lines[:-1])
    if not lengths or max(len(line) for lines in groups for line in lines) > (
        2 * WIDEST_PAGE_CHARACTERS
    ):
        return 0
    width = lengths[len(lengths) * 9 // 10]
    is_cjk = any(_is_cjk(lines[0].strip()[0]) for lines in groups)
    narrowest = NARROWEST_PAGE_CHARACTERS // 2 if is_cjk else NARROWEST_PAGE_CHARACTERS
    return width if narrowest <= width <= WIDEST_PAGE_CHARACTERS else 0


def _part(group: list[str], width: int) -> Iterator[tuple[str, ...]]:
    """Yield the paragraphs of a group."""
    starts = [0, *_find_indented(group)]
    if width and _is_wrapped(group, starts, width):
        for start, end in pairwise([*starts, len(group)]):
            yield (join_lines(group[start:end]),)
    elif width or _is_verse(group):
        yield tuple(map(clean_line, group))
    else:
        yield from ((clean_line(line),) for line in group)


def _is_verse(group: Sequence[str]) -> bool:
    is_short = all(len(line) <= MAX_VERSE_LINE_CHARACTERS for line in group)
    return is_short and (len(group) <= LONGEST_VERSE_LINES or is_verse(group))


def _find_indented(group: Sequence[str]) -> list[int]:
    """Return the indexes of lines whose indent begins a paragraph."""
    indents = [len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) for line in group]
    margin = min(indents)
    is_hanging = indents[0] == margin and all(indent > margin for indent in indents[1:])
    return [] if is_hanging else [at for at, indent in enumerate(indents) if at and indent > margin]


def _is_wrapped(group: Sequence[str], starts: Sequence[int], width: int) -> bool:
    ends = [at for at in range(1, len(group)) if at not in starts]
    wrapped = sum(_had_no_room(group[at - 1], group[at].strip(), width) for at in ends)
    return wrapped >= WRAPPED_SHARE * len(ends)


def _had_no_room(line: str, following: str, width: int) -> bool:
    """Return whether the first word of `following` would have passed the page's edge."""
    word = 1 if _is_cjk(following[0]) else len(following.split(maxsplit=1)[0])
    return len(line) + 1 + word > width - SLACK_CHARACTERS


def _is_cjk(char: str) -> bool:
    return bool(re.match(f"[{_CJK}]", char))
