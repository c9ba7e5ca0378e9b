"""Reads an element of a page: its tag, meanings, classes, anchors and text."""

from lxml.etree import _Element as Element

from scripts.audiobook.blocks import clean_line

_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav"
    " ol p pre section summary table tbody td tfoot th thead tr ul"
)
_BLOCK_TAGS = frozenset(_BLOCK_NAMES.split())


def tag_of(element: Element) -> str:
    """Return the tag in lower case without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def is_block(element: Element) -> bool:
    """Return whether the element starts a new line."""
    return tag_of(element) in _BLOCK_TAGS


def has_blocks(element: Element) -> bool:
    """Return whether an element inside it starts a new line."""
    return any(is_block(inner) for inner in element.iterdescendants())


def meanings_of(element: Element) -> frozenset[str]:
    """Return the words of ``epub:type`` and ``role`` in lower case, without prefixes."""
    given = element.get(EPUB_TYPE) or element.get("epub:type") or ""
    words = f"{given} {element.get('role') or ''}".lower().split()
    return frozenset(word.rpartition(":")[2].removeprefix("doc-") for word in words)


def classes_of(element: Element) -> frozenset[str]:
    """Return the words of ``class`` in lower case."""
    return frozenset((element.get("class") or "").lower().split())


def anchors_of(element: Element) -> tuple[str, ...]:
    """Return the fragments by which links point at it."""
    names = [element.get("id"), element.get("{http://www.w3.org/XML/1998/namespace}id")]
    if tag_of(element) == "a":
        names.append(element.get("name"))
    return tuple(dict.fromkeys(name for name in names if name))


def language_of(element: Element) -> str:
    """Return the language tag of an element, or of the only one that holds all its text."""
    for each in (element, element[0] if len(element) == 1 else None):
        stated = each.get("lang") or each.get(_XML_LANGUAGE) if each is not None else ""
        if stated and (each is element or text_of(each) == text_of(element)):
            return str(stated).strip()
    return ""


def language_around(element: Element) -> str:
    """Return the primary language of an element and what is around it; empty if none states one."""
    for each in (element, *element.iterancestors()):
        if stated := each.get("lang") or each.get(_XML_LANGUAGE):
            return str(stated).strip().lower().partition("-")[0]
    return ""


def text_of(element: Element) -> str:
    """Return all its text on one line."""
    return clean_line("".join(element.itertext()))
