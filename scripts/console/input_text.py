"""The text that a command was given: the words themselves, a file, or standard input."""

import os
import re
import sys
from pathlib import Path
from typing import BinaryIO

from jobs.errors import InputError, TextTooLong
from jobs.text.ssml import is_ssml
from scripts.console.text_encoding import decode_text

STANDARD_INPUT = "-"
TEXT_SUFFIXES = (".txt", ".md", ".text", ".markdown")
BOOK_SUFFIXES = (".epub", ".pdf")
MAX_NAME_CHARACTERS = 4_000
"""No path is longer than this; a longer argument is text."""
_SURROGATE = re.compile("[\udc80-\udcff]")
"""A byte that was no UTF-8, as Python hands it on."""

BYTES_PER_CHARACTER = 4
"""The most that UTF-8 needs."""


def read_text(argument: str, max_characters: int) -> str:
    """Return the text that `argument` names or is.

    Args:
        argument: ``-`` for standard input, the path of a file that exists, or the text itself.
        max_characters: No more than this is read.

    Raises:
        InputError: the file is missing, cannot be read or is no text.
        TextTooLong: there is more than `max_characters`.
    """
    if argument == STANDARD_INPUT:
        limit = BYTES_PER_CHARACTER * max_characters
        return decode_text(_read(sys.stdin.buffer, limit, "standard input"), "standard input")
    path = Path(argument)
    if not argument.strip() or not _exists(path):
        if _looks_like_a_path(argument):
            raise InputError(f"there is no file {argument!r}; check the name")
        return _as_typed(argument)
    return read_file(path, max_characters)


def read_file(path: Path, max_characters: int) -> str:
    """Return the text in a file; arguments and errors as `read_text`."""
    name = repr(str(path))
    if path.is_dir():
        raise InputError(f"{name} is a directory; name a text file in it")
    if path.suffix.lower() in BOOK_SUFFIXES:
        raise InputError(f"{name} is a book; `ktts audiobook {path} -o DIR` speaks it")
    try:
        with path.open("rb") as file:
            data = _read(file, BYTES_PER_CHARACTER * max_characters, name)
    except OSError as exc:
        raise InputError(f"{name} cannot be read: {exc.strerror}") from exc
    return decode_text(data, name)


def _as_typed(argument: str) -> str:
    """Return the text of an argument that is no UTF-8, or that Python has not read as such."""
    if sys.getfilesystemencoding() == "utf-8" and not _SURROGATE.search(argument):
        return argument
    return decode_text(os.fsencode(argument), "the text")


def name_source(argument: str) -> str:
    """Return the name of the file that `argument` is; empty for standard input and a text."""
    path = Path(argument)
    is_file = argument != STANDARD_INPUT and bool(argument.strip()) and _exists(path)
    return path.name if is_file else ""


def _exists(path: Path) -> bool:
    if len(str(path)) > MAX_NAME_CHARACTERS or "\0" in str(path):
        return False
    try:
        return path.exists()
    except OSError:  # a name too long for the file system is text
        return False


def _looks_like_a_path(argument: str) -> bool:
    if any(char.isspace() for char in argument) or is_ssml(argument):
        return False
    return "/" in argument or argument.lower().endswith(TEXT_SUFFIXES + BOOK_SUFFIXES)


def _read(file: BinaryIO, limit_bytes: int, name: str) -> bytes:
    data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise TextTooLong(
            f"{name} is longer than {limit_bytes // BYTES_PER_CHARACTER} characters; "
            "split it, or raise KTTS_MAX_CHARACTERS on producers and workers"
        )
    return data
