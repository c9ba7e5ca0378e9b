"""How long the silences are: after a mark, at a break, and between the parts of a book."""

import hashlib
from dataclasses import asdict, astuple, dataclass

from .characters import CLAUSE_MARKS, CLOSING_MARKS, FINAL_CLAUSE_MARKS, FINAL_STOPS, STOPS
from .line_breaks import Break, find_break

PAUSES_VERSION = "2"
"""Raise it when the same lengths would be applied otherwise."""

_STOPS = frozenset(STOPS + FINAL_STOPS)
_CLAUSE_MARKS = frozenset(CLAUSE_MARKS + FINAL_CLAUSE_MARKS + "—–-")


@dataclass(frozen=True, slots=True)
class PauseTable:
    """Every silence of speech and books, in seconds; some 0.09 s of a voice's own are added."""

    clause_seconds: float = 0.1
    """After a comma, a semicolon, a colon or a dash at which a sentence is cut."""
    dash_seconds: float = 0.12
    """At a dash in a sentence."""
    ellipsis_seconds: float = 0.25
    """At an ellipsis in a sentence."""
    short_sentence_seconds: float = 0.22
    """After a sentence, where it or the next one is so short that it is one of a row."""
    sentence_seconds: float = 0.35
    """After a sentence."""
    part_seconds: float = 0.25
    """After a sentence at which a chapter of a book is cut; books' ids hang on it."""
    line_seconds: float = 0.3
    """After a line that ended on purpose: verse, a heading, an item of a list."""
    paragraph_seconds: float = 0.6
    heading_seconds: float = 1.0
    """Between a heading of a book and the text after it."""
    scene_seconds: float = 2.0
    """At a scene break of a book."""
    chapter_seconds: float = 1.5
    """After each chapter of a book."""
    longest_seconds: float = 60.0
    """A longer ``[pause:..]`` is shortened to this; so is the sum of those at one place."""

    @property
    def fingerprint(self) -> str:
        """Version and lengths in a few characters; it changes with each of them."""
        lengths = ",".join(f"{seconds:g}" for seconds in astuple(self))
        return f"{PAUSES_VERSION}-{hashlib.sha256(lengths.encode()).hexdigest()[:8]}"


PAUSES = PauseTable()


def scale_pauses(factor: float) -> PauseTable:
    """Return the table with silences `factor` times as long; what a text itself asks for stays."""
    lengths = asdict(PAUSES)
    longest_seconds = lengths.pop("longest_seconds")
    scaled = {name: round(seconds * factor, 4) for name, seconds in lengths.items()}
    return PauseTable(**scaled, longest_seconds=longest_seconds)


def mark_pause_seconds(words: str, pauses: PauseTable = PAUSES) -> float:
    """Return the silence that the mark at the end of `words` asks for; 0 if there is none."""
    mark = words.rstrip(CLOSING_MARKS)[-1:]
    if mark in _STOPS:
        return pauses.sentence_seconds
    return pauses.clause_seconds if mark in _CLAUSE_MARKS else 0.0


def measure_pause(
    text: str, start: int, end: int, pauses: PauseTable = PAUSES
) -> tuple[float, Break]:
    """Return the seconds of silence that ``text[start:end]`` asks for after it, and its break."""
    words_end = start + len(text[start:end].rstrip())
    line_break = find_break(text, words_end, end)
    break_seconds = {
        Break.NONE: 0.0,
        Break.LINE: pauses.line_seconds,
        Break.PARAGRAPH: pauses.paragraph_seconds,
    }[line_break]
    return max(break_seconds, mark_pause_seconds(text[start:words_end], pauses)), line_break
