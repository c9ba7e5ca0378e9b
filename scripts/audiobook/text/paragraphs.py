"""Finds the paragraphs of plain text: lines wrapped at a page's width are joined, verse is not.

A line was wrapped if the first word of the next one had no room on it. Where most lines of a
stretch between blank lines were, it is prose; where they were not, its lines end on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scripts.audiobook.blocks import clean_line

WIDEST_PAGE_CHARACTERS = 120
"""A text with longer lines is not wrapped: each line is a paragraph, or a line of verse."""
NARROWEST_PAGE_CHARACTERS = 50
"""A text whose lines are all shorter is verse; Chinese characters are twice as wide."""
SLACK_CHARACTERS = 4
"""What the usual width may fall short of the widest."""
WRAPPED_SHARE = 0.7
"""Of the lines of a stretch that must have been wrapped for it to be prose."""

LONGEST_VERSE_LINE_CHARACTERS = 60
LONGEST_VERSE_LINES = 40
"""In a text that is not wrapped: more short lines in a row are dialogue."""

_CJK = "\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef"
_JOINED_HYPHEN = re.compile(r"\w-$|--$|—$")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together."""

    lines: tuple[str, ...]
    """Of verse, a heading or a list: as they were broken; of prose one, joined."""


def find_paragraphs(text: str) -> list[Paragraph]:
    r"""Return the paragraphs of `text`, whose lines end in ``\n``."""
    stretches = list(_find_stretches(text))
    width = _find_width(stretches)
    return [
        Paragraph(lines) for stretch in stretches for lines in _part(stretch, width) if any(lines)
    ]


def join_lines(lines: Sequence[str]) -> str:
    """Put wrapped lines in a row: no space after a hyphen, nor between Chinese characters."""
    joined = ""
    for line in map(clean_line, lines):
        if joined and line:
            is_close = _JOINED_HYPHEN.search(joined) or (_is_cjk(joined[-1]) and _is_cjk(line[0]))
            joined += "" if is_close else " "
        joined += line
    return joined


def _find_stretches(text: str) -> Iterator[list[str]]:
    """Yield what stands between blank lines."""
    stretch: list[str] = []
    for line in text.replace("\f", "\n\n").split("\n"):
        if line.strip():
            stretch.append(line.rstrip())
        elif stretch:
            yield stretch
            stretch = []
    if stretch:
        yield stretch


def _find_width(stretches: Sequence[Sequence[str]]) -> int:
    """Return how wide the page was; 0 where no line was wrapped."""
    lengths = sorted(len(line) for lines in stretches for line in lines[:-1])
    if not lengths or max(len(line) for lines in stretches for line in lines) > (
        2 * WIDEST_PAGE_CHARACTERS
    ):
        return 0
    width = lengths[len(lengths) * 9 // 10]
    is_cjk = any(_is_cjk(lines[0].strip()[0]) for lines in stretches)
    narrowest = NARROWEST_PAGE_CHARACTERS // 2 if is_cjk else NARROWEST_PAGE_CHARACTERS
    return width if narrowest <= width <= WIDEST_PAGE_CHARACTERS else 0


def _part(stretch: list[str], width: int) -> Iterator[tuple[str, ...]]:
    """Yield the paragraphs of a stretch without blank lines."""
    starts = [0, *_find_indented(stretch)]
    if width and _is_wrapped(stretch, starts, width):
        for start, end in pairwise([*starts, len(stretch)]):
            yield (join_lines(stretch[start:end]),)
    elif width or (
        len(stretch) <= LONGEST_VERSE_LINES
        and all(len(line) <= LONGEST_VERSE_LINE_CHARACTERS for line in stretch)
    ):
        yield tuple(map(clean_line, stretch))
    else:
        yield from ((clean_line(line),) for line in stretch)


def _find_indented(stretch: Sequence[str]) -> list[int]:
    """Return which lines begin a paragraph by their indent."""
    indents = [len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) for line in stretch]
    margin = min(indents)
    is_hanging = indents[0] == margin and all(indent > margin for indent in indents[1:])
    return [] if is_hanging else [at for at, indent in enumerate(indents) if at and indent > margin]


def _is_wrapped(stretch: Sequence[str], starts: Sequence[int], width: int) -> bool:
    ends = [at for at in range(1, len(stretch)) if at not in starts]
    wrapped = sum(_had_no_room(stretch[at - 1], stretch[at].strip(), width) for at in ends)
    return wrapped >= WRAPPED_SHARE * len(ends)


def _had_no_room(line: str, following: str, width: int) -> bool:
    """Say whether the first word of the line `following` would have passed the page's edge."""
    word = 1 if _is_cjk(following[0]) else len(following.split(maxsplit=1)[0])
    return len(line) + 1 + word > width - SLACK_CHARACTERS


def _is_cjk(char: str) -> bool:
    return bool(re.match(f"[{_CJK}]", char))
