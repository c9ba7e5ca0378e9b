"""Decodes a text in whatever encoding it was written.

A byte order mark decides, then UTF-8 if it is that throughout; only what is left is guessed, with a
package of the extra ``books``.
"""

import codecs
import re
from contextlib import suppress

from jobs.errors import InputError
from jobs.places import install_command

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_FEW_BYTES = 64
"""Too little for statistics, which find Chinese in "caf\u00e9"; mostly ASCII, it is Western."""
_JAPANESE = ("cp932", "euc_jp")
_HIRAGANA = re.compile("[\u3041-\u3096]")
MIN_HIRAGANA_SHARE = 0.1
"""Of the characters outside ASCII: a third in Japanese, hardly one in what is no Japanese."""


def decode_text(data: bytes, name: str) -> str:
    """Return the text that `data` holds; its line ends stay as they are.

    Args:
        data: In any encoding, with or without a byte order mark.
        name: Where it comes from, as a message shows it.

    Raises:
        InputError: it is no text, or the extra is missing that would guess.
    """
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)][:1]
    if b"\x1b$" in data:
        encodings.append("iso2022_jp")
    if b"\0" not in data:  # UTF-16 without a mark would pass for UTF-8
        encodings.append("utf-8")
    for encoding in encodings:
        try:
            return _check(data.decode(encoding), name)
        except UnicodeDecodeError:
            continue
    return _check(guess_text(data, name), name)


def guess_text(data: bytes, name: str) -> str:
    """Return the text that `data` most likely holds.

    Args:
        data: In an encoding that nothing declares.
        name: Where it comes from, as a message shows it.

    Raises:
        InputError: no encoding fits, or the extra is missing that would guess.
    """
    if japanese := _read_japanese(data):
        return japanese
    if len(data) < _FEW_BYTES and 2 * len(data.decode("ascii", "ignore")) > len(data):
        with suppress(UnicodeDecodeError):
            return data.decode(_WESTERN)
    try:
        from charset_normalizer import from_bytes
    except ModuleNotFoundError as exc:
        raise InputError(
            f"{name} is not UTF-8; convert it, for example with iconv -f latin1 -t utf-8, or "
            f"install what guesses: {install_command('books')}"
        ) from exc
    found = from_bytes(data)
    best = found.best()
    if best is None:
        raise InputError(f"{name} is no text in any known encoding; save it as UTF-8 and try again")
    # Latin code pages are hard to tell apart, and this one writes what Kokoro speaks.
    candidates = {match.encoding for match in found} | set(best.could_be_from_charset)
    if best.encoding != _WESTERN and _WESTERN in candidates:
        with suppress(UnicodeDecodeError):
            return data.decode(_WESTERN)
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


def _check(text: str, name: str) -> str:
    if (at := text.find("\0")) >= 0:
        raise InputError(f"{name} is no text: character {at} is NUL; give a text file")
    return text
