"""A page of a book as text that can be written back with its own bytes."""

import codecs
import re
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import tag_of
from scripts.audiobook.html.parse import decode_markup, parse_page
from scripts.audiobook.read_along.markup_source import MarkupElement, scan_markup

_ENCODING = re.compile(r"""(^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["'])([\w.:-]+)(["'])""")
_NAMESPACES = re.compile(r"\s(?:xmlns(?::epub)?|version)=(?:\"[^\"]*\"|'[^']*')")
_ROOT = re.compile(r"<html\b[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageText:
    """The source of a page."""

    source: str
    root: Element
    """As the reader parses it."""
    elements: tuple[MarkupElement, ...]
    """In the order of the root's own: each stands for one of these. None if the page is beyond
    mending; it gets no spans."""
    encoding: str
    mark: bytes
    """The byte order mark before it."""

    def encode(self, source: str) -> bytes:
        """Return a changed source in the encoding of the page."""
        return self.mark + source.encode(self.encoding, errors="xmlcharrefreplace")


def open_page(data: bytes, name: str) -> PageText:
    """Read a page; one that is not well-formed is written anew, as browsers understand it.

    Raises:
        InputError: it cannot be read, see `parse_page`.
    """
    source, encoding, mark = decode_source(data, name)
    return read_page(source, name, encoding, mark)


def read_page(source: str, name: str, encoding: str = "utf-8", mark: bytes = b"") -> PageText:
    """Read a page from its source; errors as `open_page`."""
    root = parse_page(source.encode(errors="replace"), name)
    elements = scan_markup(source)
    if elements is None or not _agree(root, elements):
        mended = write_tree(root)
        again = parse_page(mended.encode(), name)
        elements = scan_markup(mended) or []
        if not _agree(again, elements):
            return PageText(source, root, (), encoding, mark)
        source, root, encoding, mark = mended, again, "utf-8", b""
    return PageText(source, root, tuple(elements), encoding, mark)


def decode_source(data: bytes, name: str) -> tuple[str, str, bytes]:
    """Return a document's text, its encoding and its byte order mark.

    Text and mark give its bytes again, or the encoding is UTF-8 and stated so.
    """
    text = decode_markup(data, name)
    stated = _ENCODING.match(text)
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-8"),
        (b"", stated[2] if stated else "utf-8"),
    ):
        try:
            if data.startswith(mark) and mark + text.encode(encoding) == data:
                return text, encoding, mark
        except (LookupError, UnicodeEncodeError):
            continue
    return state_utf_8(text), "utf-8", b""


def state_utf_8(text: str) -> str:
    """Return a document that says it is UTF-8, or nothing of its encoding."""
    stated = _ENCODING.match(text)
    if stated is None or stated[2].lower() == "utf-8":
        return text
    return _ENCODING.sub(r"\g<1>utf-8\g<3>", text, count=1)


def write_tree(root: Element) -> str:
    """Return a page as XHTML, from what its parser has made of it."""
    text = etree.tostring(root, encoding="unicode")
    if tag_of(root) == "html" and not root.tag.startswith("{"):
        head = _ROOT.search(text)
        tag = _NAMESPACES.sub("", head[0]) if head else ""
        spaces = ' xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        text = text.replace(head[0] if head else "", f"{tag[:5]}{spaces}{tag[5:]}", 1)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n{text}\n'


def _agree(root: Element, elements: list[MarkupElement]) -> bool:
    parsed = [tag_of(element) for element in root.iter() if isinstance(element.tag, str)]
    return parsed == [element.tag for element in elements]
