"""Finds what is not spoken: notes and their marks, page numbers, hidden elements."""

import re

from lxml.etree import _Element as Element

from scripts.audiobook.html.elements import classes_of, meanings_of, tag_of, text_of

_MARK_MEANINGS = frozenset({"noteref", "annoref"})
_NOTE_MEANINGS = frozenset(
    {"footnote", "footnotes", "endnote", "endnotes", "rearnote", "rearnotes", "backlink"}
)
_MARK_CLASSES = re.compile(
    r"^(?:(?:foot|end)?-?_?note-?_?(?:ref|reference|call|anchor|mark)s?|fn-?_?(?:ref|anchor)"
    r"|fnanchor|noteanchor|reversefootnote|footnote-?back\w*)$"
)
_NOTE_CLASSES = re.compile(r"^(?:foot|end|rear)-?_?notes?(?:-?_?(?:text|body|list|item))?$")
_MARK = re.compile(
    r"[\[({]?\s*(?:\d{1,4}|[ivxlc]{1,5}|[a-z]|[*†‡§¶#✝↩]{1,4})\s*[\])}.]?", re.IGNORECASE
)
_BRACKETED = re.compile(r"[\[{]\s*(?:note\s*)?\w{1,4}\s*[\]}]", re.IGNORECASE)
_NOTE_TARGET = re.compile(r"#.*(?:note|fn|ftn|foot|endn|_edn)", re.IGNORECASE)
_RAISED_NUMBER = re.compile(r"[\[(]?\d{1,3}[\])]?")
_LAST_WORD = re.compile(r"([^\W\d_]{2,})[.,;:!?”’\"»)]*$")
_UNITS = frozenset({"km", "cm", "mm", "dm", "nm", "ft", "in", "mi", "yd", "sq", "co", "no"})
_CODE_SIGNS = re.compile(r"[{}<>=;\\$|&_#]|\(\)|//")
MIN_CODE_SIGNS = 3
MIN_CODE_SIGN_SHARE = 0.04
"""Share of a program's signs among the characters of preformatted text."""
_SPEAKERS = frozenset({"speaker", "persona", "character-name", "charname", "dramatis-persona"})
_PAGE_CLASSES = re.compile(
    r"^(?:page-?_?(?:num|number|no|break)s?|pagenum\w*|folio|newpage|pgnum)$"
)
_PAGE_NUMBER = re.compile(
    r"[\[({]?\s*(?:pg|page|p|s)?\.?\s*(?:\d{1,5}|[ivxlc]{1,8})\s*[\])}]?", re.IGNORECASE
)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SILENT_NAMES = (
    "applet area audio base button canvas case col colgroup datalist embed frame head iframe input"
    " link map meta nav noframes noscript object param rp script select source style svg template"
    " textarea title track video"
)
_SILENT_TAGS = frozenset(_SILENT_NAMES.split())
_BOILERPLATE_CLASSES = frozenset(
    {"pg-boilerplate", "pgheader", "pgfooter"}
    | {"transnote", "transnotes", "tnote", "tnotes", "trnote", "trnotes", "transcribernote"}
    | {"transcriber-note", "transcriber-notes", "transcribersnote", "transcribers-note"}
)
"""Project Gutenberg's licence, in the first and last file of each of its books, and the notes of
those who transcribed them."""


def is_note(element: Element) -> bool:
    """Return whether `element` is the mark of a note, a note, or a list of notes."""
    meanings = meanings_of(element)
    if meanings & _MARK_MEANINGS or meanings & _NOTE_MEANINGS:
        return True
    classes = classes_of(element)
    if any(_NOTE_CLASSES.match(name) or _MARK_CLASSES.match(name) for name in classes):
        return True
    return is_mark(element)


def is_mark(element: Element) -> bool:
    """Return whether `element` is a link that looks like a note's mark: raised or in brackets."""
    tag = tag_of(element)
    if tag == "sup":
        links = [inner for inner in element if tag_of(inner) == "a"]
        return len(links) == 1 and is_mark(links[0]) and text_of(links[0]) == text_of(element)
    if tag != "a" or not (href := element.get("href")):
        return False
    text = text_of(element)
    if not _MARK.fullmatch(text) and not _BRACKETED.fullmatch(text):
        return False
    return (
        _is_raised(element)
        or bool(_BRACKETED.fullmatch(text))
        or bool(_NOTE_TARGET.search(href))
        or not any(char.isalnum() for char in text)
    )


def is_bare_mark(raised: Element, before: str) -> bool:
    """Return whether a raised number without a link is a note's mark: it stands behind a word."""
    if not _RAISED_NUMBER.fullmatch(text_of(raised)):
        return False
    word = _LAST_WORD.search(before)
    return word is not None and word[1].lower() not in _UNITS


def is_code(preformatted: Element) -> bool:
    """Return whether preformatted text is a program's and no poem or letter."""
    if any(tag_of(inner) in {"code", "samp", "kbd"} for inner in preformatted.iterdescendants()):
        return True
    seen = (each for each in preformatted.iter() if tag_of(each) not in {*_SILENT_TAGS, ""})
    text = "".join(f"{each.text or ''}{each.tail or ''}" for each in seen)
    signs = len(_CODE_SIGNS.findall(text))
    return signs >= max(MIN_CODE_SIGNS, MIN_CODE_SIGN_SHARE * len(text.strip()))


def is_speaker(element: Element) -> bool:
    """Return whether an inline element names who speaks in a play, without a stop of its own."""
    classes, meanings = classes_of(element), meanings_of(element)
    if not (classes & _SPEAKERS or meanings & _SPEAKERS):
        return False
    text, after = text_of(element), (element.tail or "").lstrip()
    return (
        bool(text)
        and text[-1].isalnum()
        and (not after or after[0].isalnum() or after[0] in '“‘"«')
    )


def is_silent(element: Element) -> bool:
    """Return whether `element` is hidden, or only beside the text: page numbers, scripts."""
    if tag_of(element) in _SILENT_TAGS or element.get("hidden") is not None:
        return True
    if element.get("aria-hidden") == "true" or _HIDING_STYLE.search(element.get("style") or ""):
        return True
    classes = classes_of(element)
    return bool(classes & _BOILERPLATE_CLASSES) or _is_page_number(element, classes)


def _is_page_number(element: Element, classes: frozenset[str]) -> bool:
    if "pagebreak" in meanings_of(element):
        return True
    if not any(_PAGE_CLASSES.match(name) for name in classes):
        return False
    # Some books give the class of a page break to whole paragraphs.
    text = text_of(element)
    return not text or bool(_PAGE_NUMBER.fullmatch(text))


def _is_raised(link: Element) -> bool:
    raised = {"sup", "small"}
    parent = link.getparent()
    if parent is not None and tag_of(parent) == "sup":
        return True
    children = list(link)
    return len(children) == 1 and tag_of(children[0]) in raised and not (link.text or "").strip()
