"""How long a reader pauses after a mark or a break."""

from __future__ import annotations

from .normalize import Break, find_break

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
    **dict.fromkeys(".!?…。！？｡．।॥؟۔", SENTENCE_PAUSE_SECONDS),
    **dict.fromkeys(",;:—–-、，；：､،؛", CLAUSE_PAUSE_SECONDS),
}
_CLOSING = "\"'”’»›)]}」』】》〉）］*_"


def measure_pause(text: str, start: int, end: int) -> tuple[float, Break]:
    """Return the seconds of silence that ``text[start:end]`` asks for after it, and its break."""
    words_end = start + len(text[start:end].rstrip())
    line_break = find_break(text, words_end, end)
    mark = text[start:words_end].rstrip(_CLOSING)[-1:]
    return max(_BREAK_PAUSE_SECONDS[line_break], _MARK_PAUSE_SECONDS.get(mark, 0.0)), line_break
