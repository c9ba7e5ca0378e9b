"""Writes EPUB 3's navigation document from a table of contents."""

import posixpath
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from scripts.audiobook.epub.table_of_contents import Entry
from scripts.audiobook.html.links import PageLink


def write_nav(entries: Sequence[Entry], name: str, title: str) -> str:
    """Return the navigation document.

    Args:
        entries: With titles; what has neither a link nor entries below it is left out.
        name: Of the file that it becomes.
        title: Of the book.
    """
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>{escape(title)}</title></head>\n"
        f'<body><nav epub:type="toc">{_write_list(entries, name)}</nav></body></html>\n'
    )


def link_to(link: PageLink, base: str) -> str:
    """Return a link as it is written in the file `base`."""
    path = quote(posixpath.relpath(link.name, posixpath.dirname(base) or "."))
    return f"{path}#{quote(link.fragment)}" if link.fragment else path


def _write_list(entries: Sequence[Entry], name: str) -> str:
    items = []
    for entry in entries:
        below = _write_list(entry.children, name)
        label = escape(entry.title) or "—"
        if entry.link:
            href = escape(link_to(entry.link, name))
            items.append(f'<li><a href="{href}">{label}</a>{below}</li>')
        elif below:
            items.append(f"<li><span>{label}</span>{below}</li>")
    return f"<ol>\n{''.join(items)}</ol>" if items else ""
