"""How long a reader pauses after a mark or a break."""

from __future__ import annotations

from .characters import CLAUSE_MARKS, CLOSING_MARKS, FINAL_CLAUSE_MARKS, FINAL_STOPS, STOPS
from .line_breaks import Break, find_break

SENTENCE_PAUSE_SECONDS = 0.25
CLAUSE_PAUSE_SECONDS = 0.1
LINE_PAUSE_SECONDS = 0.35
PARAGRAPH_PAUSE_SECONDS = 0.6

_BREAK_PAUSE_SECONDS = {
    Break.NONE: 0.0,
    Break.LINE: LINE_PAUSE_SECONDS,
    Break.PARAGRAPH: PARAGRAPH_PAUSE_SECONDS,
}
_MARK_PAUSE_SECONDS = {
    **dict.fromkeys(STOPS + FINAL_STOPS, SENTENCE_PAUSE_SECONDS),
    **dict.fromkeys(CLAUSE_MARKS + FINAL_CLAUSE_MARKS + "—–-", CLAUSE_PAUSE_SECONDS),
}


def mark_pause_seconds(words: str) -> float:
    """Return the silence that the mark at the end of `words` asks for; 0 if there is none."""
    return _MARK_PAUSE_SECONDS.get(words.rstrip(CLOSING_MARKS)[-1:], 0.0)


def measure_pause(text: str, start: int, end: int) -> tuple[float, Break]:
    """Return the seconds of silence that ``text[start:end]`` asks for after it, and its break."""
    words_end = start + len(text[start:end].rstrip())
    line_break = find_break(text, words_end, end)
    mark_seconds = mark_pause_seconds(text[start:words_end])
    return max(_BREAK_PAUSE_SECONDS[line_break], mark_seconds), line_break
