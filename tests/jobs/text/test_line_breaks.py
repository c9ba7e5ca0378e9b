"""What white space between two words means."""

from __future__ import annotations

import pytest

from jobs.text.line_breaks import Break, find_break

LONG_LINE = "a line that is certainly wider than forty-five characters"


@pytest.mark.parametrize(
    ("before", "space", "after", "expected"),
    [
        ("word", " ", "word", Break.NONE),
        ("verse", "\n", "verse", Break.LINE),
        (LONG_LINE, "\n", "goes on", Break.NONE),
        (LONG_LINE, "\n", "- item", Break.LINE),
        (LONG_LINE, "\n    ", "indented", Break.LINE),
        ("x" * 120, "\n", "next paragraph", Break.PARAGRAPH),
        ("one", "\n \n", "two", Break.PARAGRAPH),
        ("one", "\u2029", "two", Break.PARAGRAPH),
    ],
)
def test_tells_a_wrapped_line_from_one_that_ends(
    before: str, space: str, after: str, expected: Break
) -> None:
    """Width of the line and what follows decide what a newline means."""
    text = before + space + after

    assert find_break(text, len(before), len(before) + len(space)) is expected
