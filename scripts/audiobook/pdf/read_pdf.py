"""Reads a PDF with a text layer as a book: chapters by its bookmarks, else by its headings."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from jobs.errors import InputError
from scripts.audiobook.blocks import Block, clean_line, join_blocks
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.outline.chapters import divide_blocks, find_chapter_level, reason_to_skip
from scripts.audiobook.outline.front_matter import title_reason
from scripts.audiobook.outline.gutenberg import cut_licence, describe_licence, read_fields
from scripts.audiobook.outline.headings import PART_LEVEL, read_heading
from scripts.audiobook.outline.title_page import part_title_page
from scripts.audiobook.pdf.lines import (
    SIZE_SHARE,
    Line,
    drop_running_heads,
    find_body_size,
    read_lines,
    trim_margins,
)
from scripts.audiobook.pdf.pdf_paragraphs import Passage, join_passages
from scripts.audiobook.pdf.text_layer import find_fault
from scripts.audiobook.text.paragraphs import Paragraph
from scripts.audiobook.text.read_text import (
    MAX_TITLE_PAGE_CHARACTERS,
    SCENE_BREAK_LINE,
    divide_paragraphs,
)

MAX_HEADING_CHARACTERS = 150
LONGEST_CHAPTER_PAGES = 100
"""A bookmark that spans more pages and has others below it is a part of the book."""
MAX_OUTLINE_DEPTH = 6
MIN_PROSE_WORDS = 40
"""A paragraph of so many words is no dedication or motto of a title page."""

_LEFT_OVER_TITLE = re.compile(
    r".*\.[a-z][a-z\d]{1,4}|.*\.(?:docx?|odt|rtf|tex|dvi|indd|qxd|pdf|pages|wpd)\b.*"
    r"|(?:microsoft|untitled|unbenannt|sans titre|sin título|senza titolo|sem título)\b.*"
    r"|(?:document|layout|slide|presentation|book|print|scan)[ _-]?\d*|(?![1-9]\d{0,3}$)[\W\d_]*",
    re.IGNORECASE,
)
"""What a program wrote as a title: the name of a file or of itself, a number, a placeholder."""
_LEFT_OVER_AUTHOR = re.compile(
    r".*\(0x[\da-f]+\).*|(?-i:[a-z\d._-]+)|[\W\d_]*|administrator|admin|user|owner"
    r"|unknown(?: author)?|anonymous|author|default|(?:microsoft|windows|office)\b.*|.*@.*",
    re.IGNORECASE,
)
"""What a program wrote as an author: the name of an account or of a piece of memory."""
_WORD = re.compile(r"[^\W_]")
_LICENCE_MARK = re.compile(
    r"(?:\* ?){3}(?P<words>(?:START|END) OF TH(?:E|IS) PROJECT GUTENBERG\b[^*]*?) ?(?:\* ?){3}",
    re.IGNORECASE,
)
MAX_MARK_LINES = 6
"""A mark of Project Gutenberg, with the book's title in it, goes over at most so many lines."""


@dataclass(frozen=True, slots=True)
class _Bookmark:
    """An entry of the outline that links to a page."""

    title: str
    depth: int
    page: int
    top: float
    """Points from the bottom of the page: the text below belongs to this bookmark."""


def read_pdf(path: Path) -> Book:
    """Read a PDF; raises InputError if it is locked, damaged or scanned."""
    with closing(_open(path)) as document:
        lines = list(read_lines(document))
        fault = find_fault([" ".join(line.text for line in page) for page in lines])
        if fault:
            raise InputError(f"{str(path)!r} {fault}")
        bookmarks = _read_outline(document)
        fields = document.get_metadata_dict()
        language = _read_language(document)
    title = clean_line(fields.get("Title", ""))
    title = path.stem if _LEFT_OVER_TITLE.fullmatch(title) else title
    author = clean_line(fields.get("Author", ""))
    author = "" if _LEFT_OVER_AUTHOR.fullmatch(author) else author
    pages, licence = _cut_licence(trim_margins(drop_running_heads(lines)))
    passages = [passage for passage in join_passages(pages) if _is_spoken(passage)]
    fields = read_fields("\n".join(block.text for block in licence)) if licence else {}
    title = fields.get("title") or title
    author = fields.get("author") or author
    body_size = find_body_size(line for page in pages for line in page)
    chapters = _divide_at(bookmarks, passages, body_size, title) or _divide(
        passages, body_size, title
    )
    return Book(path, title, author, language, (*describe_licence(licence), *chapters))


def _cut_licence(pages: Sequence[Sequence[Line]]) -> tuple[list[list[Line]], list[Block]]:
    """Return the pages without Project Gutenberg's licence, and the lines of that."""
    lines = [line for page in pages for line in page]
    work, licence = cut_licence(list(_join_marks(lines)))
    if not licence:
        return [list(page) for page in pages], []
    kept = {id(lines[block.place]) for block in work}
    return [[line for line in page if id(line) in kept] for page in pages], licence


def _join_marks(lines: Sequence[Line]) -> Iterator[Block]:
    """Yield a block for each line, but one for all lines of a mark where the licence ends."""
    at = 0
    while at < len(lines):
        start, at = at, at + 1
        text = joined = lines[start].text
        for end in range(at, min(at + MAX_MARK_LINES, len(lines) + 1)) if text[:1] == "*" else ():
            if mark := _LICENCE_MARK.fullmatch(joined):
                text, at = f"*** {mark['words'].upper()} ***", end
                break
            joined = f"{joined} {lines[end].text}" if end < len(lines) else ""
        yield Block("paragraph", text, place=start)


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        with path.open("rb"):
            pass
        return pypdfium2.PdfDocument(path)
    except OSError as exc:
        raise InputError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    except pypdfium2.PdfiumError as exc:
        if exc.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}:
            raise InputError(
                f"{str(path)!r} is locked with a password; save a copy without one and give that"
            ) from exc
        raise InputError(f"{str(path)!r} is no PDF that can be read, or is damaged") from exc


def _read_outline(document: pypdfium2.PdfDocument) -> list[_Bookmark]:
    bookmarks = []
    for entry in document.get_toc(max_depth=MAX_OUTLINE_DEPTH):
        target = entry.get_dest()
        page = target.get_index() if target else None
        title = clean_line(entry.get_title())
        if target is None or page is None or not title:
            continue
        mode, place = target.get_view()
        tops = {pdfium.PDFDEST_VIEW_XYZ: 1, pdfium.PDFDEST_VIEW_FITH: 0}
        at = tops.get(mode, len(place))
        top = place[at] if at < len(place) else 0.0
        bookmarks.append(_Bookmark(title, entry.level, page, top or float("inf")))
    return bookmarks


def _read_language(document: pypdfium2.PdfDocument) -> str:
    size = pdfium.FPDFCatalog_GetLanguage(document, None, 0)
    buffer = (pdfium.FPDF_WCHAR * (size // 2 + 1))()
    pdfium.FPDFCatalog_GetLanguage(document, buffer, size)
    return bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", errors="replace").strip()


def _divide_at(
    bookmarks: Sequence[_Bookmark], passages: Sequence[Passage], body_size: float, title: str
) -> tuple[Chapter, ...]:
    """Return the chapters of the outline; empty if there are fewer than two."""
    places = [(passage.page, -passage.baseline) for passage in passages]
    starts: dict[int, str] = {}
    for bookmark in _choose(bookmarks):
        # A bookmark points to the top of a heading or a little above it.
        at = bisect_left(places, (bookmark.page, -bookmark.top))
        if at < len(passages):
            starts[at] = f"{starts[at]}: {bookmark.title}" if at in starts else bookmark.title
    if len(starts) <= 1:
        return ()
    for at in range(min(starts)):
        name = " ".join(passages[at].lines)
        if title_reason(name):
            starts[at] = name
    chapters = []
    ends = sorted({0, *starts, len(passages)})
    for start, end in pairwise(ends):
        name = starts.get(start, title)
        text = join_blocks([_make_block(p, body_size, name) for p in passages[start:end]])
        is_front = start not in starts and _is_title_page(text)
        if text:
            reason = "title page" if is_front else reason_to_skip(name, text)
            chapters.append(Chapter(name, text, skip_reason=reason))
    return tuple(chapters)


def _choose(bookmarks: Sequence[_Bookmark]) -> list[_Bookmark]:
    """Return the bookmarks of chapters: the highest level with several, and those below parts."""
    depths = [bookmark.depth for bookmark in bookmarks]
    depth = min((depth for depth in depths if depths.count(depth) > 1), default=-1)
    ends = _find_ends(bookmarks)
    chosen: list[_Bookmark] = []
    opened = -1
    for at, bookmark in enumerate(bookmarks):
        below = bookmarks[at + 1 : at + 2]
        has_more = bool(below) and below[0].depth > bookmark.depth
        pages = ends[at] - bookmark.page
        if bookmark.depth == depth:
            heading = read_heading(bookmark.title)
            is_part = heading is not None and heading.level == PART_LEVEL
            opened = depth + 1 if has_more and (is_part or pages > LONGEST_CHAPTER_PAGES) else -1
            chosen.append(bookmark)
        elif bookmark.depth == opened:
            chosen.append(bookmark)
    return chosen


def _find_ends(bookmarks: Sequence[_Bookmark]) -> list[int]:
    """Return for each bookmark the page of the next that is not below it; its own if none is."""
    ends = [bookmark.page for bookmark in bookmarks]
    open_ones: list[int] = []
    for at, bookmark in enumerate(bookmarks):
        while open_ones and bookmarks[open_ones[-1]].depth >= bookmark.depth:
            ends[open_ones.pop()] = bookmark.page
        open_ones.append(at)
    return ends


def _is_title_page(text: str) -> bool:
    """Return whether what stands before the first chapter is short, and not a paragraph of it."""
    blocks = [Block("paragraph", paragraph) for paragraph in text.split("\n\n")]
    _, spoken = part_title_page(blocks, "")
    is_prose = any(len(block.text.split()) >= MIN_PROSE_WORDS for block in spoken)
    return len(text) <= MAX_TITLE_PAGE_CHARACTERS and not is_prose


def _is_spoken(passage: Passage) -> bool:
    """Return whether a passage has a word, or is an ornament that marks a break."""
    text = "".join(passage.lines)
    return bool(_WORD.search(text) or SCENE_BREAK_LINE.fullmatch(text))


def _make_block(passage: Passage, body_size: float, title: str, level: int = 1) -> Block:
    text = "\n".join(passage.lines)
    if all(map(SCENE_BREAK_LINE.fullmatch, passage.lines)):
        return Block("break", "")
    is_large = passage.size > (1 + SIZE_SHARE) * body_size
    is_title = text.casefold() == title.casefold()
    if (is_large or is_title) and len(text) <= MAX_HEADING_CHARACTERS:
        return Block("heading", " ".join(passage.lines), level)
    return Block("verse" if len(passage.lines) > 1 else "paragraph", text)


def _divide(passages: Sequence[Passage], body_size: float, title: str) -> tuple[Chapter, ...]:
    """Divide into chapters at headings: by large letters, else by words such as Chapter 3."""
    large = {round(p.size, 1) for p in passages if p.size > (1 + SIZE_SHARE) * body_size}
    levels = {size: level for level, size in enumerate(sorted(large, reverse=True), 1)}
    blocks = [
        _make_block(p, body_size, "", levels.get(round(p.size, 1), len(levels) + 1))
        for p in passages
    ]
    level = find_chapter_level(blocks)
    if not level:
        return divide_paragraphs([Paragraph(p.lines) for p in passages], title)
    chapters = divide_blocks(blocks, title=title, level=level)
    if len(chapters) > 1 and _is_title_page(chapters[0].text):
        is_front = chapters[0].title == title
        chapters = (
            replace(chapters[0], skip_reason="title page" if is_front else ""),
            *chapters[1:],
        )
    return chapters
