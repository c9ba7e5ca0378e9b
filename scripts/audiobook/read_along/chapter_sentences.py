"""Which sentence each character of a chapter's paragraphs belongs to, as captions cut them."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.books.manifest import BookPart
from jobs.text.sentences import read_sentences
from jobs.text.source_text import read_source

_BREAK = re.compile(r"\n\n")


@dataclass(frozen=True, slots=True)
class SpokenParagraph:
    """A paragraph of a chapter and the sentences in it."""

    text: str
    sentences: array[int]
    """Of each character its sentence's number in the chapter, from 1; 0 for none."""
    places: array[int]
    """Of each character its place in its part's text as that is read."""


def read_paragraphs(
    text: str, parts: Sequence[BookPart]
) -> tuple[list[SpokenParagraph], list[int]]:
    """Return a chapter's paragraphs, and for each sentence the part that it is in, from 0.

    Args:
        text: Of the chapter; paragraphs are parted by blank lines.
        parts: The parts that it is cut into, each a slice of it.
    """
    sentences, places = (array("i", bytes(4 * len(text))) for _ in range(2))
    part_of: list[int] = []
    at = 0
    for number, part in enumerate(parts):
        spoken = part.request.text
        written = spoken.lstrip("\u2060")  # stands before what looks like SSML
        at = text.find(written, at)
        if at < 0:
            raise AssertionError("a part is not a slice of its chapter")
        first = at - (len(spoken) - len(written))
        source = read_source(spoken, part.request.reading)
        is_same = source.text == spoken
        for sentence in read_sentences(source.text):
            part_of.append(number)
            begin, stop = sentence[0].start, sentence[-1].end
            if is_same and first + begin >= 0:
                span = slice(first + begin, first + stop)
                sentences[span] = array("i", [len(part_of)]) * (stop - begin)
                places[span] = array("i", range(begin, stop))
                continue
            for place in range(begin, stop):
                start, end = source.find_span(place, place + 1)
                for char in range(max(0, first + start), first + end):
                    sentences[char], places[char] = len(part_of), place
        at += len(written)
    return [
        SpokenParagraph(text[start:end], sentences[start:end], places[start:end])
        for start, end in _find_paragraphs(text)
    ], part_of


def _find_paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)
