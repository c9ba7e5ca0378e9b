"""Tells a book's title page from what is spoken: its dedication and its motto."""

import re
from collections.abc import Sequence
from dataclasses import replace

from scripts.audiobook.blocks import Block

MAX_CHARACTERS = 600
"""A longer page is no title page."""
MIN_SENTENCE_WORDS = 6
MIN_SENTENCE_CHARACTERS = 10
"""In languages that write no spaces."""
MAX_WORDS_CHARACTERS = 50
"""Longest title made of a page's first words."""
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
MAX_BYLINE_CHARACTERS = 100
_BYLINE = re.compile(r"(?:by|written by|von|par|por|di|da|de|लेखक|作者|著者)[\s:：]", re.IGNORECASE)
_PRINTED = re.compile(
    r"\b(?:published|publish|editions?|copyright|press|translated|illustrat\w+|rights|isbn|printed"
    r"|publisher|reprint\w*|gutenberg|e-?books?|e-?texts?|prepared|transcribed|scanned"
    r"|proofread\w*|author of|edited|volume|chapters?"
    r"|édition|éditeur|traduit|traduction|edición|editorial|traducido|edizion\w|tradott\w|traduzione"
    r"|edição|traduzid\w|verlag|auflage|übersetzt)\b|[©®]|\b1[5-9]\d\d\b|\b20\d\d\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？।][\"'”’»」』)\]]*$")
_FROM = re.compile(r"[—–―-]+\s*\w")


def bears_title(blocks: Sequence[Block], title: str) -> bool:
    """Return whether a short page has a line that is the book's `title`, or hardly more."""
    blocks = _split_lines(blocks)
    wanted = [key for key in (_key(title), _key(re.split(r"[:;(—]", title)[0])) if key]
    if not wanted or sum(len(block.text) for block in blocks) > MAX_CHARACTERS:
        return False
    keys = [_key(block.text) for block in blocks]
    keys.append(_key("".join(block.text for block in blocks if block.kind == "heading")))
    return any(key in wanted or _holds(key, wanted[0]) for key in keys)


def part_title_page(
    blocks: Sequence[Block], authors: str
) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Return what is left out of a title page, and what is spoken: dedication, motto, its source.

    Args:
        blocks: Of the page.
        authors: Names, separated by commas.
    """
    left_out: list[Block] = []
    spoken: list[Block] = []
    names = {_key(name) for name in authors.split(",")}
    is_after = False
    for block in _split_lines(blocks):
        is_own = block.kind not in {"heading", "break"} and _key(block.text) not in names
        is_source = is_after and bool(_FROM.match(block.text))
        is_after = is_own and bool(block.text) and (is_source or _is_spoken(block.text))
        (spoken if is_after else left_out).append(block)
    return tuple(left_out), tuple(spoken)


def is_byline(line: str) -> bool:
    """Return whether a line of a title page says who wrote or made the book."""
    is_short = len(line) <= MAX_BYLINE_CHARACTERS
    return is_short and bool(_BYLINE.match(line) or _PRINTED.search(line))


def _split_lines(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks with a paragraph for each line: short lines in a row pass for verse."""
    return [
        replace(block, kind="paragraph", text=line.strip()) if block.kind == "verse" else block
        for block in blocks
        for line in (block.text.split("\n") if block.kind == "verse" else [block.text])
    ]


def first_words(text: str) -> str:
    """Return how a short page without a title begins; empty for a longer one."""
    if len(text) > MAX_CHARACTERS:
        return ""
    words = text.partition("\n")[0]
    if len(words) <= MAX_WORDS_CHARACTERS:
        return words
    return f"{words[:MAX_WORDS_CHARACTERS].rsplit(None, 1)[0]} …"


def _is_spoken(text: str) -> bool:
    if _PRINTED.search(text) or (text == text.upper() and text != text.lower()):
        return False
    if _DEDICATION.match(text):
        return True
    is_long = len(text.split()) >= MIN_SENTENCE_WORDS
    if not text.isascii() and text[-1] in "。！？」』":
        is_long = len(text) >= MIN_SENTENCE_CHARACTERS
    return is_long and bool(_SENTENCE_END.search(text))


def _holds(line: str, title: str) -> bool:
    return (
        len(title) >= _MIN_TITLE_CHARACTERS
        and title in line
        and len(line) <= _MAX_LINE_TIMES * len(title)
    )


def _key(text: str) -> str:
    return _NO_LETTERS.sub("", text).casefold()
