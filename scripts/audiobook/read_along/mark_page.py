"""Puts spans around the sentences of one page."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from lxml.etree import _Element as Element

from jobs.books.page_marks import MarkedPage
from scripts.audiobook.blocks import Block, TextNode
from scripts.audiobook.html.parse import read_declared
from scripts.audiobook.read_along.chapter_sentences import SpokenParagraph
from scripts.audiobook.read_along.markup_source import (
    CDATA,
    MarkupElement,
    MarkupRun,
    apply_edits,
    read_characters,
)
from scripts.audiobook.read_along.match_text import match_text
from scripts.audiobook.read_along.page_text import PageText
from scripts.audiobook.read_along.sentence_spans import PageOwners, SentenceSpan, lay_spans

Speech = tuple[SpokenParagraph, Callable[[int], tuple[int, int]]]
"""A paragraph, and what tells chapter and part of its sentences, by their numbers."""


def mark_page(
    page: PageText, name: str, blocks: Iterable[Block], find_speech: Callable[[int], Speech | None]
) -> tuple[str, MarkedPage]:
    """Return a page with spans around its sentences, and what these show.

    Args:
        page: The page.
        name: Of its file.
        blocks: Its blocks, with nodes.
        find_speech: Returns how the block of a place is spoken; None if it is not.
    """
    owners = PageOwners(len(page.source))
    texts = _NodeTexts(page, name)
    spoken: list[tuple[int, int]] = []
    numbers: dict[tuple[int, int, int], int] = {}
    nodes: tuple[TextNode, ...] = ()
    at = 0
    for block in blocks:
        if block.nodes != nodes:
            nodes, at = block.nodes, 0
        speech = find_speech(block.place) if nodes else None
        if speech is None:
            if nodes:
                _, at = match_text(block.text, texts.read(nodes)[0], at)
            continue
        paragraph, find_part = speech
        text, spans = texts.read(nodes)
        places, at = match_text(paragraph.text, text, at)
        for char, place in enumerate(places):
            if place < 0 or not (sentence := paragraph.sentences[char]):
                continue
            key = (*find_part(sentence), sentence)
            if key not in numbers:
                spoken.append(key[:2])
                numbers[key] = len(spoken)
            owners.own(*spans[place], numbers[key], paragraph.places[char])
    laid = lay_spans(page.elements, owners)
    prefix = _choose_prefix(page.source)
    source = apply_edits(page.source, list(_write_spans(laid, prefix, _span_name(page))))
    fragments = tuple(
        (*spoken[span.sentence - 1], *owners.places_of(span.start, span.end, span.sentence))
        for span in laid
    )
    return source, MarkedPage(name=name, id_prefix=prefix, fragments=fragments)


class _NodeTexts:
    """The characters of a page's nodes, and where each stands in its source."""

    def __init__(self, page: PageText, name: str) -> None:
        self._source = page.source
        self._entities = read_declared(page.source, name)
        self._elements: dict[Element, MarkupElement] = {}
        self._tails: dict[int, list[MarkupElement | MarkupRun]] = {}
        parsed = (element for element in page.root.iter() if isinstance(element.tag, str))
        self._elements = dict(zip(parsed, page.elements, strict=True))
        for element in page.elements:
            found: list[MarkupElement | MarkupRun] = []
            self._tails[-id(element)] = found
            for child in element.children:
                if isinstance(child, MarkupRun) or child.name == CDATA:
                    found.append(child)
                else:
                    found = self._tails[id(child)] = []

    def read(self, nodes: Sequence[TextNode]) -> tuple[str, list[tuple[int, int]]]:
        """Return the text of some nodes, and the span of each character."""
        chars: list[str] = []
        spans: list[tuple[int, int]] = []
        for element, is_tail in nodes:
            key = id(self._elements[element])
            for piece in self._tails.get(key if is_tail else -key, ()):
                for char, start, end in read_characters(self._source, piece, self._entities):
                    chars.append(char)
                    spans.append((start, end))
        return "".join(chars), spans


def _write_spans(
    spans: Sequence[SentenceSpan], prefix: str, name: str
) -> Iterator[tuple[int, int, str]]:
    for number, span in enumerate(spans, 1):
        yield span.start, span.start, f'<{span.prefix}{name} id="{prefix}{number}">'
        yield span.end, span.end, f"</{span.prefix}{name}>"


def _span_name(page: PageText) -> str:
    return "tspan" if page.elements[0].tag == "svg" else "span"


def _choose_prefix(source: str) -> str:
    """Return how ids begin that the page does not have yet."""
    prefix = "ktts"
    while f'"{prefix}-' in source or f"'{prefix}-" in source:
        prefix += "x"
    return f"{prefix}-"
