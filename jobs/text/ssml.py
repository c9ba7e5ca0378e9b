"""SSML: its words, and its elements as the inline markup of `jobs.text.markup`.

`jobs.text.ssml_values` says what is known. Everything else is refused by its name, as is what is
not well-formed. No entity is expanded and no other file is read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.parsers import expat

from ..errors import InvalidRequest
from .characters import CLOSING_MARKS, FINAL_STOPS, STOPS
from .markup import LONGEST_WORD, PAUSE, write_pause
from .pauses import PAUSES
from .ssml_values import NEEDED, RATES, check_element, read_break, read_rate, read_said, shorten
from .text_piece import TextPiece

_BEGIN = re.compile(
    r"\ufeff?\s*(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--(?:[^-]|-(?!-))*-->\s*)*"
    r"(?:<!DOCTYPE\s+speak\b|<speak(?=[\s/>]))"
)
_TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_WORDS = re.compile(r"\S+(?: \S+)*|\s+")
_BRACKETS = str.maketrans("[]［］", "()()")
_STOPS = tuple(STOPS + FINAL_STOPS)
_SPELLED = ("as:characters", "as:digits", "as:telephone")
_SPELLED_CHARACTERS = 40
"""A longer stretch is spelled in several, so that each fits into a chunk."""


def is_ssml(text: str) -> bool:
    """Say whether `text` begins with ``<speak``; a declaration and comments may be before it."""
    return _BEGIN.match(text) is not None


def compile_ssml(text: str, pause_scale: float = 1.0) -> list[TextPiece]:
    """Return what of SSML is read, in order, with the places of words and elements in it.

    Breaks without a time are `pause_scale` times as long.

    Raises:
        InvalidRequest: it is not well-formed, or has what is not supported; the message has line,
            column and name.
    """
    return _Compiler(text, pause_scale).run()


@dataclass(slots=True)
class _Element:
    name: str
    attributes: dict[str, str]
    start: int
    """Place of its start tag."""
    end: int
    is_empty: bool
    percent: int
    """Rate inside of it."""
    content: list[TextPiece] = field(default_factory=list)
    """Character by character, of an element that holds text alone."""


class _Compiler:
    """One pass over one document; the parser calls it."""

    def __init__(self, text: str, pause_scale: float) -> None:
        self._text = text
        self._pause_scale = pause_scale
        self._bytes = text.encode(errors="replace")
        self._seen = (0, 0)
        self._pieces: list[TextPiece] = []
        self._open: list[_Element] = []
        self._is_raw = False
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._placed(self._start)
        parser.EndElementHandler = self._placed(self._end)
        parser.CharacterDataHandler = self._read
        parser.StartCdataSectionHandler = lambda: self._set_raw(is_raw=True)
        parser.EndCdataSectionHandler = lambda: self._set_raw(is_raw=False)
        # Without a DOCTYPE there are no entities that could grow or name files.
        parser.StartDoctypeDeclHandler = lambda *_: self._refuse_doctype()
        parser.ProcessingInstructionHandler = lambda name, _: self._refuse(
            f"<?{shorten(name)}?> is not supported"
        )
        self._parser = parser

    def run(self) -> list[TextPiece]:
        try:
            self._parser.Parse(self._bytes, True)
        except expat.ExpatError as exc:
            inside = f" in <{shorten(self._open[-1].name)}>" if self._open else ""
            raise _error(exc.lineno, exc.offset, expat.ErrorString(exc.code) + inside) from exc
        return self._pieces

    def _placed(self, handler: Callable[..., None]) -> Callable[..., None]:
        """Return a handler whose errors name the place of the event."""

        def handle(*event: Any) -> None:
            try:
                handler(*event)
            except ValueError as exc:
                self._refuse(str(exc))

        return handle

    def _refuse(self, fault: str) -> NoReturn:
        raise _error(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber, fault)

    def _refuse_doctype(self) -> NoReturn:
        # The parser has read on to where its names end.
        at = self._text.rfind("<!DOCTYPE", 0, self._place() + 1)
        line_start = self._text.rfind("\n", 0, at) + 1
        line = self._text.count("\n", 0, at) + 1
        raise _error(line, at - line_start, "a DOCTYPE is not supported")

    def _set_raw(self, *, is_raw: bool) -> None:
        self._is_raw = is_raw

    def _place(self) -> int:
        """Return the character at which the parser's event begins; events come in order."""
        index = self._parser.CurrentByteIndex
        seen_bytes, seen = self._seen
        seen += len(self._bytes[seen_bytes:index].decode(errors="replace"))
        self._seen = (index, seen)
        return seen

    def _find_tag(self) -> tuple[int, int]:
        start = self._place()
        tag = _TAG.match(self._text, start)
        return start, tag.end() if tag else start

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        outer = self._open[-1] if self._open else None
        check_element(name, attributes, outer.name if outer else "")
        start, end = self._find_tag()
        percent = outer.percent if outer else RATES["default"]
        if "rate" in attributes:
            percent = read_rate(attributes["rate"], percent)
        is_empty = self._text[end - 2 : end] == "/>"
        self._open.append(_Element(name, attributes, start, end, is_empty, percent))
        if name == "break":
            seconds = read_break(attributes, self._pause_scale)
            self._add(write_pause(seconds) if seconds else " ", start, end)
        elif name in NEEDED:
            read_said(name, attributes, "")  # refused where it begins, if it is wrong
        elif name in {"p", "s"}:
            self._end_line(name, start, end)
        elif outer and percent != outer.percent and not is_empty:
            self._add(f"[speed:{percent}%]", start, end)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        outer = self._open[-1] if self._open else None
        start, end = (element.start, element.end) if element.is_empty else self._find_tag()
        if name in {"p", "s"}:
            self._end_line(name, start, end)
        elif name in NEEDED:
            self._pieces.extend(self._say(element, start, end))
        elif outer and element.percent != outer.percent and not element.is_empty:
            self._add(f"[speed:{outer.percent}%]", start, end)

    def _end_line(self, name: str, start: int, end: int) -> None:
        """End a paragraph; end a sentence where its own last mark does not."""
        if name == "p":
            self._add("\n\n" if self._pieces else " ", start, end)
            return
        last = next((p.text for p in reversed(self._pieces[-2:]) if p.text != " "), "\n")
        is_apart = last.isspace() or PAUSE.fullmatch(last)
        is_ended = is_apart or last.rstrip(CLOSING_MARKS).endswith(_STOPS)
        seconds = round(PAUSES.sentence_seconds * self._pause_scale, 3)
        self._add(" " if is_ended else write_pause(seconds), start, end)

    def _read(self, data: str) -> None:
        """Take characters: as they are written, or of a reference such as ``&lt;``."""
        start = self._place()
        if self._open[-1].name == "break" and not data.isspace():
            self._refuse("<break> must not hold text")
        if self._text[start] == "&" and not self._is_raw:
            self._take(data, start, self._text.index(";", start) + 1)
            return
        for match in _WORDS.finditer(data):
            self._take(match.group(), start + match.start(), start + match.end())

    def _take(self, written: str, start: int, end: int) -> None:
        element = self._open[-1]
        read = " " if written.isspace() else written
        if element.name not in NEEDED:
            self._add(read, start, end)
            return
        read = read.translate(_BRACKETS)
        if len(read) == 1:
            element.content.append(TextPiece(read, start, end))
        else:
            chars = enumerate(read, start)
            element.content.extend(TextPiece(char, at, at + 1) for at, char in chars)

    def _add(self, read: str, start: int, end: int) -> None:
        """Add what is read; of one space after another only the first."""
        if read != " " or (self._pieces and not self._pieces[-1].text[-1].isspace()):
            self._pieces.append(TextPiece(read, start, end))

    def _say(self, element: _Element, start: int, end: int) -> Iterator[TextPiece]:
        """Yield inline markup for a stretch and how it is said; its end tag is at `start`."""
        words = [at for at, piece in enumerate(element.content) if piece.text != " "]
        content = element.content[words[0] : words[-1] + 1] if words else []
        written = "".join(piece.text for piece in content)
        said, shown = read_said(element.name, element.attributes, written)
        if shown and not content:
            yield TextPiece(f"[{shown}]({said})", element.start, end)
        size = _SPELLED_CHARACTERS if said in _SPELLED else LONGEST_WORD
        if len(content) > size == LONGEST_WORD:
            raise ValueError(f"<{element.name}> holds more than {LONGEST_WORD} characters")
        for first in range(0, len(content), size):
            part = content[first : first + size]
            opening = (part[0].start, part[0].end) if first else (element.start, element.end)
            is_last = first + size >= len(content)
            yield TextPiece("[", *opening)
            yield from part
            closing = (start, end) if is_last else (part[-1].start, part[-1].end)
            yield TextPiece(f"]({said})", *closing)


def _error(line: int, column: int, fault: str) -> InvalidRequest:
    return InvalidRequest(f"the SSML is wrong at line {line}, column {column + 1}: {fault}")
