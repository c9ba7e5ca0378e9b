"""Decides from tags and classes whether text is a heading, verse, list item or scene break."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import (
    classes_of,
    has_blocks,
    is_block,
    language_of,
    meanings_of,
    tag_of,
    text_of,
)

MAX_HEADING_CHARACTERS = 150
"""A longer paragraph is no heading, whatever its class says."""
_HEADING_TAGS = {f"h{level}": level for level in range(1, 7)}
_HEADING_MEANINGS = frozenset(
    {"title", "subtitle", "fulltitle", "covertitle", "ordinal", "bridgehead", "heading"}
)
_HEADING_CLASSES = re.compile(
    r"^(?:chapter|chap|ch|part|book|section|story)?[-_]?(?:title|heading|subtitle|number|head)s?\d*$"
)
DEFAULT_HEADING_LEVEL = 2
"""Level of a heading without one; most pages use it for chapter titles."""
_VERSE_MEANINGS = frozenset({"poem", "verse", "song", "hymn", "lyrics"})
_VERSE_CLASSES = frozenset(
    {"poem", "poems", "poetry", "poetry-container", "verse", "verses", "stanza", "lyrics", "song"}
)
_LINE_CLASSES = re.compile(r"^(?:line|l|verse(?:-?line)?|poem-?line|indent\d*|i\d+)$")
_BREAK_CLASSES = re.compile(
    r"^(?:scene-?_?break|section-?_?break|thought-?_?break|text-?_?break|space-?_?break|asterism"
    r"|ornament(?:al)?(?:-?break)?|dinkus|fleuron|separator|divider|tb)s?\d*$"
)


@dataclass(frozen=True, slots=True)
class BlockStyle:
    """The style of a text, from the elements around it."""

    kind: Literal["heading", "paragraph", "item", "caption"] = "paragraph"
    level: int = 0
    """Level of a heading; 0 for all others."""
    is_verse: bool = False
    is_preformatted: bool = False
    is_quoted: bool = False
    """It stands in a block quotation."""
    language: str = ""
    """Tag; empty for the language of the page."""


def style_of(element: Element, around: BlockStyle) -> BlockStyle:
    """Return the style of a block `element` within the style `around`."""
    tag = tag_of(element)
    if tag not in {"html", "body"} and (language := language_of(element)):
        around = replace(around, language=language)
    if level := _heading_level(element, tag):
        return replace(around, kind="heading", level=level)
    if tag in {"li", "dt", "dd"}:
        around = replace(around, kind="item")
    elif tag in {"figcaption", "caption"}:
        around = replace(around, kind="caption")
    is_verse = bool(meanings_of(element) & _VERSE_MEANINGS or classes_of(element) & _VERSE_CLASSES)
    return replace(
        around,
        is_verse=around.is_verse or is_verse,
        is_preformatted=around.is_preformatted or tag == "pre",
        is_quoted=around.is_quoted or tag == "blockquote",
    )


def is_line(element: Element, around: BlockStyle) -> bool:
    """Return whether a block is a line of verse and no paragraph."""
    if not around.is_verse or has_blocks(element):
        return False
    if any(_LINE_CLASSES.match(name) for name in classes_of(element)):
        return True
    return tag_of(element) == "div" and not any(tag_of(inner) == "br" for inner in element.iter())


def is_break(element: Element) -> bool:
    """Return whether `element` is a scene break: a rule, or an ornament by its class."""
    if tag_of(element) == "hr":
        return True
    if not (is_block(element) or tag_of(element) == "img"):
        return False
    if not any(_BREAK_CLASSES.match(name) for name in classes_of(element)):
        return False
    return not any(char.isalnum() for char in text_of(element))


def _heading_level(element: Element, tag: str) -> int:
    if tag in _HEADING_TAGS:
        return _HEADING_TAGS[tag]
    if tag not in {"p", "div", "header"} or has_blocks(element):
        return 0
    meanings = meanings_of(element)
    if "heading" in meanings and (element.get("aria-level") or "").isdecimal():
        return int(element.get("aria-level"))
    parent = element.getparent()
    if meanings & _HEADING_MEANINGS or (parent is not None and tag_of(parent) == "hgroup"):
        return DEFAULT_HEADING_LEVEL
    if not any(_HEADING_CLASSES.match(name) for name in classes_of(element)):
        return 0
    return DEFAULT_HEADING_LEVEL if len(text_of(element)) <= MAX_HEADING_CHARACTERS else 0
