"""Blocks of text: the paragraphs and headings that every reader returns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK

BlockKind = Literal["heading", "paragraph", "item", "row", "verse", "caption", "break"]

_JOINERS = re.compile(r"(?<![\u0600-\u06FF\u0900-\u0DFF])[\u200C\u200D]")
"""They shape letters in Arabic and Indic scripts; elsewhere they only split words."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or verse; or a scene break."""

    kind: BlockKind
    text: str
    """NFC with single spaces; line breaks only where the author made them. Empty for a break."""
    level: int = 0
    """Level of a heading, 1 is the highest; 0 for all other blocks."""
    anchors: tuple[str, ...] = ()
    """Link targets from the end of the block before to the end of this one."""


def join_blocks(blocks: Sequence[Block]) -> str:
    """Return the text of a chapter: paragraphs between blank lines, pauses as paragraphs.

    Of several headings only the last is followed by a pause. A break does not count at the start,
    at the end, after another break or after a heading.
    """
    paragraphs: list[str] = []
    before: BlockKind | None = None
    for block in blocks:
        if block.kind == "break":
            if before not in {None, "break", "heading"}:
                before = "break"
            continue
        if not block.text:
            continue
        if before == "heading" and block.kind != "heading":
            paragraphs.append(HEADING_PAUSE)
        if before == "break":
            paragraphs.append(SCENE_BREAK)
        paragraphs.append(block.text)
        before = block.kind
    return "\n\n".join(paragraphs)


def clean_line(text: str) -> str:
    """Return `text` in NFC on one line, with single spaces and without invisible characters."""
    text = _JOINERS.sub("", _INVISIBLE.sub("", _CONTROLS.sub(" ", text)))
    return " ".join(unicodedata.normalize("NFC", text).split())
