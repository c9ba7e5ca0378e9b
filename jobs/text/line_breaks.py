"""What the white space between two words means: a space, the end of a line, or of a paragraph."""

import re
from enum import IntEnum

WRAPPED_LINE_CHARACTERS = 45
"""A shorter line ended on purpose; a longer one was wrapped at the page's width."""
WHOLE_PARAGRAPH_CHARACTERS = 120
"""A line this long is wider than any page: its newline ends a paragraph."""

NEWLINES = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
SPACE = re.compile(r"\s+")

_NEWLINE = re.compile(f"\r\n|[{NEWLINES}]")
_LIST_ITEM = re.compile(r"[-*+•‣◦▪–—>|#]\s?|\(?\w{1,3}[.)]\s")


class Break(IntEnum):
    """What white space between two words means."""

    NONE = 0
    LINE = 1
    """A line that ended on purpose: verse, a heading, an item of a list."""
    PARAGRAPH = 2


def find_break(text: str, start: int, end: int) -> Break:
    """Say what the white space ``text[start:end]`` means; its surroundings decide."""
    newlines = [match.span() for match in _NEWLINE.finditer(text, start, end)]
    if not newlines:
        return Break.NONE
    line_end, next_line = newlines[0]
    window = text[max(0, line_end - WHOLE_PARAGRAPH_CHARACTERS) : line_end]
    line = re.split(f"[{NEWLINES}]", window)[-1]
    if len(newlines) > 1 or text[line_end] in "\x0c\u2029":
        return Break.PARAGRAPH
    if len(line) == WHOLE_PARAGRAPH_CHARACTERS:
        return Break.PARAGRAPH
    is_indented = next_line < end
    is_short = len(line) < WRAPPED_LINE_CHARACTERS
    return Break.LINE if is_short or is_indented or _LIST_ITEM.match(text, end) else Break.NONE
