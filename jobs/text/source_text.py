"""A request's text without the code around its words, and the way back to what was written.

Everything that reads a text (speech, captions, `ktts pronounce`) reads it in this form; places in
results, journals and timings are those of the source.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .markup import SPEAKER_MARK, VOICE_CHANGE, write_speaker
from .ssml import compile_ssml, is_ssml
from .text_piece import TextPiece

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_UNKNOWN = "\ufffd"
"""The sign for a character that is none: it has no sound, and is reported as such."""


class SourceText:
    """The text that is read; each of its characters knows its place in the source."""

    def __init__(self, pieces: Iterable[TextPiece], source_size: int) -> None:
        """Join `pieces`, which follow each other in a source of `source_size` characters."""
        self._pieces = [piece for piece in pieces if piece.text]
        self._source_size = source_size
        self._starts: list[int] = []
        size = 0
        for piece in self._pieces:
            self._starts.append(size)
            size += len(piece.text)
        self.text = "".join(piece.text for piece in self._pieces)
        """What is read: words and inline markup."""

    def find_cut(self, at: int) -> int:
        """Return the place in the source of a cut before the character `at` of the text.

        Cuts that tile the text tile the source.
        """
        if at == 0:
            return 0
        if at == len(self.text):
            return self._source_size
        index = bisect_right(self._starts, at) - 1
        return self._locate(index, at - self._starts[index])[0]

    def find_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the source that ``text[start:end]`` stands for."""
        if start == end:
            return self.find_cut(start), self.find_cut(start)
        first, last = (bisect_right(self._starts, at) - 1 for at in (start, end - 1))
        return (
            self._locate(first, start - self._starts[first])[0],
            self._locate(last, end - 1 - self._starts[last])[1],
        )

    def find_place(self, source_at: int) -> int:
        """Return the first character of the text that stands at `source_at` or after it."""
        index = bisect_left(self._pieces, source_at, key=lambda piece: piece.start)
        if index:
            piece = self._pieces[index - 1]
            if piece.is_same and source_at < piece.end:
                return self._starts[index - 1] + source_at - piece.start
        return self._starts[index] if index < len(self._pieces) else len(self.text)

    def _locate(self, index: int, offset: int) -> tuple[int, int]:
        piece = self._pieces[index]
        if not piece.is_same:
            return piece.start, piece.end
        return piece.start + offset, piece.start + offset + 1


def read_source(
    text: str,
    reading: str = "full",
    pause_scale: float = 1.0,
    speakers: Collection[str] = frozenset(),
) -> SourceText:
    """Return `text` as it is read: SSML in inline markup; in full, with entities decoded.

    Args:
        text: What was sent.
        reading: The request's.
        pause_scale: Breaks of SSML without a time are that many times as long.
        speakers: Names of those who speak beside the request's own voice.

    Raises:
        InvalidRequest: it is SSML that cannot be read, see `jobs.text.ssml`.
    """
    has_entities = reading != "plain" and not is_ssml(text)
    pieces = [TextPiece(text, 0, len(text))]
    if is_ssml(text):
        pieces = compile_ssml(text, pause_scale)
    # What is not ours would hide the words between two of them.
    pieces = [replace(piece, text=piece.text.replace(SPEAKER_MARK, _UNKNOWN)) for piece in pieces]
    if speakers:
        pieces = [new for piece in pieces for new in _mark_speakers(piece, speakers)]
    if has_entities:
        pieces = [new for piece in pieces for new in _decode_entities(piece)]
    return SourceText(pieces, len(text))


def _mark_speakers(piece: TextPiece, speakers: Collection[str]) -> Iterator[TextPiece]:
    """Yield a piece with the changes of speaker apart; names of nobody stay words."""
    at = 0
    for match in VOICE_CHANGE.finditer(piece.text) if piece.is_same else ():
        name = "" if match["speaker"] == "default" else match["speaker"]
        if not name or name in speakers:
            yield piece.cut(at, match.start())
            start, end = (piece.start + place for place in match.span())
            yield TextPiece(write_speaker(name), start, end)
            at = match.end()
    yield piece.cut(at, len(piece.text)) if at else piece


def _decode_entities(piece: TextPiece) -> Iterator[TextPiece]:
    """Yield a piece with the characters that HTML's entities stand for; unknown ones stay."""
    at = 0
    for match in _ENTITY.finditer(piece.text) if piece.is_same else ():
        char = html.unescape(match.group())
        if len(char) == 1 and char not in {_UNKNOWN, SPEAKER_MARK}:
            yield piece.cut(at, match.start())
            yield TextPiece(char, piece.start + match.start(), piece.start + match.end())
            at = match.end()
    yield piece.cut(at, len(piece.text)) if at else piece
