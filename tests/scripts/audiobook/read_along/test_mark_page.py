"""Spans in one page: work that grows no faster than the page."""

from __future__ import annotations

import time
from array import array
from contextlib import suppress

import pytest

from jobs.errors import InputError
from scripts.audiobook.blocks import Block
from scripts.audiobook.epub.pages import speak_blocks
from scripts.audiobook.read_along.chapter_sentences import SpokenParagraph
from scripts.audiobook.read_along.mark_page import Speech, mark_page
from scripts.audiobook.read_along.match_text import match_text
from scripts.audiobook.read_along.page_text import read_page


@pytest.mark.parametrize(
    "piece",
    [
        "<p>One. Two.</p>",
        "A word. ",
        "<em>One. Two</em> three. ",
        "<!-- ",
        "<![CDATA[a",
        "<!DOCTYPE [",
        "<a b='",
        "<p>1. note<sup>1</sup></p>",
        "<q>Yes.</q>",
        "&a;",
        "<ruby>a<rt>b</rt></ruby>",
    ],
)
def test_ten_times_the_page_takes_at_most_fifteen_times_the_work(piece: str) -> None:
    """Nothing in a page makes its marking look at the rest again and again."""

    def measure(times: int) -> float:
        start = time.process_time()
        with suppress(InputError):
            _mark(f"<html><body>{piece * times}<p>end</p></body></html>")
        return time.process_time() - start

    # A machine with other work gets several tries.
    assert any(measure(3_000) <= 15 * measure(300) + 0.05 for _ in range(8))


@pytest.mark.parametrize(
    ("text", "source"), [("a b c d ", "z y x w "), ("a, b; ", "a b "), ("ab ", "a1 b2 ")]
)
def test_texts_that_do_not_agree_take_no_longer(text: str, source: str) -> None:
    """Where one has letters that the other lacks, only the next ones are searched."""

    def measure(times: int) -> float:
        start = time.process_time()
        match_text(text * times, source * times)
        return time.process_time() - start

    assert any(measure(2_000) <= 15 * measure(200) + 0.05 for _ in range(8))


def _mark(source: str) -> None:
    page = read_page(source, "x")
    if not page.elements:
        return
    blocks = speak_blocks(page.root, "x", set(), first=0, has_nodes=True)
    spoken = {block.place: _speak(block) for block in blocks}
    mark_page(page, "x", blocks, spoken.get)


def _speak(block: Block) -> Speech:
    """Return how a block is spoken: each letter in a sentence of ten."""
    numbers = array("i", (at // 10 + 1 for at in range(len(block.text))))
    places = array("i", range(len(block.text)))
    return SpokenParagraph(block.text, numbers, places), lambda _: (0, 0)
