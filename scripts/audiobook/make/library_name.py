"""Names of a book's files as libraries want them: ``{author}/{series}/{title}``.

Each part between slashes becomes a folder or, the last, the file's name. A field that the book
leaves empty takes the words before it along; a part of which nothing is left is left out.
"""

import re
from collections.abc import Iterator
from string import Formatter

from jobs.books.file_names import UNTITLED, safe_name
from jobs.books.manifest import Manifest
from jobs.errors import InvalidRequest

FIELDS = {
    "title": "title",
    "author": "author",
    "series": "series",
    "part": "series_part",
    "year": "year",
    "publisher": "publisher",
    "language": "language",
}
"""Field of a name to that of the manifest."""

_EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
_OTHERS_BRACKETS = re.compile(r"^\s*[)\]]|\s*[(\[](?=[^()\[\]]*$)")
"""Brackets that stay where the words around them are left out: their partners are elsewhere."""
_SEPARATORS = " -–—_,;:"


def check_template(template: str) -> str:
    """Return `template` if it can be a name below the output folder.

    Raises:
        InvalidRequest: it leads out, has no title, or a field that no book has.
    """
    parts = template.split("/")
    if "\\" in template or any(part.strip(". ") == "" for part in parts):
        raise InvalidRequest(
            f"--name {template!r} is no path below the folder; write it as {{author}}/{{title}}"
        )
    fields = [field for part in parts for field in _fields_of(part)]
    for field in fields:
        if field not in FIELDS:
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise InvalidRequest(f"--name {template!r}: {{{field}}} is unknown; it has {known}")
    if "title" not in fields:
        raise InvalidRequest(f"--name {template!r} needs {{title}}, or books replace each other")
    return template


def fill_template(template: str, manifest: Manifest) -> str:
    """Return the name of a book's files without suffix, relative to the output folder."""
    values = {field: getattr(manifest, name).strip() for field, name in FIELDS.items()}
    parts = [_fill(part, values) for part in template.split("/")]
    return "/".join([safe_name(part) for part in parts if part]) or UNTITLED


def has_own_folder(template: str) -> bool:
    """Return whether books of different names lie in different folders, named after them."""
    folder, _, name = template.rpartition("/")
    return {"title", *_fields_of(name)} <= set(_fields_of(folder))


def _fill(part: str, values: dict[str, str]) -> str:
    """Return a part with its fields; nothing if all of them are empty."""
    filled, fields = "", 0
    for literal, field in _parse(part):
        value = values[field] if field else ""
        words = literal.lstrip(_SEPARATORS) if filled.endswith(("(", "[")) else literal
        if field is not None and not value:
            words = "".join(_OTHERS_BRACKETS.findall(words))
        filled += words + value
        fields += bool(value)
    filled = _EMPTY_BRACKETS.sub("", filled).strip(_SEPARATORS)
    return filled if fields or "{" not in part else ""


def _fields_of(part: str) -> Iterator[str]:
    return (field for _, field in _parse(part) if field is not None)


def _parse(part: str) -> Iterator[tuple[str, str | None]]:
    """Yield the words before each field and its name, then the words after the last."""
    try:
        for literal, field, form, conversion in Formatter().parse(part):
            yield literal, None if field is None else field + (f":{form}" if form else "")
            if conversion:
                raise InvalidRequest(f"--name: {part!r} has more in a field than its name")
    except ValueError as exc:
        raise InvalidRequest(f"--name: {part!r} is wrong: {exc}") from exc
