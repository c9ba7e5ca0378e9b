"""Reads a book's file: its bytes, or its text with plain line ends."""

import os
import re
from pathlib import Path

from jobs.errors import InputError
from scripts.console.text_encoding import decode_text

MAX_BYTES = 64 * 1024 * 1024
"""Ten times the longest novel; a larger file is no book."""

_NEWLINE = re.compile("\r\n?|[\x0b\x1c-\x1e\x85\u2028\u2029]")


def read_text_file(path: Path) -> str:
    r"""Return the text of a file in any encoding; its lines end in ``\n``.

    Raises:
        InputError: it cannot be read, or is no text.
    """
    return _NEWLINE.sub("\n", decode_text(read_file(path), repr(str(path))))


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """Return the content of a file; raises InputError if it is unreadable or too large."""
    try:
        with path.open("rb") as file:
            # A read reserves what it is asked for, however small the file is.
            data = file.read(min(os.fstat(file.fileno()).st_size, max_bytes) + 1)
    except OSError as exc:
        raise InputError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    if len(data) > max_bytes:
        raise InputError(f"{str(path)!r} is larger than {max_bytes // 2**20} MiB; split it")
    return data
