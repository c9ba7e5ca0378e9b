"""Where a link in a page of a book leads."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link in a file of the archive leads."""

    name: str
    """Of the file in the archive; it need not be there."""
    fragment: str = ""
    """The name in that file; empty for the file itself."""


def resolve_link(base: str, href: str) -> Link | None:
    """Return where `href` leads that stands in the file `base`; None for out of the archive."""
    try:
        parts = urlsplit(href.strip().replace("\\", "/"))
    except ValueError:  # what looks as an address but is none
        return None
    if parts.scheme or parts.netloc:
        return None
    fragment = unquote(parts.fragment)
    if not parts.path:
        return Link(base, fragment)
    path = unquote(parts.path)
    if path.startswith("/"):
        name = posixpath.normpath(path.lstrip("/"))
    else:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    return None if name.startswith("..") or "\0" in name else Link(name, fragment)
