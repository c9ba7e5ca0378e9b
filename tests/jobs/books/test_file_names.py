"""File names of titles: safe everywhere, and still to be recognised."""

from __future__ import annotations

from itertools import islice

import pytest

from jobs.books.file_names import MAX_NAME_BYTES, other_names, safe_name

TITLES = {
    "plain": ("The Moonstone", "The Moonstone"),
    "subtitle": ("Frankenstein: or, The Modern Prometheus", "Frankenstein - or, The Modern Prom"),
    "clock": ("At 12:30", "At 12-30"),
    "separators": ("AC/DC \\ one|two", "AC-DC - one-two"),
    "wildcards": ("Who? *What*", "Who What"),
    "quotes": ('The "Great" <One>', "The 'Great' (One)"),
    "dots at the end": ("Wait...", "Wait"),
    "hidden": ("..secret", "secret"),
    "parent": ("../../etc/passwd", "-..-etc-passwd"),
    "white space": (" a \t b\nc ", "a b c"),
    "control": ("a\x00b\x7f\u202ec", "abc"),
    "reserved": ("CON", "_CON"),
    "reserved with ending": ("nul.txt", "_nul.txt"),
    "not reserved": ("Contact", "Contact"),
    "nothing left": ("???", "Untitled"),
    "empty": ("", "Untitled"),
    "composed": ("Cafe\u0301", "Café"),
    "japanese": ("吾輩は猫である", "吾輩は猫である"),
}


@pytest.mark.parametrize(("title", "expected"), TITLES.values(), ids=TITLES)
def test_a_title_becomes_a_safe_name(title: str, expected: str):
    """What a file system refuses is written otherwise; the rest stays."""
    assert safe_name(title).startswith(expected)
    assert safe_name(safe_name(title)) == safe_name(title)


@pytest.mark.parametrize("title", ["x" * 500, "ü" * 500, "猫" * 500, "a. " * 500])
def test_a_long_title_is_cut_between_two_characters(title: str):
    """The limit counts bytes, as file systems do, and no half character is left."""
    name = safe_name(title)

    assert MAX_NAME_BYTES - 4 <= len(name.encode()) <= MAX_NAME_BYTES
    assert title.startswith(name)
    assert not name.endswith((" ", "."))


def test_other_books_of_that_title_are_told_apart():
    """First by the name of their file, then by a number, never longer than the limit."""
    assert list(islice(other_names("Poems", "poems-1850.epub"), 4)) == [
        "Poems",
        "Poems (poems-1850)",
        "Poems (2)",
        "Poems (3)",
    ]
    for name in islice(other_names("猫" * 40, "犬" * 80 + ".epub"), 3):
        assert len(name.encode()) <= MAX_NAME_BYTES
