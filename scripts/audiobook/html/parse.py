"""Parses the pages and documents of a book safely: no network, no DTD, no growing entities.

Broken XHTML is read again as HTML, as browsers do. HTML's named entities are known without a DTD;
an entity that a file declares may stand for a few characters.
"""

import codecs
import html
import re

from lxml import etree
from lxml.etree import _Element as Element

from jobs.errors import InputError
from scripts.console.text_encoding import guess_text

MAX_ENTITY_CHARACTERS = 64
"""Longest value of a declared entity; some old books declare their dashes and quotes."""
MAX_DEPTH = 250
"""Deepest nesting of elements; pages of books stay below 30."""
_MARKUP_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DECLARED_ENCODING = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)["']"""
    rb"""|<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)""",
    re.IGNORECASE,
)
_HEAD_BYTES = 2_048
_DOCTYPE = re.compile(
    r"""<!DOCTYPE\s(?:[^\[\]<>"']|"[^"]*"|'[^']*')*(?:\[(?P<subset>.*?)\]\s*)?>""",
    re.IGNORECASE | re.DOTALL,
)
_DOCTYPE_START = re.compile(r"<!DOCTYPE\s", re.IGNORECASE)
_ENTITY = re.compile(
    r"""<!ENTITY\s+(?P<name>[\w.:-]+)\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')\s*>"""
)
_GROWING = re.compile(r"&(?!#|(?:amp|lt|gt|quot|apos);)|%|<")
_REFERENCE = re.compile(
    r"(?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z))|&(?P<name>[A-Za-z][\w.:-]{0,40});", re.DOTALL
)
"""A reference; in a section of CDATA there are none."""
_BODY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_PARSER_OPTIONS = {
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
    "huge_tree": True,  # `_bounded` limits the depth, with a better message
    "encoding": "utf-8",
}


def parse_page(data: bytes, name: str) -> Element:
    """Parse a page of HTML or XHTML.

    Args:
        data: Content of the file, in any encoding.
        name: File name for messages.

    Raises:
        InputError: it declares entities that could grow or read files, is nested too deeply, or
            is empty.
    """
    text = _expand_entities(decode_markup(data, name), name)
    try:
        root = _parse_xml(text)
    except etree.XMLSyntaxError:
        root = _parse_html(text, name)
    return _bounded(root, name)


def parse_xml(data: bytes, name: str) -> Element:
    """Parse XML written by a program, such as a package or an NCX; small errors are repaired.

    Args:
        data: Content of the file, in any encoding.
        name: File name for messages.

    Raises:
        InputError: as `parse_page`, or it is no XML.
    """
    text = _expand_entities(decode_markup(data, name), name)
    try:
        root = _parse_xml(text)
    except etree.XMLSyntaxError as exc:
        root = _parse_xml(text, recover=True)
        if root is None:
            raise InputError(f"{name} is no XML: {exc.msg}; the book is damaged") from exc
    return _bounded(root, name)


def decode_markup(data: bytes, name: str) -> str:
    """Return the text of a page: decoded by its BOM, as UTF-8, by its declaration, or by a guess.

    Raises:
        InputError: no encoding fits.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    declared = _DECLARED_ENCODING.search(data[:_HEAD_BYTES])
    names = [part.decode("ascii") for part in declared.groups() if part] if declared else []
    for encoding in ("utf-8", *names):
        # UTF-8 is tried first: a page in another encoding is hardly ever valid UTF-8.
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return guess_text(data, repr(name))


def read_declared(text: str, name: str) -> dict[str, str]:
    """Return the entities that a document declares, each with its text; errors as `parse_page`."""
    start = _DOCTYPE_START.search(text)
    doctype = _DOCTYPE.match(text, start.start()) if start else None
    declared = _read_entities(doctype["subset"] or "", name) if doctype else {}
    return {entity: html.unescape(value) for entity, value in declared.items()}


def _expand_entities(text: str, name: str) -> str:
    text = _DECLARATION.sub("", text, count=1).lstrip("\ufeff\0")
    # Only the first can be one; to try each takes the square of the time where none is closed.
    start = _DOCTYPE_START.search(text)
    doctype = _DOCTYPE.match(text, start.start()) if start else None
    declared: dict[str, str] = {}
    if doctype:
        declared = _read_entities(doctype["subset"] or "", name)
        text = text[: doctype.start()] + text[doctype.end() :]
    if "<!ENTITY" in text:
        raise _entity_error(name)

    def expand(reference: re.Match[str]) -> str:
        entity = reference["name"]
        if entity is None or entity in _MARKUP_ENTITIES:
            return reference[0]
        if entity in declared:
            return declared[entity]
        known = html.unescape(reference[0])
        return f"&amp;{entity};" if known == reference[0] else known

    return _REFERENCE.sub(expand, text)


def _read_entities(subset: str, name: str) -> dict[str, str]:
    entities = {}
    for match in _ENTITY.finditer(subset):
        value = match["double"] if match["double"] is not None else match["single"]
        if len(value) > MAX_ENTITY_CHARACTERS or _GROWING.search(value):
            raise _entity_error(name)
        entities[match["name"]] = html.escape(html.unescape(value), quote=False)
    if len(entities) != subset.count("<!ENTITY"):
        raise _entity_error(name)  # the others refer to files or parameters
    return entities


def _entity_error(name: str) -> InputError:
    return InputError(
        f"{name} declares entities that stand for other files or for one another; no honest book "
        "does, so it is not read"
    )


def _parse_xml(text: str, *, recover: bool = False) -> Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, recover=recover, **_PARSER_OPTIONS
    )
    return etree.fromstring(text.encode(errors="replace"), parser)


def _parse_html(text: str, name: str) -> Element:
    parser = etree.HTMLParser(**_PARSER_OPTIONS)
    try:
        # Browsers show text after the end of the body, but libxml2 drops it.
        root = etree.fromstring(_BODY_END.sub("", text).encode(errors="replace"), parser)
    except etree.XMLSyntaxError as exc:
        raise InputError(f"{name} cannot be read as a page: {exc.msg}") from exc
    if root is None:
        raise InputError(f"{name} holds no page; the book is damaged")
    return root


def _bounded(root: Element, name: str) -> Element:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise InputError(f"{name} nests elements deeper than {MAX_DEPTH}; it is not read")
    return root
