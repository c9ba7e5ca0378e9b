"""Opens a book of any known format, and finds the books that a command names."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jobs.errors import InputError
from jobs.text.language_tags import find_language
from scripts.audiobook.book import Book
from scripts.audiobook.book_language import settle_language, settle_paragraphs
from scripts.audiobook.japanese_readings import say_readings
from scripts.audiobook.outline.chapter_notes import part_notes

READERS = {
    ".epub": ("scripts.audiobook.epub.read_epub", "read_epub"),
    ".pdf": ("scripts.audiobook.pdf.read_pdf", "read_pdf"),
    ".md": ("scripts.audiobook.html.read_markdown", "read_markdown"),
    ".markdown": ("scripts.audiobook.html.read_markdown", "read_markdown"),
    ".html": ("scripts.audiobook.html.read_html", "read_html"),
    ".htm": ("scripts.audiobook.html.read_html", "read_html"),
    ".xhtml": ("scripts.audiobook.html.read_html", "read_html"),
    ".txt": ("scripts.audiobook.text.read_text", "read_plain"),
    ".srt": ("scripts.audiobook.text.read_text", "read_plain"),
    ".vtt": ("scripts.audiobook.text.read_text", "read_plain"),
    ".text": ("scripts.audiobook.text.read_text", "read_plain"),
}
"""Module and function by suffix; a module is imported only when a file needs it."""

_DIGITS = re.compile(r"(\d+)")


def open_book(path: Path) -> Book:
    """Read a book.

    Raises:
        InputError: the file is missing, of an unknown format, locked, damaged or empty.
        ModuleNotFoundError: the extra ``books`` is not installed.
    """
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder; name a book in it")
    module_name, function_name = READERS[_check_kind(path)]
    book: Book = getattr(importlib.import_module(module_name), function_name)(path)
    if not any(chapter.text.strip() for chapter in book.chapters):
        raise InputError(f"{str(path)!r} holds no text; there is nothing to speak")
    chapters = tuple(part for chapter in book.chapters for part in part_notes(chapter))
    book = settle_paragraphs(settle_language(replace(book, chapters=chapters)))
    if find_language(book.language) != find_language("ja"):
        return book
    chapters = tuple(replace(each, text=say_readings(each.text)) for each in book.chapters)
    return replace(book, chapters=chapters)


def find_books(paths: Sequence[Path]) -> list[Path]:
    """Return the books that `paths` name, each once; a folder names all books in it, in order.

    Raises:
        InputError: a path is missing, of an unknown format, or a folder without books.
    """
    found: list[Path] = []
    for path in paths:
        found.extend(_find_in(path) if path.is_dir() else [path])
    for path in found:
        _check_kind(path)
    return list(dict.fromkeys(found))


def _find_in(folder: Path) -> list[Path]:
    try:
        inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as exc:
        raise InputError(f"{str(folder)!r} cannot be read: {exc.strerror}") from exc
    books = [path for path in inside if path.suffix.lower() in READERS and path.is_file()]
    if not books:
        raise InputError(f"{str(folder)!r} holds no book; known are {', '.join(READERS)}")
    return sorted(books, key=lambda path: _natural_key(path.name))


def _natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts 2 before 10."""
    pieces = _DIGITS.split(name.casefold())
    return [(int(piece), "") if at % 2 else (0, piece) for at, piece in enumerate(pieces)]


def _check_kind(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise InputError(
            f"{str(path)!r} is no kind of book that is known; known are {', '.join(READERS)}"
        )
    if not path.is_file():
        raise InputError(f"there is no file {str(path)!r}; check the name")
    return suffix
