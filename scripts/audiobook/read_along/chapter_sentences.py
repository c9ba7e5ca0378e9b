"""Which sentence each character of a chapter's paragraphs belongs to, as captions cut them."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.books.manifest import BookPart
from jobs.text.sentences import read_sentences
from jobs.text.source_text import read_source
from scripts.audiobook.read_along.match_text import match_text

MAX_GAP_CHARACTERS = 1_000
"""Between two parts stand at most pauses, tags and blank lines."""
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
        parts: The parts that it is cut into, in order; pauses and tags may be others than its own.
    """
    sentences, places = (array("i", bytes(4 * len(text))) for _ in range(2))
    part_of: list[int] = []
    at = 0
    for number, part in enumerate(parts):
        spoken = part.request.text
        first = _find_part(text, spoken, at)
        chars: Sequence[int]
        if first >= 0:
            chars, at = range(first, first + len(spoken)), first + len(spoken)
        else:
            chars, at = match_text(spoken, text, at)
        source = read_source(spoken, part.request.reading)
        for sentence in read_sentences(source.text):
            part_of.append(number)
            begin, stop = sentence[0].start, sentence[-1].end
            if first >= 0 and source.text == spoken:
                span = slice(first + begin, first + stop)
                sentences[span] = array("i", [len(part_of)]) * (stop - begin)
                places[span] = array("i", range(begin, stop))
                continue
            for place in range(begin, stop):
                start, end = source.find_span(place, place + 1)
                for char in chars[start:end]:
                    if char >= 0:
                        sentences[char], places[char] = len(part_of), place
    return [
        SpokenParagraph(text[start:end], sentences[start:end], places[start:end])
        for start, end in _find_paragraphs(text)
    ], part_of


def _find_part(text: str, spoken: str, at: int) -> int:
    """Return where a part stands in its chapter as it is; -1 if it does not, close to `at`."""
    return text.find(spoken, at, at + len(spoken) + MAX_GAP_CHARACTERS)


def _find_paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _BREAK.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)
