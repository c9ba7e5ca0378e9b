"""Lays the spans of sentences into a page: as few as its markup allows, none across an element."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scripts.audiobook.read_along.markup_source import CDATA, MarkupElement, MarkupRun

_INLINE_NAMES = (
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark math"
    " meter output q rb rbc rp rt rtc ruby s samp small span strike strong sub sup svg time tspan"
    " tt u var wbr"
)
_INLINE = frozenset(_INLINE_NAMES.split())
_WHOLE = frozenset({"ruby", "math", "svg", CDATA})
"""What is never parted, whatever is inside."""


class PageOwners:
    """Which sentence each character of a page's source belongs to, and where it stands in it."""

    def __init__(self, size: int) -> None:
        """Prepare for a source of `size` characters."""
        self._sentences = array("i", bytes(4 * size))
        self._places = array("i", bytes(4 * size))

    def own(self, start: int, end: int, sentence: int, place: int) -> None:
        """Give a span of the source to a sentence, counted from 1, where nobody has it."""
        for at in range(start, end):
            if not self._sentences[at]:
                self._sentences[at], self._places[at] = sentence, place

    def find(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield place and sentence of each owned character of a span."""
        for at, sentence in enumerate(self._sentences[start:end], start):
            if sentence:
                yield at, sentence

    def first_owner(self, start: int, end: int) -> int:
        """Return the sentence of the first owned character; 0 if there is none."""
        return next((sentence for _, sentence in self.find(start, end)), 0)

    def places_of(self, start: int, end: int, sentence: int) -> tuple[int, int]:
        """Return the first place in the text that a sentence has in a span, and that after it."""
        places = [self._places[at] for at, owner in self.find(start, end) if owner == sentence]
        return min(places), max(places) + 1


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A stretch of a page that belongs to one sentence and can be put into an element."""

    start: int
    """First character in the source."""
    end: int
    sentence: int
    prefix: str
    """Of the namespace of the element around it."""


def lay_spans(elements: Sequence[MarkupElement], owners: PageOwners) -> list[SentenceSpan]:
    """Return the spans of a page in order, without overlap.

    A sentence has several where an element that it does not fill begins or ends inside it.

    Args:
        elements: As `scan_markup` returns them.
        owners: Of the characters.
    """
    kinds: dict[int, _Kind] = {}
    for element in reversed(elements):
        kinds[id(element)] = _judge(element, owners, kinds)
    spans: list[SentenceSpan] = []
    waiting = [elements[0]]
    while waiting:
        element = waiting.pop()
        run: SentenceSpan | None = None
        for child in element.children:
            for piece in _read_child(child, element, owners, kinds):
                if piece is None:
                    run = None
                elif run and run.sentence == piece.sentence:
                    run = SentenceSpan(run.start, piece.end, run.sentence, run.prefix)
                    spans[-1] = run
                else:
                    run = piece
                    spans.append(run)
            if isinstance(child, MarkupElement) and _holds_spans(child, kinds):
                waiting.append(child)
    return sorted(spans, key=lambda span: span.start)


def _holds_spans(child: MarkupElement, kinds: dict[int, _Kind]) -> bool:
    return child.name != CDATA and kinds[id(child)].has_several


@dataclass(frozen=True, slots=True)
class _Kind:
    sentence: int
    """The only sentence in an element; 0 if there is none."""
    is_inline: bool
    has_several: bool
    """It holds several sentences, or one and is no inline element: spans stand inside."""


def _judge(element: MarkupElement, owners: PageOwners, kinds: dict[int, _Kind]) -> _Kind:
    is_inline = element.tag in _INLINE
    if element.tag in _WHOLE:
        return _Kind(owners.first_owner(element.start, element.end), True, False)
    found: set[int] = set()
    has_several = False
    for child in element.children:
        if isinstance(child, MarkupRun):
            found.update(sentence for _, sentence in owners.find(child.start, child.end))
        elif child.name == CDATA:
            found.add(owners.first_owner(child.start, child.end))
        else:
            inner = kinds[id(child)]
            is_inline = is_inline and inner.is_inline
            has_several = has_several or inner.has_several
            found.add(inner.sentence)
    found.discard(0)
    has_several = has_several or len(found) > 1 or (bool(found) and not is_inline)
    return _Kind(min(found, default=0), is_inline, has_several)


def _read_child(
    child: MarkupElement | MarkupRun,
    around: MarkupElement,
    owners: PageOwners,
    kinds: dict[int, _Kind],
) -> Iterator[SentenceSpan | None]:
    """Yield what of a child can be in a span; None where a span has to end."""
    if isinstance(child, MarkupRun):
        for sentence, group in groupby(owners.find(child.start, child.end), lambda each: each[1]):
            owned = [at for at, _ in group]
            yield SentenceSpan(owned[0], owned[-1] + 1, sentence, around.prefix)
        return
    if child.name == CDATA:
        kind = _Kind(owners.first_owner(child.start, child.end), True, False)
    else:
        kind = kinds[id(child)]
    if kind.has_several or not kind.is_inline:
        yield None
    elif kind.sentence:
        yield SentenceSpan(child.start, child.end, kind.sentence, around.prefix)
