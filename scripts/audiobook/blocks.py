"""Blocks of text: the paragraphs and headings that every reader returns."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jobs.text.line_breaks import WRAPPED_LINE_CHARACTERS
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Chapter, Footnote
from scripts.audiobook.book_language import mark_foreign

BlockKind = Literal["heading", "paragraph", "item", "row", "verse", "caption", "break", "code"]

TextNode = tuple[Any, bool]
"""An element of a page, and whether its tail is meant instead of its text."""

_JOINERS = re.compile(r"(?<![\u0600-\u06FF\u0900-\u0DFF])[\u200C\u200D]")
"""They shape letters in Arabic and Indic scripts; elsewhere they only split words."""
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_ADDRESS = re.compile(
    r"\s*[<(\[]?(?:https?://|ftp://|www\.|mailto:)[^\s<>]+?(?=[.,;:!?)\]>»”\"']*(?:\s|$))[>)\]]?"
)
_SENTENCE_END = re.compile(r"[.!?…。！？।:][\"'”’»」』)\]]*$")
MIN_VERSE_LINES = 4
MAX_VERSE_LINE_CHARACTERS = 60
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or verse; a scene break; or code, left out."""

    kind: BlockKind
    text: str
    """NFC with single spaces; line breaks only where the author made them. Empty for a break, and
    for code."""
    level: int = 0
    """Level of a heading, 1 is the highest; 0 for all other blocks."""
    language: str = ""
    """Tag that the book marks this block with; empty for the language around it."""
    anchors: tuple[str, ...] = ()
    """Link targets from the end of the block before to the end of this one."""
    place: int = -1
    """Number among all blocks of the book as they are read; -1 where nobody counts them."""
    is_quoted: bool = False
    """It stands in a block quotation."""
    footnote: str = ""
    """Text of a footnote, which has a block of its own; its `text` is empty, as it is not spoken
    unasked."""
    nodes: tuple[TextNode, ...] = ()
    """Where its text stands on the page, in order; only if that was asked for."""


def join_blocks(blocks: Sequence[Block]) -> str:
    """Return the text of a chapter: paragraphs between blank lines, pauses as paragraphs.

    Of several headings only the last is followed by a pause. A break does not count at the start,
    at the end, after another break or after a heading.
    """
    return "\n\n".join(text for text, _ in _join(blocks))


def make_chapter(title: str, blocks: Sequence[Block], skip_reason: str = "") -> Chapter:
    """Return the chapter of some blocks, with what `Chapter` tells of its paragraphs."""
    joined = list(_join(blocks))
    places = tuple(-1 if block is None else block.place for _, block in joined)
    quoted = tuple(block is not None and block.is_quoted for _, block in joined)
    return Chapter(
        title,
        "\n\n".join(text for text, _ in joined),
        skip_reason,
        places=places if any(place >= 0 for place in places) else (),
        quoted=quoted if any(quoted) else (),
        footnotes=tuple(
            Footnote(block.footnote, block.place) for block in blocks if block.footnote
        ),
    )


def merge_nodes(blocks: Iterable[Block]) -> tuple[TextNode, ...]:
    """Return the nodes of blocks that become one, each once."""
    return tuple(dict.fromkeys(node for block in blocks for node in block.nodes))


def _join(blocks: Sequence[Block]) -> Iterator[tuple[str, Block | None]]:
    """Yield the paragraphs of a chapter, each with its block; a pause has none."""
    before: BlockKind | None = None
    for block in blocks:
        if block.kind == "break":
            if before not in {None, "break", "heading"}:
                before = "break"
            continue
        if not block.text:
            continue
        if before == "heading" and block.kind != "heading":
            yield HEADING_PAUSE, None
        if before == "break":
            yield SCENE_BREAK, None
        yield mark_foreign(block.text, block.language), block
        before = block.kind


def join_verse(lines: Sequence[str]) -> str:
    """Return lines that their author ended; a long one would pass for wrapped without an indent."""
    text = ""
    for line in lines:
        is_long = len(text) - text.rfind("\n") - 1 >= WRAPPED_LINE_CHARACTERS
        text += ("\n " if is_long else "\n") * bool(text) + line
    return text


def is_verse(lines: Sequence[str]) -> bool:
    """Return whether short lines in a row are verse: most do not end as sentences do."""
    if len(lines) < MIN_VERSE_LINES or max(map(len, lines)) > MAX_VERSE_LINE_CHARACTERS:
        return False
    return 2 * sum(map(is_open, lines[:-1])) > len(lines) - 1


def is_open(line: str) -> bool:
    """Return whether a line does not end as a sentence does."""
    return not _SENTENCE_END.search(line)


def drop_addresses(text: str) -> str:
    """Return `text` without addresses on the network, which nobody wants to hear."""
    return _ADDRESS.sub("", text).strip() if "://" in text or "www." in text else text


def clean_line(text: str) -> str:
    """Return `text` in NFC on one line, with single spaces and without invisible characters."""
    text = _JOINERS.sub("", _INVISIBLE.sub("", _CONTROLS.sub(" ", text)))
    return " ".join(unicodedata.normalize("NFC", text).split())
