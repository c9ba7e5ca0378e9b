"""Resolves links between the pages of a book."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class PageLink:
    """The target of a link: a place in a file of the archive."""

    name: str
    """File name in the archive; the file may be missing."""
    fragment: str = ""
    """Anchor in that file; empty for the file itself."""


def resolve_link(base: str, href: str) -> PageLink | None:
    """Return the target of `href` in the file `base`; None if it leaves the archive."""
    try:
        parts = urlsplit(href.strip().replace("\\", "/"))
    except ValueError:  # it looks like an address but is none
        return None
    if parts.scheme or parts.netloc:
        return None
    fragment = unquote(parts.fragment)
    if not parts.path:
        return PageLink(base, fragment)
    path = unquote(parts.path)
    if path.startswith("/"):
        name = posixpath.normpath(path.lstrip("/"))
    else:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
    return None if name.startswith("..") or "\0" in name else PageLink(name, fragment)
