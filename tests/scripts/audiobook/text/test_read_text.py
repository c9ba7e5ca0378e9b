"""Plain texts as books: encodings, wrapped lines, verse, headings, Project Gutenberg's frame."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.book import HEADING_PAUSE, SCENE_BREAK, Book
from scripts.audiobook.text.text_file import read_file

pytest.importorskip("charset_normalizer", reason="text is read by the extra 'books'")
pytest.importorskip("lxml", reason="text is read by the extra 'books'")
plain = pytest.importorskip("scripts.audiobook.text.read_text")
headings = pytest.importorskip("scripts.audiobook.outline.headings")

Read = Callable[..., Book]

PROSE = """\
It was the best of times, it was the worst of times, it was the age of
wisdom, it was the age of foolishness, it was the epoch of belief, it was
the epoch of incredulity, it was the season of light.
"""
JOINED = " ".join(PROSE.split())
VERSE = (
    "    How doth the little crocodile\n      Improve his shining tail,\n    And pour the waters\n"
)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that writes a text and reads it as a book."""

    def read(text: str, encoding: str = "utf-8") -> Book:
        path = tmp_path / "a tale.txt"
        path.write_bytes(text.encode(encoding))
        return plain.read_plain(path)

    return read


def paragraphs(book: Book) -> list[str]:
    """Return the paragraphs of a book of one chapter."""
    (chapter,) = book.chapters
    return chapter.text.split("\n\n")


ENCODED = {
    "de": "Während die Müller über die Straße gingen, hörten sie plötzlich ein Geräusch.",
    "en": "He said, “It’s a café on the corner — don’t be naïve.”",
    "es": "¿Qué hora es? Había una vez un señor llamado Martín, que vivía en España.",
    "fr": "L'été dernier, à Besançon, Hélène déjeunait près du château, étonnée de tout.",
    "ru": "Все счастливые семьи похожи друг на друга, каждая несчастливая по-своему.",
    "ja": "私は昨日、東京タワーに行きました。高さは三百メートルです。すごいねと彼は言った。",
    "zh": "你好，世界！我在北京买了苹果，他们都说很好吃。第二天我们又去了上海。",
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        *((language, encoding) for language in ENCODED for encoding in ("utf-8", "utf-8-sig")),
        *((language, encoding) for language in ENCODED for encoding in ("utf-16", "utf-32")),
        ("de", "latin-1"),
        ("en", "cp1252"),
        ("es", "latin-1"),
        ("fr", "cp1252"),
        ("en", "utf-16-le"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ja", "shift_jis"),
        ("ja", "euc_jp"),
        ("ja", "iso2022_jp"),
        ("zh", "gb18030"),
        ("zh", "big5"),
    ],
)
def test_any_encoding_is_read(read: Read, language: str, encoding: str) -> None:
    """The text comes out as it was written, whatever wrote it."""
    text = "\n\n".join([ENCODED[language]] * 5)
    text = text.encode(encoding, "ignore").decode(encoding)  # Big5 lacks some of the characters

    assert "\n\n".join(paragraphs(read(text, encoding))) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; there is nothing to speak"),
        (b" \n\n ", "is empty; there is nothing to speak"),
        (bytes(range(256)) * 20, "is no text in any known encoding"),
        (b"a b c\0 d e f" * 20, "is no text"),
    ],
    ids=["empty", "blank", "binary", "nul"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    """Nothing, and what is no text, is one line that names the file."""
    path = tmp_path / "book.txt"
    path.write_bytes(data)

    with pytest.raises(InputError) as caught:
        plain.read_plain(path)

    assert message in str(caught.value)
    assert repr(str(path)) in str(caught.value)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028"])
def test_wrapped_lines_are_joined(read: Read, newline: str) -> None:
    """Lines that were wrapped at the page's width make one paragraph, verse keeps its lines."""
    text = f"{PROSE}\n{VERSE}\n{PROSE}".replace("\n", newline)

    assert paragraphs(read(text)) == [
        JOINED,
        "How doth the little crocodile\nImprove his shining tail,\nAnd pour the waters",
        JOINED,
    ]


def test_indents_begin_paragraphs(read: Read) -> None:
    """Without blank lines, an indented line begins a paragraph."""
    text = "".join(f"   {PROSE}" for _ in range(3))

    assert paragraphs(read(text)) == [JOINED] * 3


def test_long_lines_are_paragraphs(read: Read) -> None:
    """A text with a line for each paragraph has them, short ones of dialogue too."""
    text = f"{JOINED} {JOINED}\n“No.”\n“Yes.”\n{JOINED} {JOINED}\n"

    assert paragraphs(read(text)) == [f"{JOINED} {JOINED}", "“No.”", "“Yes.”", f"{JOINED} {JOINED}"]


def test_words_are_joined_without_a_space_where_none_was(read: Read) -> None:
    """A dash or a hyphen at a line's end, and Chinese lines, are closed up."""
    english = PROSE.replace("of\nwisdom", "of--\nwisdom").replace("it was\nthe", "self-\nmade")
    chinese = "\n".join(["今天天气很好我们一起去公园散步吧你说好不好呀真的非常非常好"] * 4)

    assert "age of--wisdom" in paragraphs(read(english))[0]
    assert "self-made epoch" in paragraphs(read(english))[0]
    assert "\n" not in paragraphs(read(chinese))[0]
    assert " " not in paragraphs(read(chinese))[0]


@pytest.mark.parametrize("mark", ["***", "* * *", "      *      *      *", "#", "---", "⁂", "—"])
def test_scene_breaks_are_pauses(read: Read, mark: str) -> None:
    """A line of ornaments is a pause, and is not spoken."""
    assert paragraphs(read(f"{PROSE}\n{mark}\n\n{PROSE}")) == [JOINED, SCENE_BREAK, JOINED]


@pytest.mark.parametrize(
    "lines",
    [
        ("CHAPTER I", "CHAPTER II"),
        ("Chapter 1. The Start", "Chapter 2. The End"),
        ("Chapter Twenty-One", "Chapter One Hundred and Five"),
        ("Chapter the First", "Chapter the Last"),
        ("Kapitel 3", "Kapitel 4: Wie es weiterging"),
        ("Erstes Kapitel", "Zweites Kapitel"),
        ("Chapitre premier", "Chapitre II"),
        ("Première partie", "Deuxième partie"),
        ("CAPÍTULO PRIMERO", "CAPÍTULO II — El mar"),
        ("Capitolo I", "Capitolo II"),
        ("第三章", "第四章 海"),
        ("第十二回：开始", "第十三回"),
        ("अध्याय १", "अध्याय २"),
        ("Prologue", "EPILOGUE."),
        ("Part One", "PART TWO: THE SEA"),
        ("Canto Primeiro", "Canto Segundo"),
        ("Harvest: Canto I", "Harvest: Canto II"),
        ("一", "二"),
        ("I", "II"),
        ("I.", "II."),
        ("I. A SCANDAL", "II. THE LEAGUE"),
        ("1", "2"),
        ("1. Here", "2. There"),
        ("Letter 1", "Letter 2"),
    ],
    ids=lambda lines: lines[0],
)
def test_headings_make_chapters(read: Read, lines: tuple[str, str]) -> None:
    """Whatever the language calls them, headings begin chapters and bear their names."""
    book = read(f"{lines[0]}\n\n{PROSE}\n\n\n{lines[1]}\n\n{PROSE}")

    assert [(chapter.title, chapter.text) for chapter in book.chapters] == [
        (line, f"{line}\n\n{HEADING_PAUSE}\n\n{JOINED}") for line in lines
    ]


@pytest.mark.parametrize(
    "line",
    [
        "I am here.",
        "Part of the plan was lost.",
        "Chapter 5 of the report was long.",
        "Book review",
        "MIX",
        "7",
        "III",
        "1. Take two eggs.",
        "Introduction to logic",
        "Chapter after chapter, she read",
    ],
)
def test_other_lines_are_no_headings(read: Read, line: str) -> None:
    """A sentence, or a number that does not count, is text like any other."""
    book = read(f"{PROSE}\n{line}\n\n{PROSE}")

    assert paragraphs(book) == [JOINED, line, JOINED]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n\n\n"])
def test_a_title_below_its_number_belongs_to_it(read: Read, between: str) -> None:
    """Number and title on two lines, or in two paragraphs, name one chapter."""
    text = "".join(
        f"CHAPTER {number}.{between}{title}\n\n{PROSE}\n\n"
        for number, title in (("I", "Down the Rabbit-Hole"), ("II", "The Pool of Tears"))
    )

    book = read(text)

    assert [chapter.title for chapter in book.chapters] == [
        "CHAPTER I: Down the Rabbit-Hole",
        "CHAPTER II: The Pool of Tears",
    ]


def test_parts_and_numbers_within_chapters(read: Read) -> None:
    """A part goes before its first chapter; counted sections within chapters stay in them."""
    text = (
        f"PART ONE\n\nCHAPTER 1\n\nI\n\n{PROSE}\n\nII\n\n{PROSE}\n\n"
        f"CHAPTER 2\n\n{PROSE}\n\nPART TWO\n\nCHAPTER 3\n\n{PROSE}"
    )

    book = read(text)

    assert [chapter.title for chapter in book.chapters] == [
        "PART ONE: CHAPTER 1",
        "CHAPTER 2",
        "PART TWO: CHAPTER 3",
    ]
    assert f"{JOINED}\n\nII\n\n{HEADING_PAUSE}" in book.chapters[0].text


def test_numbers_between_prologue_and_epilogue_are_chapters(read: Read) -> None:
    """A book of numbered chapters may have named ones at both ends."""
    book = read("".join(f"{line}\n\n{PROSE}\n\n" for line in ("Prologue", "I", "II", "Epilogue")))

    assert [chapter.title for chapter in book.chapters] == ["Prologue", "I", "II", "Epilogue"]


def test_sections_of_one_story_are_no_chapters_of_the_book(read: Read) -> None:
    """Numbers that stand in the first few pages only do not divide the book."""
    short = "".join(f"{line}\n\n{PROSE}\n\n" for line in ("I", "II"))

    (chapter,) = read(short + f"{PROSE}\n" * 40).chapters

    assert f"II\n\n{HEADING_PAUSE}" in chapter.text


def test_numbered_sections_of_titled_chapters_stay_in_them(read: Read) -> None:
    """Where some numbers have titles, those without are sections."""
    lines = ("I. A SCANDAL", "I", "II", "II. THE LEAGUE", "III. A CASE")

    book = read("".join(f"{line}\n\n{PROSE}\n\n" for line in lines))

    titles = [chapter.title for chapter in book.chapters]
    assert titles == ["I. A SCANDAL", "II. THE LEAGUE", "III. A CASE"]


def test_front_and_contents_are_set_aside(read: Read) -> None:
    """A title page and a table of contents are chapters that are skipped by default."""
    contents = "CONTENTS\n\n CHAPTER I.    The Start . . . 1\n CHAPTER II.   The End\n\n"
    text = (
        f"A TALE\n\nby Somebody\n\n{contents}"
        f"CHAPTER I.\nThe Start\n\n{PROSE}\n\nCHAPTER II.\nThe End\n\n{PROSE}"
    )

    book = read(text)

    assert [(chapter.title, chapter.skip_reason) for chapter in book.chapters] == [
        ("a tale", "title page"),
        ("CONTENTS", "table of contents"),
        ("CHAPTER I: The Start", ""),
        ("CHAPTER II: The End", ""),
    ]


GUTENBERG = f"""\
The Project Gutenberg eBook of A Tale

Title: A Tale
        of Two Lines

Author: Somebody

Language: French

*** START OF THE PROJECT GUTENBERG EBOOK A TALE ***

Produced by Anna and
Bob

[Illustration]

CHAPTER I

{PROSE.replace("belief", "belief[1]")}
[Footnote 1: Never mind.]

[Illustration: A crocodile]

CHAPTER II

{PROSE}

*** END OF THE PROJECT GUTENBERG EBOOK A TALE ***

Updated editions will replace the previous one.
"""


def test_the_licence_of_project_gutenberg_is_taken_off(read: Read) -> None:
    """Only the work is left, and what the head says of it; no pictures, no notes."""
    book = read(f"\ufeff{GUTENBERG}")

    assert (book.title, book.author, book.language) == ("A Tale of Two Lines", "Somebody", "fr")
    assert [chapter.text for chapter in book.chapters] == [
        f"CHAPTER {number}\n\n{HEADING_PAUSE}\n\n{JOINED}" for number in ("I", "II")
    ]


def test_a_long_heading_on_several_lines_is_one(read: Read) -> None:
    """It tells the story of its chapter, and is spoken and shown whole."""
    told = (
        "In which the keeper of the lamp, having lost his way and hat,\nfinds neither of them, but"
    )
    told += " comes upon a boat that nobody\nhad missed, and goes home in it before the others wake"
    book = read("".join(f"Chapter {n}. {told}\n\n{PROSE}\n\n" for n in ("I", "II")))

    assert [each.title for each in book.chapters] == [
        f"Chapter {n}. {' '.join(told.split())}" for n in ("I", "II")
    ]


def test_numbered_stanzas_are_no_chapters(read: Read) -> None:
    """A song in the text counts its stanzas."""
    stanza = "The boat went out,\nThe boat came in,\nAnd nobody\nHad caught a fin.\n\n"
    (chapter,) = read(
        f"{PROSE}\n" + "".join(f"{n}.\n\n{stanza}" for n in (1, 2, 3)) + PROSE
    ).chapters

    assert "2.\n\nThe boat went out,\nThe boat came in," in chapter.text


def test_the_first_speaker_of_a_play_is_no_title(read: Read) -> None:
    """A line that comes again below the number of an act belongs to the dialogue."""
    speech = f"WILKINS.\n\n{PROSE}\n\nMRS. HALE.\n\n{PROSE}\n\n"

    book = read(f"ACT I\n\n{speech}ACT II\n\n{speech}")

    assert [chapter.title for chapter in book.chapters] == ["ACT I", "ACT II"]


def test_notes_and_lists_of_the_makers_are_left_out_and_named(read: Read) -> None:
    """Before the first chapter of a text of Project Gutenberg, and after the last."""
    note = "[Transcriber's Note:\n\nSee http://example.org for more.\n\nErrors are listed.]\n\n"
    books = "ALSO BY THE WRITER\n\n" + "THE PIER, in cloth\n" * 9
    text = GUTENBERG.replace("[Illustration]\n", f"{note}{books}\n")
    text = text.replace("*** END", "ERRATA\n\nPage 3, for pier read peer.\n\n*** END")

    book = read(text)

    assert [(each.title, each.skip_reason) for each in book.chapters] == [
        ("Transcriber's note", "transcriber's note"),
        ("ALSO BY THE WRITER", "advertisement"),
        ("CHAPTER I", ""),
        ("CHAPTER II", ""),
        ("ERRATA", "transcriber's note"),
    ]


def test_a_word_of_front_matter_hides_no_text(read: Read) -> None:
    """A line such as "Copyright" is text, and sentences below "Notes" are a story."""
    for line in ("Copyright", "Notes"):
        book = read(f"{PROSE}\n{line}\n\n" + f"{PROSE}\n" * 6)
        assert not any(chapter.skip_reason for chapter in book.chapters)


def test_long_verse_keeps_its_lines_and_a_dedication_is_spoken(read: Read) -> None:
    """Lines that do not end as sentences do are verse, however many they are."""
    verse = "".join(f"The boat went out to {word}\n" for word in "abcdefghijklmnopqrstuvwxyz" * 2)

    assert paragraphs(read(verse)) == [verse.strip()]
    chapters = "".join(f"CHAPTER {n}\n\n{PROSE}\n\n" for n in ("I", "II"))
    assert read(f"A TALE\n\nFor my brother\n\n{chapters}").chapters[1].text == "For my brother"


@pytest.mark.parametrize(
    "piece",
    [
        "\n",
        " \n",
        "*** START OF THE PROJECT GUTENBERG EBOOK\n",
        "[Transcriber's Note: ",
        "-" * 20 + "\n",
        "1\n\n",
        "第一章\n\n",
        "［＃",
        "a《あ》",
        "Chapter I. A title\n",
    ],
)
def test_ten_times_the_text_takes_at_most_fifteen_times_the_work(
    piece: str, tmp_path: Path
) -> None:
    """Nothing in a text makes its reader look at the rest again and again."""

    def measure(times: int) -> float:
        path = tmp_path / "book.txt"
        path.write_text("An end." + piece * times + "An end.", encoding="utf-8")
        start = time.process_time()
        plain.read_plain(path)
        return time.process_time() - start

    # A machine with other work gets several tries.
    assert any(measure(6_000) <= 15 * measure(600) + 0.05 for _ in range(8))


def test_a_text_without_headings_is_one_chapter(read: Read) -> None:
    """It bears the name of its file."""
    (chapter,) = read(PROSE).chapters

    assert (chapter.title, chapter.skip_reason) == ("a tale", "")


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("I", 1), ("IV", 4), ("IX", 9), ("XIV", 14), ("XLII", 42), ("MCMXC", 1990)],
)
def test_roman_numerals_have_values(numeral: str, value: int) -> None:
    """Numerals are read as the Romans' later followers wrote them."""
    assert headings.read_roman(numeral) == value


def test_a_small_file_takes_little_memory(tmp_path: Path):
    """Not the room that the largest one may have."""
    path = tmp_path / "book.txt"
    path.write_text("The ferry left before dawn. " * 2_000, encoding="utf-8")
    tracemalloc.start()
    try:
        read_file(path)
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()
