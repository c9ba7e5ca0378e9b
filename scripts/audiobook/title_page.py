"""Tells a book's title page from what is spoken: its dedication and its motto."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scripts.audiobook.blocks import Block

MAX_CHARACTERS = 600
"""A longer page is no title page."""
MIN_SENTENCE_WORDS = 6
_MIN_TITLE_CHARACTERS = 6
"""A shorter title is looked for as a whole line only."""
_MAX_LINE_TIMES = 3
"""A line with the title in it is at most this many times as long."""
_NO_LETTERS = re.compile(r"[\W_]+")
_DEDICATION = re.compile(
    r"(?:for|to|dedicated to|in (?:loving )?memory of|für|meine[mrn]|à|pour|para|per|al|alla|ao|aos"
    r"|a (?:mi|mis|mia|mio|miei|meu|meus|minha|ma|mon|mes|la|los|las|quien|chi|tutti))\s+\w",
    re.IGNORECASE,
)
_PRINTED = re.compile(
    r"\b(?:published|publish|editions?|copyright|press|translated|illustrat\w+|rights|isbn|printed"
    r"|publisher|reprint\w*|gutenberg|ebook|e-book|author of|edited|volume|chapters?"
    r"|édition|éditeur|traduit|traduction|edición|editorial|traducido|edizion\w|tradott\w|traduzione"
    r"|edição|traduzid\w|verlag|auflage|übersetzt)\b|[©®]|\b1[5-9]\d\d\b|\b20\d\d\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'”’»」』)\]]*$")
_FROM = re.compile(r"[—–―-]+\s*\w")


def bears_title(blocks: Sequence[Block], title: str) -> bool:
    """Return whether a short page has a line that is the book's `title`, or hardly more."""
    wanted = [key for key in (_key(title), _key(re.split(r"[:;(—]", title)[0])) if key]
    if not wanted or sum(len(block.text) for block in blocks) > MAX_CHARACTERS:
        return False
    keys = [_key(line) for block in blocks for line in (block.text, *block.text.split("\n"))]
    keys.append(_key("".join(block.text for block in blocks if block.kind == "heading")))
    return any(key in wanted or _holds(key, wanted[0]) for key in keys)


def find_spoken(blocks: Sequence[Block], authors: str) -> list[Block]:
    """Return the blocks of a title page that are spoken: a dedication, a motto and whose it is.

    Args:
        blocks: Of the page.
        authors: Names, separated by commas.
    """
    spoken: list[Block] = []
    names = {_key(name) for name in authors.split(",")}
    before: Block | None = None
    for block in blocks:
        is_source = before is not None and before in spoken and _FROM.match(block.text)
        is_own = block.kind not in {"heading", "break"} and _key(block.text) not in names
        if is_own and block.text and (is_source or _is_spoken(block.text)):
            spoken.append(block)
        before = block
    return spoken


def _is_spoken(text: str) -> bool:
    if _PRINTED.search(text) or (text == text.upper() and text != text.lower()):
        return False
    if _DEDICATION.match(text):
        return True
    return len(text.split()) >= MIN_SENTENCE_WORDS and bool(_SENTENCE_END.search(text))


def _holds(line: str, title: str) -> bool:
    return (
        len(title) >= _MIN_TITLE_CHARACTERS
        and title in line
        and len(line) <= _MAX_LINE_TIMES * len(title)
    )


def _key(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()
