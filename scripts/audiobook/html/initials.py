"""Gives words the initials back that a page draws, or sets in a block of their own."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lxml.etree import _Element as Element

from scripts.audiobook.blocks import Block, clean_line, merge_nodes
from scripts.audiobook.html.elements import is_block, text_of

_NAMED = re.compile(
    r".*\b(?:letter|capital|drop[- ]?cap|lettrine|lettre|letra|lettera|initiale?|capitular)\b"
    r"(?:.*[^\w])?(?P<last>[^\W\d_])\W*"
    r"|\W*(?P<first>[^\W\d_])\W.*\b(?:initial|capital|drop[- ]?cap|lettrine|ornate)\b.*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[“‘\"'«¿¡]?[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_WORDS_OF_ONE_LETTER = frozenset("AIOYEÀÉ")


def read_initial(picture: Element) -> str:
    """Return the letter that a picture before the rest of its word shows; empty if none."""
    following = picture.tail or ""
    beside = picture.getnext()
    if not following and beside is not None and not is_block(beside):
        following = text_of(beside)
    if not following[:1].isalpha():
        return ""
    description = clean_line(picture.get("alt") or picture.get("title") or "")
    if len(description) == 1:
        return description
    named = _NAMED.fullmatch(description)
    return (named["last"] or named["first"]).upper() if named else ""


def join_initials(blocks: Sequence[Block]) -> list[Block]:
    """Join each letter that is a paragraph of its own with the word that goes on after it."""
    joined: list[Block] = []
    letter: Block | None = None
    known: Counter[str] | None = None
    for block in blocks:
        if letter and block.kind == "paragraph" and (word := _WORD.match(block.text)):
            if known is None:
                known = Counter(
                    each.casefold() for other in blocks for each in _WORD.findall(other.text)
                )
            if word[0].islower() or (word[0].isupper() and len(word[0]) > 1):
                gap = " " if _stands_alone(letter.text, word[0], known) else ""
                joined[-1] = replace(
                    block,
                    text=f"{letter.text}{gap}{block.text}",
                    anchors=letter.anchors + block.anchors,
                    nodes=merge_nodes((letter, block)),
                )
                letter = None
                continue
        joined.append(block)
        is_letter = block.kind == "paragraph" and _LETTER.fullmatch(block.text)
        letter = block if is_letter and block.text[-1].isupper() else None
    return joined


def _stands_alone(letter: str, word: str, known: Mapping[str, int]) -> bool:
    """Return whether a letter that can be a word is one: what follows is known, both joined not."""
    if letter[-1] not in _WORDS_OF_ONE_LETTER:
        return False
    whole = f"{letter[-1]}{word}".casefold()
    is_word = known.get(word.casefold(), 0) > 1  # it stands here, too
    return word.islower() and len(word) > 1 and is_word and whole not in known
