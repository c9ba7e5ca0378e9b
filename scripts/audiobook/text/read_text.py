"""Reads plain text as a book: paragraphs, verse, scene breaks, and chapters by headings."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from pathlib import Path

from jobs.errors import InputError
from scripts.audiobook.blocks import Block, drop_addresses, join_blocks, join_verse
from scripts.audiobook.book import Book, Chapter
from scripts.audiobook.outline.chapters import divide_blocks
from scripts.audiobook.outline.front_matter import LINE_REASONS, title_reason
from scripts.audiobook.outline.gutenberg import read_edition
from scripts.audiobook.outline.headings import (
    CHAPTER_LEVEL,
    MAX_LONG_HEADING_CHARACTERS,
    NUMBER_LEVEL,
    Heading,
    is_contents,
    keep_counted,
    read_heading,
)
from scripts.audiobook.outline.title_page import first_words, part_title_page
from scripts.audiobook.text.aozora import HEADING_MARKS, is_aozora, read_aozora
from scripts.audiobook.text.paragraphs import Paragraph, find_paragraphs
from scripts.audiobook.text.subtitles import is_subtitles, read_subtitles
from scripts.audiobook.text.text_file import read_text_file

MAX_TITLE_CHARACTERS = 70
"""Longest line below a chapter's number that is its title."""
MAX_TITLE_LINES = 3
LOPSIDED_SHARE = 0.9
"""If one chapter holds a larger share of the text, the headings are not those of chapters."""
MIN_WRAPPED_CHARACTERS = 50
"""A heading's first line of this length goes on in the next; below a shorter one is a subtitle."""
MAX_STANZA_CHARACTERS = 400
"""Longest verse below a number that makes the number a stanza's."""
MAX_TITLE_PAGE_CHARACTERS = 1_000
"""Text before the first chapter is skipped if it is at most this long."""

SCENE_BREAK_LINE = re.compile(r"[\s*⁂#~=_•·◆◇○●§+—–-]*[*⁂#~=_•·◆◇○●§+—–-][\s*⁂#~=_•·◆◇○●§+—–-]*")
_MARKED_LEVELS = {mark: level for level, mark in enumerate(HEADING_MARKS.values(), 1)}
_PAGE_NUMBER = re.compile(r"[\s.…·]*\d*\s*$")
_NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class _Found:
    """A paragraph, and the heading that its first line may be."""

    paragraph: Paragraph
    heading: Heading | None


def read_plain(path: Path) -> Book:
    """Read a text file, or subtitles; raises InputError if it is unreadable, no text, or empty."""
    edition = read_edition(read_text_file(path))
    text, title, author = edition.text, edition.title, edition.author
    if is_subtitles(text):
        text = read_subtitles(text)
    elif is_aozora(text):
        text, own_title, own_author = read_aozora(text)
        title, author = title or own_title, author or own_author
    title = title or path.stem
    chapters = (*edition.left_out, *divide_text(text, title))
    if len(chapters) == len(edition.left_out):
        raise InputError(f"{str(path)!r} is empty; there is nothing to speak")
    return Book(path, title, author, edition.language, chapters)


def divide_text(text: str, title: str) -> tuple[Chapter, ...]:
    r"""Return the chapters of a text whose lines end in ``\n``; `title` is the book's."""
    return divide_paragraphs(find_paragraphs(text), title)


def divide_paragraphs(paragraphs: Sequence[Paragraph], title: str) -> tuple[Chapter, ...]:
    """Divide the paragraphs of plain text into chapters."""
    contents, work = _part_contents(paragraphs)
    found = _confirm([_Found(paragraph, _find_heading(paragraph)) for paragraph in work])
    blocks = list(_make_blocks(found))
    for level in _find_levels([entry.heading for entry in found if entry.heading]):
        chapters = divide_blocks(blocks, title=title, level=level)
        if not _is_lopsided(chapters):
            break
    has_front = len(chapters) > 1 and found[0].heading is None
    if has_front and len(chapters[0].text) <= MAX_TITLE_PAGE_CHARACTERS:
        chapters = (*_part_front(blocks, chapters[0]), *chapters[1:])
    if contents:
        text = "\n\n".join("\n".join(paragraph.lines) for paragraph in contents)
        listed = Chapter(contents[0].lines[0], text, skip_reason="table of contents")
        at = 1 if chapters and chapters[0].skip_reason else 0
        chapters = (*chapters[:at], listed, *chapters[at:])
    return chapters


def _part_front(blocks: Sequence[Block], front: Chapter) -> Iterator[Chapter]:
    """Yield what stands before the first heading: the title page, and what is spoken of it."""
    lines = list(takewhile(lambda block: block.kind != "heading", blocks))
    left_out, spoken = part_title_page(lines, "")
    if any(block.text for block in left_out):
        yield replace(front, text=join_blocks(left_out), skip_reason="title page")
    if spoken:
        text = join_blocks(spoken)
        yield Chapter(first_words(text), text)


def _find_levels(headings: Sequence[Heading]) -> list[int]:
    """Return the possible levels of chapters, the most likely first; 0 (no chapters) is last."""
    chapters = [h for h in headings if h.kind == "plain" and h.level == CHAPTER_LEVEL]
    if len(chapters) > 1:
        return [CHAPTER_LEVEL, 0]
    return sorted({heading.level for heading in headings if heading.level <= NUMBER_LEVEL} | {0})[
        ::-1
    ]


def _is_lopsided(chapters: Sequence[Chapter]) -> bool:
    """Return whether one chapter holds nearly all text: then the headings are those of sections."""
    lengths = sorted(len(chapter.text) for chapter in chapters)
    rest = sum(lengths[:-1])
    return len(lengths) > 1 and lengths[-1] > LOPSIDED_SHARE * (rest + lengths[-1])


def _find_heading(paragraph: Paragraph) -> Heading | None:
    first, *rest = paragraph.lines
    if first[0] in _MARKED_LEVELS:
        return Heading(first[1:], _MARKED_LEVELS[first[0]], "plain", has_title=True)
    if (
        not rest
        and len(first) <= MAX_TITLE_CHARACTERS
        and title_reason(first) in LINE_REASONS
        and first == first.strip("[]")
    ):
        return Heading(first, CHAPTER_LEVEL, "name", has_title=True)
    heading = read_heading(first) or _join_title(paragraph.lines)
    if heading is None or any(map(read_heading, rest)):
        return None
    characters = sum(map(len, rest))
    is_short = characters <= 2 * MAX_TITLE_CHARACTERS and len(rest) <= MAX_TITLE_LINES
    # A title of several lines that begins beside its number.
    goes_on = heading.has_title and len(first) + characters <= MAX_LONG_HEADING_CHARACTERS
    return heading if is_short or goes_on else None


def _join_title(lines: Sequence[str]) -> Heading | None:
    """Return the heading whose title begins beside its number and ends on a later line."""
    heading = read_heading(" ".join(lines)) if len(lines) > 1 else None
    return heading if heading and heading.has_title else None


def _confirm(found: Sequence[_Found]) -> list[_Found]:
    """Drop the headings that are only numbers and do not count up."""
    places = [at for at, entry in enumerate(found) if entry.heading]
    headings = [entry.heading for entry in found if entry.heading]
    kept = {places[at]: headings[at] for at in keep_counted(headings)}
    for at in _find_stanzas(found, kept):
        del kept[at]
    # If some numbers have titles, the numbers without one belong to sections.
    has_titles = any(h.level == NUMBER_LEVEL and h.has_title for h in kept.values())
    for at, heading in kept.items():
        if has_titles and heading.level == NUMBER_LEVEL and not heading.has_title:
            kept[at] = replace(heading, level=NUMBER_LEVEL + 1)
    return [replace(entry, heading=kept.get(at)) for at, entry in enumerate(found)]


def _find_stanzas(found: Sequence[_Found], kept: dict[int, Heading]) -> list[int]:
    """Return the numbers among `kept` that count the stanzas of a song and no chapters."""
    places = [at for at, heading in kept.items() if heading.level == NUMBER_LEVEL]
    places = sorted(at for at in places if not kept[at].has_title)
    ends = [*places[1:], len(found)]
    sung = 0
    for at, end in zip(places, ends, strict=False):
        verse = [each.paragraph.lines for each in found[at + 1 : end]][:2]
        length = sum(len(line) for lines in verse for line in lines)
        sung += bool(verse) and len(verse[0]) > 1 and length <= MAX_STANZA_CHARACTERS
    return places if 2 * sung > len(places) else []


def _make_blocks(found: Sequence[_Found]) -> Iterator[Block]:
    awaited: Heading | None = None
    times = Counter(entry.paragraph.lines for entry in found)
    for at, entry in enumerate(found):
        lines = entry.paragraph.lines
        if entry.heading:
            is_one = len(lines) > 1 and (
                len(lines[0]) >= MIN_WRAPPED_CHARACTERS or read_heading(lines[0]) is None
            )
            name = " ".join(lines) if is_one else entry.heading.text
            yield Block("heading", name, entry.heading.level)
            if rest := "" if is_one else " ".join(lines[1:]):
                yield Block("heading", rest, entry.heading.level)
            awaited = None if entry.heading.has_title or rest else entry.heading
            continue
        goes_on = at + 1 < len(found) and not found[at + 1].heading
        if all(map(SCENE_BREAK_LINE.fullmatch, lines)):
            yield Block("break", "")
        elif awaited and goes_on and _is_title(lines) and times[lines] == 1:
            yield Block("heading", lines[0], awaited.level)
        else:
            lines = tuple(filter(None, map(drop_addresses, lines)))
            yield Block("verse" if len(lines) > 1 else "paragraph", join_verse(lines))
        awaited = None


def _is_title(lines: Sequence[str]) -> bool:
    """Return whether a paragraph below a chapter's number is its title: short and no sentence."""
    line = lines[0]
    if len(lines) > 1 or len(line) > MAX_TITLE_CHARACTERS or not line[0].isalnum():
        return False
    if line == line.upper() and line != line.lower():
        return True
    return line[-1] not in ".!?:;,…\"”»’'。！？」" and not line[0].islower()


def _part_contents(
    paragraphs: Sequence[Paragraph],
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Return the table of contents, empty if there is none, and the rest."""
    for at, paragraph in enumerate(paragraphs):
        if is_contents(paragraph.lines[0]):
            end = _find_contents_end(paragraphs, at)
            if end > at + 1 or len(paragraph.lines) > 1:
                return list(paragraphs[at:end]), [*paragraphs[:at], *paragraphs[end:]]
    return [], list(paragraphs)


def _find_contents_end(paragraphs: Sequence[Paragraph], start: int) -> int:
    """Return the first paragraph after `start` whose lines do not occur again as headings."""
    last = {_key(line): at for at, each in enumerate(paragraphs) for line in each.lines}
    # Number and title of a chapter may be on two lines, or in two paragraphs.
    last |= {_key("".join(each.lines)): at for at, each in enumerate(paragraphs)}
    last |= {
        _key(each.lines[0] + following.lines[0]): at
        for at, (each, following) in enumerate(pairwise(paragraphs))
    }
    for at in range(start + 1, len(paragraphs)):
        lines = [_key(_PAGE_NUMBER.sub("", line)) for line in paragraphs[at].lines]
        if not _mostly(last.get(line, at) > at or not line for line in lines):
            return at
    return len(paragraphs)


def _mostly(answers: Iterable[bool]) -> bool:
    known = list(answers)
    return 2 * sum(known) > len(known)


def _key(line: str) -> str:
    return _NO_LETTERS.sub("", line).casefold()
