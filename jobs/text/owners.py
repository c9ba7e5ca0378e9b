"""Owners: the names of those whose work the jobs of one application are."""

import re

from ..errors import InvalidRequest

OWNER_PATTERN = "[A-Za-z0-9_](?:[A-Za-z0-9_.@+:-]{0,62}[A-Za-z0-9_])?"

_NAME = re.compile(OWNER_PATTERN)
_NO_FILE_NAME = re.compile("[^a-z0-9_.@+-]")


def is_owner(name: str) -> bool:
    """Say whether `name` can be an owner's."""
    return _NAME.fullmatch(name) is not None


def check_owner(name: str) -> str:
    """Return `name` if it can be an owner's.

    Raises:
        InvalidRequest: it is empty, too long, or has other characters.
    """
    if not is_owner(name):
        shown = name if len(name) <= 80 else f"{name[:80]}..."  # noqa: PLR2004  # one line
        raise InvalidRequest(
            f"owner {shown!r} is no owner's name: up to 64 letters and digits of ASCII or any of "
            "_ . @ + : - between them"
        )
    return name


def owner_dir(owner: str) -> str:
    """Return the name of an owner's folder; two have two, also where case counts nothing."""
    return _NO_FILE_NAME.sub(lambda found: f"%{ord(found[0]):02x}", owner)
