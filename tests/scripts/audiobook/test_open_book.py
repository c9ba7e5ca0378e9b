"""Finding and opening books: folders, kinds of files, and errors that name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.errors import InputError
from scripts.audiobook.open_book import READERS, find_books, open_book
from tests.builders.pdfs import make_pdf, set_lines

TEXTS = {
    ".txt": b"A text that is long enough to be one.",
    ".text": b"A text that is long enough to be one.",
    ".md": b"A *text* that is long enough to be one.",
    ".markdown": b"A *text* that is long enough to be one.",
    ".html": b"<p>A text that is long enough to be one.</p>",
    ".htm": b"<p>A text that is long enough to be one.</p>",
    ".xhtml": b"<html><body><p>A text that is long enough to be one.</p></body></html>",
    ".srt": b"1\n00:00:01,000 --> 00:00:02,000\nA text that is\nlong enough to be one.\n",
    ".vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000\n<i>A text that is</i> long enough to be one.\n",
    ".pdf": make_pdf([set_lines(["A text that is long enough to be one."])]),
}


@pytest.mark.parametrize("suffix", sorted(READERS.keys() - {".epub"}))
@pytest.mark.parametrize("is_upper", [False, True], ids=["lower case", "upper case"])
def test_each_kind_is_read_by_its_reader(tmp_path: Path, suffix: str, is_upper: bool) -> None:
    """The suffix decides, in any case."""
    pytest.importorskip("lxml", reason="books are read by the extra 'books'")
    path = tmp_path / f"book{suffix.upper() if is_upper else suffix}"
    path.write_bytes(TEXTS[suffix])

    book = open_book(path)

    assert [chapter.text for chapter in book.chapters] == ["A text that is long enough to be one."]
    assert (book.path, book.title) == (path, "book")


def test_a_folder_stands_for_its_books(tmp_path: Path) -> None:
    """Books come in the order in which people count, each once; other files are passed over."""
    for name in ("b 10.txt", "b 2.txt", "A.EPUB", ".hidden.txt", "cover.jpg", "c.pdf"):
        (tmp_path / name).touch()
    (tmp_path / "more.txt").mkdir()

    found = find_books([tmp_path / "c.pdf", tmp_path, tmp_path / "c.pdf"])

    assert [path.name for path in found] == ["c.pdf", "A.EPUB", "b 2.txt", "b 10.txt"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("book.doc", "is no kind of book that is known; known are .epub, .pdf, .md"),
        ("book", "is no kind of book that is known"),
        ("missing.epub", "there is no file"),
        ("empty", "holds no book; known are .epub"),
    ],
)
def test_what_is_no_book_is_refused(tmp_path: Path, name: str, message: str) -> None:
    """Every path is checked before anything is read."""
    (tmp_path / "book.doc").touch()
    (tmp_path / "book").touch()
    (tmp_path / "empty").mkdir()

    with pytest.raises(InputError) as caught:
        find_books([tmp_path / name])

    assert message in str(caught.value)
    assert repr(str(tmp_path / name)) in str(caught.value)


def test_a_folder_is_no_book(tmp_path: Path) -> None:
    """One book is opened at a time."""
    with pytest.raises(InputError, match="is a folder; name a book in it"):
        open_book(tmp_path)
