"""What stands beside the text of a PDF, or cannot be seen, is not spoken; columns keep together."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.audiobook.book import Book
from scripts.audiobook.pdf.pdf_paragraphs import join_passages
from tests.builders.pdfs import (
    INVISIBLE,
    PITCH,
    TOP,
    WHITE,
    Box,
    Put,
    make_columns,
    make_pdf,
    set_lines,
)

pytest.importorskip("pypdfium2", reason="PDFs are read by the extra 'books'")
pdf = pytest.importorskip("scripts.audiobook.pdf.read_pdf")

Read = Callable[..., Book]

STORY = (
    "a baker got up at four and lit his oven while all of our street still slept behind closed "
    "shutters and dreamt about warm rolls with butter"
)
WORDS = STORY.split()


def tell(count: int, start: int = 0) -> str:
    """Return one sentence of `count` words."""
    words = [WORDS[(start + at) % len(WORDS)] for at in range(count)]
    return f"{' '.join(words).capitalize()}."


def wrap(text: str, width: int = 50) -> list[str]:
    """Return the lines of a paragraph."""
    return textwrap.wrap(text, width)


PROSE = tell(150)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that makes a PDF of pages and reads its paragraphs."""

    def read(*pages: list[Put | Box], **facts) -> list[str]:
        path = tmp_path / "a book.pdf"
        path.write_bytes(make_pdf(pages, **facts))
        return [
            text for chapter in pdf.read_pdf(path).chapters for text in chapter.text.split("\n\n")
        ]

    return read


@pytest.mark.parametrize(
    "beside",
    [
        [Put("ask Ann", 430, 500)],
        [Put("see", 430, TOP - 3 * PITCH), Put("plan 4", 430, TOP - 4 * PITCH)],
        [Put("note one", 440, TOP - at * PITCH, 7) for at in range(1, 12, 2)],
        [Put("7", 20, TOP - 2 * PITCH, 7)],
    ],
    ids=["a slip", "a slip on the text's rows", "many small notes", "a figure on the left"],
)
def test_what_stands_beside_the_text_makes_no_verse_of_it(read: Read, beside: list[Put]) -> None:
    """The edge of a column is that of most of its lines; a note in the margin is not spoken."""
    assert read([*set_lines(wrap(PROSE)), *beside]) == [PROSE]


def test_a_wide_row_makes_no_verse_of_the_page(read: Read) -> None:
    """One overlong line does not make the others short ones."""
    lines = wrap(PROSE, 40)
    wide = [Put("one row that goes on much further than the others do", 50, TOP - 30 * PITCH)]

    assert read([*set_lines(lines), *wide])[0] == PROSE


def test_narrow_prose_is_no_verse(read: Read) -> None:
    """Lines beside a picture, or of a quotation, are as full as their own width lets them be."""
    narrow = tell(40)
    page = [
        *set_lines(wrap(PROSE)),
        *set_lines(wrap(narrow, 28), top=TOP - 19 * PITCH, left=110),
    ]

    assert read(page) == [PROSE, narrow]


def test_a_page_of_verse_keeps_its_lines(read: Read) -> None:
    """A book without prose does not show how long its lines could be; they end unevenly."""
    stanzas = [
        ["The baker rose at four to light", "his oven, while the street", "lay sleeping"],
        ["and every lamp along the wall", "was out, and nobody", "could hear the bell"],
    ] * 5
    page = [
        put
        for at, stanza in enumerate(stanzas)
        for put in set_lines(stanza, top=TOP - at * 4 * PITCH)
    ]

    assert read(page) == ["\n".join(stanza) for stanza in stanzas]


def test_verse_with_every_other_line_indented_is_one_stanza(read: Read) -> None:
    """Indented lines of verse begin no paragraphs."""
    stanza = ["The baker rose at four", "  And lit his oven then,", "While we in bed", "  Slept on"]
    page = [*set_lines(wrap(PROSE)), *set_lines(stanza, top=TOP - 19 * PITCH, left=110)]

    assert read(page) == [PROSE, "\n".join(line.strip() for line in stanza)]


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("x", [25, 420], ids=["left", "right"])
def test_numbers_of_rows_are_not_spoken(read: Read, step: int, x: float) -> None:
    """Rows may be numbered one by one or every fifth, from page to page."""
    pages, lines = [], wrap(tell(420))
    for first in (0, 25):
        part = lines[first : first + 25]
        numbers = [
            Put(str(first + at), x, TOP - (at - 1) * PITCH, 7)
            for at in range(1, len(part) + 1)
            if (first + at) % step == 0
        ]
        pages.append([put for row in zip(set_lines(part), strict=True) for put in row] + numbers)

    assert read(*pages) == [" ".join(lines[:50])]


@pytest.mark.parametrize("x", [25, 420], ids=["left", "right"])
def test_numbers_drawn_with_their_rows_are_not_spoken(read: Read, x: float) -> None:
    """It makes no difference that the file has each number beside its row."""
    lines = wrap(PROSE)
    page = []
    for at, put in enumerate(set_lines(lines), 1):
        pair = [Put(str(at), x, put.y, 7), put]
        page += pair if x < put.x else pair[::-1]

    assert read(page) == [PROSE]


def test_numbers_of_a_list_are_spoken(read: Read) -> None:
    """A few numbered items among other lines are a list."""
    items = [
        put
        for at in range(1, 5)
        for put in (
            Put(str(at), 50, TOP - (19 + at) * PITCH),
            Put(f"loaf with seeds {at}.", 80, TOP - (19 + at) * PITCH),
        )
    ]

    text = " ".join(read([*set_lines(wrap(PROSE)), *items]))

    assert "1 loaf with seeds 1." in text
    assert "4 loaf with seeds 4." in text


@pytest.mark.parametrize(
    "hidden",
    [
        [Put("words without ink", 50, 300, ink=INVISIBLE)],
        [Put("white words", 50, 300, ink=WHITE)],
        [Box(40, 290, 300, 20, "1 g"), Put("white words on white", 50, 300, ink=WHITE)],
        [Put("below the page", 50, -20), Put("beside the page", 510, 500)],
        [Put("stamp 2601.0123 up the edge", 20, 200, 14, degrees=90)],
        [Put("stamp down the edge", 480, 600, 14, degrees=-90)],
        [Put("DRAFT", 150, 200, 80, degrees=45)],
    ],
    ids=["no ink", "white", "white on white", "off the page", "up", "down", "aslant"],
)
@pytest.mark.parametrize("is_first", [True, False], ids=["drawn first", "drawn last"])
def test_what_is_not_seen_upright_is_not_spoken(
    read: Read, hidden: list[Put | Box], *, is_first: bool
) -> None:
    """Text without ink or off the page, stamps up its edge and marks across it are left out."""
    page = set_lines(wrap(PROSE))

    assert read([*hidden, *page] if is_first else [*page, *hidden]) == [PROSE]


def test_a_layer_that_is_off_is_not_spoken(read: Read) -> None:
    """Of two languages in the same place the one that is shown is read."""

    def layer(text: str, name: str) -> list[Put]:
        return [replace(each, layer=name) for each in set_lines(wrap(text))]

    other = PROSE.swapcase()
    marked = [Put("A white word.", 50, 300, ink=WHITE, layer="white-off")]

    assert read([*layer(PROSE, "english"), *layer(other, "other-off"), *marked]) == [PROSE]
    assert read([*layer(other, "other-off"), *layer(PROSE, "english")]) == [PROSE]
    assert read([*layer(PROSE, "english"), *layer(other * 3, "other-off")]) == [PROSE]


def test_vertical_japanese_is_read_from_the_right(tmp_path: Path) -> None:
    """Each column goes on in the one to its left, the last one may be short."""
    text = (
        "渡し船は夜明け前に出て行った。誰も見送らなかったのは、波止場の灯りがみな嵐で消えていた"
        "からである。翌朝になって老人が来て、桟橋に腰を下ろし、長いあいだ黙って海を見ていた。"
    )
    path = tmp_path / "tate.pdf"
    path.write_bytes(make_columns(textwrap.wrap(text, 18)))

    assert [chapter.text for chapter in pdf.read_pdf(path).chapters] == [text]


def test_white_words_on_a_dark_ground_are_spoken(read: Read) -> None:
    """White letters can be seen where something lies below them."""
    page = [Box(40, 640, 300, 30), Put("White on blue.", 50, 650, ink=WHITE)]

    assert read([*page, *set_lines(wrap(PROSE))]) == ["White on blue.", PROSE]


def test_the_text_layer_of_a_scanned_page_is_spoken(read: Read) -> None:
    """Words without ink lie behind the picture of the page; few others can be seen."""
    scan = [Put(line.text, line.x, line.y, ink=INVISIBLE) for line in set_lines(wrap(PROSE))]

    assert PROSE in read([*scan, Put("Scanned by us.", 200, 30)])


@pytest.mark.parametrize("page_facts", ["/Rotate 90", ""], ids=["by the page", "by the text"])
def test_a_turned_page_is_read(read: Read, page_facts: str) -> None:
    """A page whose text runs up it is turned before its columns are looked for."""
    lines = [Put(line, 100 + at * PITCH, 60, degrees=90) for at, line in enumerate(wrap(tell(90)))]

    assert read(lines, page_facts=page_facts) == [tell(90)]


def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other(read: Read) -> None:
    """Each column is a text; a heading across them is read before what stands below it."""
    columns = [wrap(tell(90, start), 20) for start in (0, 7, 11)]
    rows = [
        Put(column[at], 30 + 150 * number, 600 - 12 * at)
        for at in range(20)
        for number, column in enumerate(columns)
    ]
    above = Put("A heading that goes across all of the three columns.", 30, 640)

    text = " ".join(read([above, *rows]))

    assert text == " ".join([above.text, *(" ".join(column[:20]) for column in columns)])


def test_a_table_is_read_row_by_row(read: Read) -> None:
    """Cells are short and leave their columns empty: they are no prose."""
    cells = [
        Put(text, x, 600 - 14 * at)
        for at in range(12)
        for text, x in ((f"loaf {at}", 50), (f"{at} coins", 200), ("rye", 350))
    ]

    assert "loaf 3 3 coins rye" in " ".join(read(cells))


def test_lines_that_begin_alike_are_no_columns(read: Read) -> None:
    """The words after a beginning that all lines share are no second column."""
    lines = [f"Blessed are the bakers who {word} early" for word in WORDS[:16]]

    assert lines[3] in " ".join(read(set_lines(lines))).replace("\n", " ")


def test_an_initial_joins_its_word(read: Read) -> None:
    """A large letter that reaches down beside three lines is the first of the first word."""
    text = f"Early {PROSE.lower()}"
    beside = wrap(text, 45)[:3]
    below = wrap(text.removeprefix(" ".join(beside)).strip())
    page = [
        Put("E", 50, TOP - 2 * PITCH, 44),
        *set_lines([beside[0][1:], *beside[1:]], left=80),
        *set_lines(below, top=TOP - 3 * PITCH),
    ]

    assert read(page) == [text]


def test_a_sign_alone_is_no_heading(read: Read) -> None:
    """A large sign beside a paragraph, a warning for example, has no word."""
    page = [
        *set_lines(wrap(tell(60))),
        Put("!", 50, 480, 24),
        *set_lines(wrap(tell(60, 3)), top=440),
        Put("!", 50, 320, 24),
        *set_lines(wrap(tell(60, 5)), top=280),
    ]

    assert read(page) == [tell(60), tell(60, 3), tell(60, 5)]


def test_work_grows_with_the_page(read: Read) -> None:
    """A page of ten times the rows has one paragraph, too."""
    lines = wrap(tell(6000))
    page = [Put(line, 50, 690 - at * 680 / len(lines), 1) for at, line in enumerate(lines)]

    assert read(page) == [tell(6000)]


def test_pages_without_a_line_have_no_paragraph() -> None:
    """As where all that stands on them is left out."""
    assert join_passages([[], []]) == []
