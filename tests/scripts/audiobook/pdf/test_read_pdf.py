"""PDFs as books: words, paragraphs and chapters out of lines and places."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Book
from scripts.audiobook.open_book import open_book
from tests.builders.pdfs import PITCH, SIZE, TOP, Put, make_pdf, set_lines

pypdfium2 = pytest.importorskip("pypdfium2", reason="PDFs are read by the extra 'books'")
pdf = pytest.importorskip("scripts.audiobook.pdf.read_pdf")

Read = Callable[..., Book]

FULL = "a line that reaches the right edge of the page as it should"
"""59 characters: no word has room after it."""
SENTENCE = [
    "   The keeper of the lighthouse had never in his long life",
    "been off the island for a night, and nobody in the harbour",
    "thought that he would begin with it in a winter like this.",
]
JOINED = (
    "The keeper of the lighthouse had never in his long life been off the island for a night, and "
    "nobody in the harbour thought that he would begin with it in a winter like this."
)


WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

ROMAN = ["iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"]


def tell(word: str) -> str:
    """Return a paragraph that says `word` in every line of it."""
    return " ".join([f"The {word} boats of {word} men went out to sea at {word}."] * 3)


def set_story(word: str) -> list[Put]:
    """Set three such paragraphs as a full page."""
    lines = textwrap.wrap(tell(word), 58, initial_indent="   ")
    return set_lines(lines * 3)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that makes a PDF of pages and reads it."""

    def read(*pages: list[Put], **facts) -> Book:
        path = tmp_path / "the book.pdf"
        path.write_bytes(make_pdf(pages, **facts))
        return pdf.read_pdf(path)

    return read


def texts(book: Book) -> list[str]:
    """Return the paragraphs of a book, chapters and all."""
    return [line for chapter in book.chapters for line in chapter.text.split("\n\n")]


def test_lines_become_paragraphs(read: Read) -> None:
    """Wrapped lines are joined; an indent, a gap and a short last line end a paragraph."""
    page = [
        *set_lines([*SENTENCE, *SENTENCE, "and went on.", FULL, "to here."]),
        *set_lines(["After a gap the next one", "begins."], top=TOP - 11 * PITCH),
    ]

    assert texts(read(page)) == [
        JOINED,
        f"{JOINED} and went on.",
        f"{FULL} to here.",
        "After a gap the next one begins.",
    ]


def test_a_sentence_goes_on_overleaf(read: Read) -> None:
    """The first line of a page that is not indented belongs to the page before."""
    book = read(set_lines(SENTENCE[:2]), set_lines(SENTENCE[2:]))

    assert texts(book) == [JOINED]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(lambda at: "The Long Book", id="always the same"),
        pytest.param(lambda at: f"{at + 1}    The Long Book", id="with the page's number"),
        pytest.param(lambda at: ("The Long Book", "The First Part")[at % 2], id="left and right"),
        pytest.param(lambda at: f"The Story of {'Ann' if at < 5 else 'Bob'}", id="by chapter"),
        pytest.param(
            lambda at: ["iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"][at],
            id="roman",
        ),
    ],
)
@pytest.mark.parametrize("y", [665, 30], ids=["head", "foot"])
def test_running_heads_are_left_out(read: Read, head, y: float) -> None:
    """Lines that come again at the edge of neighbouring pages are not spoken, numbers or not."""
    pages = [[Put(head(at), 50, y, 8), *set_story(word)] for at, word in enumerate(WORDS)]

    assert texts(read(*pages)) == [tell(word) for word in WORDS for _ in range(3)]


def test_what_comes_again_in_the_text_stays(read: Read) -> None:
    """A line that is alike on many pages, but not at their edge, is text."""
    pages = [
        set_lines([f"   {word}, {word}.", f"   {word}.", "   He said no.", *[f"   {word}!"] * 2])
        for word in WORDS
    ]

    assert read(*pages).chapters[0].text.count("He said no.") == len(WORDS)


def test_chapter_numbers_at_the_same_place_are_headings(read: Read) -> None:
    """Each chapter begins at the same height of a page; that does not make it a running head."""
    pages = [
        [Put(f"Chapter {at}", 200, TOP + 40), *set_story(word)]
        for at, word in enumerate(WORDS[:5], 1)
    ]

    book = read(*pages)

    assert [chapter.title for chapter in book.chapters] == [f"Chapter {at}" for at in range(1, 6)]
    assert book.chapters[1].text == "\n\n".join(["Chapter 2", HEADING_PAUSE, *[tell("two")] * 3])


@pytest.mark.parametrize(
    ("first", "second", "elsewhere", "expected"),
    [
        ("exam-", "ple is one", "An example here.", "example is one"),
        ("exam-", "ple is one", "", "example is one"),
        ("well-", "known man", "A well-known one.", "well-known man"),
        ("well-", "known man", "A wellknown one.", "wellknown man"),
        ("Anglo-", "Saxon man", "", "Anglo-Saxon man"),
        ("mother-", "in-law of", "", "mother-in-law of"),
        ("1914-", "1918 was", "", "1914-1918 was"),
        ("wait —", "no word", "", "wait —no word"),
    ],
)
def test_parted_words_are_joined(read: Read, first, second, elsewhere, expected) -> None:
    """A hyphen at a line's end goes where it only parts a word, and stays where it belongs."""
    lead = "x" * (58 - len(first))
    book = read(
        set_lines([f"{lead} {first}", f"{second} to behold, and that was it, so far.", ""]),
        set_lines([f"   {elsewhere} Nothing else was on this page but this."]),
    )

    assert book.chapters[0].text.startswith(f"{lead} {expected} to behold")


def test_verse_keeps_its_lines(read: Read) -> None:
    """Lines that end early without the end of a sentence are verse."""
    verse = ["How doth the little crocodile", "Improve his shining tail", "And pour the waters"]
    page = [*set_lines(SENTENCE), *set_lines(verse, top=TOP - 5 * PITCH, left=100)]

    assert texts(read(page)) == [JOINED, "\n".join(verse)]


def test_marks_of_notes_and_notes_are_left_out(read: Read) -> None:
    """Small raised digits are not spoken, nor the small lines at the foot that begin with one."""
    claim = "   A claim that needs proof and has a note. And more of it,"
    width = 0.6 * SIZE
    page = [
        *set_lines([claim, FULL]),
        Put("1", 50 + 42.2 * width, TOP + 4, 6),
        Put("1 See elsewhere.", 50, 60, 7),
        Put("And there.", 50, 52, 7),
    ]

    assert texts(read(page)) == [f"{claim[3:]} {FULL}"]


def test_ornaments_are_scene_breaks(read: Read) -> None:
    """Stars between paragraphs are a pause."""
    page = [
        *set_lines(SENTENCE),
        Put("* * *", 230, TOP - 4.5 * PITCH),
        *set_lines(SENTENCE, top=TOP - 6 * PITCH),
    ]

    assert texts(read(page)) == [JOINED, SCENE_BREAK, JOINED]


def test_two_columns_are_read_one_after_the_other(read: Read) -> None:
    """The second column is no indented continuation of the first."""
    left = ["   A first column whose", "lines are short ones, it", "goes on to the next one"]
    right = ["here and has its end at", "this very place, finally."]
    page = [*set_lines(left), *set_lines(right, left=270)]

    assert texts(read(page)) == [" ".join(line.strip() for line in left + right)]


def test_bookmarks_make_chapters(read: Read) -> None:
    """The outline's titles and places count; what stands before the first is the title page."""
    pages = [
        [Put("The Book", 200, 500, 20), Put("by Somebody", 200, 450)],
        [Put("One", 200, TOP, 16), *set_lines(SENTENCE, top=TOP - 40)],
        [*set_lines(SENTENCE), Put("Two", 200, 400, 16), *set_lines(SENTENCE, top=360)],
        set_lines(SENTENCE),
    ]
    outline = [("The First – début", 1, 640.0), ("The Second", 2, 420.0)]

    book = read(
        *pages, outline=outline, info={"Title": "A Title", "Author": "Zoë B"}, language="en"
    )

    assert (book.title, book.author, book.language) == ("A Title", "Zoë B", "en")
    assert [(chapter.title, chapter.skip_reason) for chapter in book.chapters] == [
        ("A Title", "title page"),
        ("The First – début", ""),
        ("The Second", ""),
    ]
    one, two = book.chapters[1:]
    assert one.text == f"One\n\n{HEADING_PAUSE}\n\n{JOINED}\n\n{JOINED}"
    assert two.text == f"Two\n\n{HEADING_PAUSE}\n\n{JOINED}\n\n{JOINED}"


def test_prose_before_the_first_chapter_is_spoken(read: Read) -> None:
    """A beginning without a heading is short, and still no title page."""
    opening = set_lines([*SENTENCE, *[line.strip() for line in SENTENCE]])
    pages = [opening, *map(set_story, WORDS[:2])]

    book = read(*pages, outline=[("One", 1, 700.0), ("Two", 2, 700.0)])

    assert [chapter.skip_reason for chapter in book.chapters] == ["", "", ""]


def test_front_matter_of_the_outline_is_skipped(read: Read) -> None:
    """A bookmark called Copyright or Contents is no part of the work."""
    outline = [("Copyright", 0, 700.0), ("A Tale", 1, 700.0), ("Index", 2, 700.0)]

    book = read(*map(set_story, WORDS[:3]), outline=outline)

    assert [bool(chapter.skip_reason) for chapter in book.chapters] == [True, False, True]


def test_large_letters_make_chapters(read: Read) -> None:
    """Without an outline, the largest headings that come more than once begin the chapters."""
    pages = [
        [Put("The Whole Book", 150, 500, 26)],
        *(
            [
                Put(name, 200, TOP, 18),
                *set_lines(SENTENCE, top=TOP - 40),
                Put("A section", 50, 500, 13),
                *set_lines(SENTENCE, top=470),
            ]
            for name in ("Beginnings", "Endings")
        ),
    ]

    book = read(*pages)

    assert [chapter.title for chapter in book.chapters] == ["The Whole Book: Beginnings", "Endings"]
    assert f"A section\n\n{HEADING_PAUSE}\n\n{JOINED}" in book.chapters[1].text


@pytest.mark.parametrize(
    "title",
    [
        *("", "Microsoft Word - draft.doc", "untitled", "book.indd", "20417.exe", "Layout 1"),
        *("C:\\texts\\final.tmp", "PowerPoint.pptx", "Untitled-3", "0042", "-"),
    ],
)
def test_a_file_name_is_better_than_no_title(read: Read, title: str) -> None:
    """What a program left in the metadata is no title."""
    assert read(set_lines(SENTENCE), info={"Title": title}).title == "the book"


@pytest.mark.parametrize("title", ["The Lighthouse", "1984", "Mr. Fox", "Vol. 2. The Sea", "It"])
def test_a_title_is_kept(read: Read, title: str) -> None:
    """Full stops and figures make no file name of it."""
    assert read(set_lines(SENTENCE), info={"Title": title}).title == title


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        *(("HASH(0x55d0c8)", ""), ("jmiller", ""), ("Administrator", ""), ("me@example.com", "")),
        *(("Zoë B", "Zoë B"), ("Miller", "Miller"), ("J. R. Miller", "J. R. Miller")),
    ],
)
def test_an_account_is_no_author(read: Read, author: str, expected: str) -> None:
    """What a program left is left out; a name stays."""
    assert read(set_lines(SENTENCE), info={"Author": author}).author == expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (make_pdf([set_lines(SENTENCE)], is_locked=True), "is locked with a password; save a copy"),
        (b"", "is no PDF that can be read, or is damaged"),
        (b"%PDF-1.7\nnothing", "is no PDF that can be read, or is damaged"),
        (
            make_pdf([[]] * 3),
            "has no text on 3 of its 3 pages: it is scanned; give it a text layer",
        ),
        (
            make_pdf([set_lines(SENTENCE), *([[Put("page", 50, 50)]] * 3)]),
            "has no text on 3 of its 4 pages: it is scanned; give it a text layer by OCR first",
        ),
    ],
    ids=["locked", "empty", "broken", "scanned", "mostly scanned"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    """Locked, broken and scanned files are one line that says what to do."""
    path = tmp_path / "book.pdf"
    path.write_bytes(data)

    with pytest.raises(InputError) as caught:
        pdf.read_pdf(path)

    assert message in str(caught.value)
    assert str(caught.value).startswith(repr(str(path)))


def test_the_licence_of_project_gutenberg_is_left_out(tmp_path: Path):
    """What stands before the work and after it is named and not spoken; it tells the title."""
    head = [
        "The Project Gutenberg eBook of A Small Tale",
        "",
        "Title: A Small Tale",
        "",
        "*** START OF THE PROJECT GUTENBERG EBOOK A SMALL TALE ***",
        "",
        "Produced by Nobody",
    ]
    work = ["It was a long day, and nobody came to the house.", "It ended all the same."]
    tail = [
        "*** END OF THE PROJECT GUTENBERG EBOOK A SMALL TALE ***",
        "",
        "Nearly all use is free.",
    ]
    path = tmp_path / "tale.pdf"
    path.write_bytes(make_pdf([set_lines(head), set_lines(work), set_lines(tail)]))

    book = open_book(path)

    spoken = " ".join(each.text for each in book.chapters if not each.skip_reason)
    assert book.title == "A Small Tale"
    assert spoken == "It was a long day, and nobody came to the house. It ended all the same."
    assert book.chapters[0].skip_reason == "licence"


@pytest.mark.parametrize("name", ["START", "END"])
@pytest.mark.parametrize(
    "mark",
    [
        ["*** {} OF THE PROJECT", "GUTENBERG EBOOK A LONG", "AND SMALL TALE ***"],
        ["***", "{} OF THIS PROJECT GUTENBERG EBOOK A SMALL TALE", "***"],
        ["* * * {} OF THE PROJECT GUTENBERG EBOOK A SMALL TALE * * *"],
    ],
    ids=["wrapped", "framed", "spaced"],
)
def test_the_licence_is_left_out_however_its_marks_are_set(
    tmp_path: Path, mark: list[str], name: str
):
    """They are broken as the column wants, in or between their asterisks."""
    other = "END" if name == "START" else "START"
    plain = f"*** {other} OF THE PROJECT GUTENBERG EBOOK A SMALL TALE ***"
    marks = {name: [line.format(name) for line in mark], other: [plain]}
    work = ["It was a long day, and nobody came to the house.", "It ended all the same."]
    lines = ["Title: A Small Tale", "", *marks["START"], "", *work, "", *marks["END"], "", "Free."]
    path = tmp_path / "tale.pdf"
    path.write_bytes(make_pdf([set_lines(lines)]))

    book = open_book(path)

    spoken = [each.text for each in book.chapters if not each.skip_reason]
    assert [" ".join(text.split()) for text in spoken] == [" ".join(work)]
