"""Reads roles: TOML that says in which voice and how fast each speaks.

::

    Lane = "bm_lewis"               # a role is a name and a voice

    ["Lady Bracknell"]              # or more
    voice = "bf_emma:0.7,bf_alice:0.3"
    speed = 0.95                    # 0.5 to 2.0; the text's own where it is missing

The same as JSON, an object, is read too, as HTTP clients send it.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from jobs.errors import InputError, InvalidRequest
from jobs.text.roles import MAX_ROLES, Role, check_role_name
from scripts.console.input_text import read_file

MAX_CHARACTERS = 1_000_000


def read_roles(path: Path) -> dict[str, Role]:
    """Return the roles in a file by their names.

    Raises:
        InputError: it cannot be read, or is not as described; the message has the line.
        InvalidRequest: a voice does not exist; likewise.
    """
    return parse_roles(read_file(path, MAX_CHARACTERS), repr(str(path)))


def parse_roles(document: str, place: str) -> dict[str, Role]:
    """Return the roles in a document; errors as `read_roles`, after the name `place`."""
    try:
        is_json = document.lstrip().startswith("{")
        tables = json.loads(document) if is_json else tomllib.loads(document)
    except (ValueError, RecursionError) as exc:
        raise InputError(f'{place}: {exc}; write a role as Ann = "af_heart"') from exc
    return check_roles(tables, place, document)


def check_roles(tables: Mapping[str, object], place: str, document: str = "") -> dict[str, Role]:
    """Return the roles of a table; errors as `read_roles`, with the lines of `document`."""
    roles: dict[str, Role] = {}
    if len(tables) > MAX_ROLES:
        raise InputError(f"{place} has over {MAX_ROLES} roles")
    names: dict[str, str] = {}
    for name, fields in tables.items():
        where = f"{place}{_find_line(document, name)}"
        try:
            roles[check_role_name(name)] = Role.read(fields)
        except InvalidRequest as exc:
            raise type(exc)(f"{where}: role {name!r}: {exc}") from exc
        if twin := names.get(name.casefold()):
            raise InputError(f"{where}: role {name!r} is there twice, as {twin!r} before")
        names[name.casefold()] = name
    return roles


def _find_line(document: str, name: str) -> str:
    """Return the line that defines a role, to be put after the name of its file."""
    written = rf"""(?:"{re.escape(name)}"|'{re.escape(name)}'|{re.escape(name)})"""
    defined = rf"^[^\S\n]*(?:\[(?:roles\.)?{written}\]|{written}\s*[=:.])"
    if found := re.search(defined, document, re.MULTILINE):
        line = document.count("\n", 0, found.start()) + 1
        return f", line {line}"
    return ""
