"""Resolves links between the pages of a book."""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class PageLink:
    """The target of a link: a place in a file of the archive."""

    name: str
    """File name in the archive; the file may be missing."""
    fragment: str = ""
    """Anchor in that file; empty for the file itself."""


def find_link(base: str, href: str, find: Callable[[str], str | None]) -> PageLink | None:
    """Return the target of `href` as the archive spells it, whether its name is encoded or not.

    Args:
        base: File with the link.
        href: The link.
        find: Returns the name in the archive of a file; None if it is not there.
    """
    link = resolve_link(base, href)
    if link is None:
        return None
    # Some books percent-encode the name, some do not.
    raw = resolve_link(base, href.replace("%", "%25"))
    found = find(link.name) or (find(raw.name) if raw else None)
    return PageLink(found or link.name, link.fragment)


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
