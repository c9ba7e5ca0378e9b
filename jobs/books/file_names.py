"""File names made of titles: what every file system takes, and what a person recognises."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import count
from pathlib import PurePath

MAX_NAME_BYTES = 120
"""Room is left for a number before it, extensions, and the directory that the worker writes to."""

MAX_NOTE_BYTES = 40
"""Of what is added in brackets to tell two books of one title apart."""

UNTITLED = "Untitled"

_WRITTEN_OTHERWISE = str.maketrans({"/": "-", "\\": "-", "|": "-", '"': "'", "<": "(", ">": ")"})
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)


def safe_name(title: str) -> str:
    """Return `title` as a file name without extension, the same on every file system."""
    name = unicodedata.normalize("NFC", title).translate(_WRITTEN_OTHERWISE)
    name = re.sub(r"\s*:\s+", " - ", name).replace(":", "-")
    name = re.sub(r"[*?]", "", " ".join(name.split()))
    name = "".join(char for char in name if not unicodedata.category(char).startswith("C"))
    name = _trim(name.lstrip(". "), MAX_NAME_BYTES)
    return f"_{name}" if _RESERVED.match(name) else name or UNTITLED


def other_names(name: str, source: str) -> Iterator[str]:
    """Yield `name`, then what another book of that title is called: by its file, by a number."""
    yield name
    yield _annotate(name, _trim(safe_name(PurePath(source).stem), MAX_NOTE_BYTES))
    for number in count(2):
        yield _annotate(name, str(number))


def _annotate(name: str, note: str) -> str:
    ending = f" ({note})"
    return _trim(name, MAX_NAME_BYTES - len(ending.encode())) + ending


def _trim(name: str, max_bytes: int) -> str:
    """Cut between two characters; Windows drops dots and spaces at the end, so none is left."""
    return name.encode()[:max_bytes].decode(errors="ignore").rstrip(". ")
