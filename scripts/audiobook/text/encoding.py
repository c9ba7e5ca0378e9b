"""Decodes a text file in whatever encoding it was written.

A byte order mark decides, then UTF-8 if it is that throughout; only what is left is guessed.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from jobs.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
"""Ten times the longest novel; a larger file is no book."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_JAPANESE = ("cp932", "euc_jp")
_HIRAGANA = re.compile("[\u3041-\u3096]")
MIN_HIRAGANA_SHARE = 0.1
"""Of the characters outside ASCII: a third in Japanese, hardly one in what is no Japanese."""
_NEWLINE = re.compile("\r\n?|[\x0b\x1c-\x1e\x85\u2028\u2029]")


def read_file(path: Path) -> bytes:
    """Return what is in a file.

    Raises:
        InputError: it cannot be read, or is larger than `MAX_BYTES`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InputError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_BYTES // 2**20} MiB; split it")
    return data


def decode_text(data: bytes, path: Path) -> str:
    r"""Return the text of the file `path`, which holds `data`; its lines end in ``\n``.

    Raises:
        InputError: it is no text.
    """
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)][:1]
    if b"\x1b$" in data:
        encodings.append("iso2022_jp")
    if b"\0" not in data:  # UTF-16 without a mark would pass for UTF-8
        encodings.append("utf-8")
    for encoding in encodings:
        try:
            return _check(_NEWLINE.sub("\n", data.decode(encoding)), path)
        except UnicodeDecodeError:
            continue
    return _check(_NEWLINE.sub("\n", guess_text(data, str(path))), path)


def guess_text(data: bytes, name: str) -> str:
    """Return the text that `data` most likely holds.

    Args:
        data: In an encoding that nothing declares.
        name: Of the file, for the message.

    Raises:
        InputError: no encoding fits.
    """
    if japanese := _read_japanese(data):
        return japanese
    found = from_bytes(data)
    best = found.best()
    if best is None:
        raise InputError(
            f"{name!r} is no text in any known encoding; save it as UTF-8 and try again"
        )
    # Latin code pages are hard to tell apart, and this one writes what Kokoro speaks.
    candidates = {match.encoding for match in found} | set(best.could_be_from_charset)
    if best.encoding != _WESTERN and _WESTERN in candidates:
        try:
            return data.decode(_WESTERN)
        except UnicodeDecodeError:
            return str(best)
    return str(best)


def _read_japanese(data: bytes) -> str:
    """Return `data` as Japanese; empty if it is none. Statistics take it for Korean too often."""
    for encoding in _JAPANESE:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        foreign = sum(1 for char in text if not char.isascii())
        if len(_HIRAGANA.findall(text)) > MIN_HIRAGANA_SHARE * foreign:
            return text
    return ""


def _check(text: str, path: Path) -> str:
    if (at := text.find("\0")) >= 0:
        raise InputError(f"{str(path)!r} is no text: character {at} is NUL; give a text file")
    return text
