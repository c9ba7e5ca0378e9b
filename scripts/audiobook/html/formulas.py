"""Says a formula in MathML once: by its description, by its signs in a row, or as "formula"."""

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from scripts.audiobook.blocks import clean_line
from scripts.audiobook.html.elements import language_around, tag_of

MAX_SIGNS = 12
"""A longer formula is only named."""
_ROWS = frozenset({"math", "semantics", "mrow", "mstyle", "mpadded", "mphantom"})
_SIGNS = frozenset({"mi", "mn", "mo", "mtext", "ms"})
_SILENT = frozenset({"annotation", "annotation-xml", "mspace", "none", ""})
_TEX = re.compile(r"[\\^_{}$]")
_PLACEHOLDER = re.compile(
    r"\W*(?:alt(?:ernative)?[ -]?text.*|(?:image|formula|equation|math|mathml|picture)s?\W*\d*)\W*",
    re.IGNORECASE,
)
_NAMES = {
    "es": "fórmula",
    "fr": "formule",
    "pt": "fórmula",
    "hi": "सूत्र",
    "ja": "数式",
    "zh": "公式",
    "de": "Formel",
}


def is_placeholder(description: str) -> bool:
    """Return whether a description only says that there is none."""
    return bool(_PLACEHOLDER.fullmatch(description))


def say_formula(math: Element) -> str:
    """Return what is spoken for a ``math`` element, with spaces around it."""
    stated = clean_line(math.get("alttext") or "")
    if stated and not _TEX.search(stated) and not is_placeholder(stated):
        return f" {stated} "
    signs = list(_read_signs(math))
    if 0 < len(signs) <= MAX_SIGNS and all(signs):
        return f" {' '.join(signs)} "
    return f" {_NAMES.get(language_around(math), 'formula')} "


def _read_signs(element: Element) -> Iterator[str]:
    """Yield the signs of a formula in a row; an empty one for what is no row."""
    for child in element:
        tag = tag_of(child)
        if tag in _SIGNS:
            sign = clean_line("".join(child.itertext()))
            if sign and sign not in "\u2061\u2062\u2063\u2064":
                yield sign
        elif tag in _ROWS:
            yield from _read_signs(child)
        elif tag not in _SILENT:
            yield ""
