"""Removes what Project Gutenberg adds to a book: its licence, and who produced the file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.text.language_tags import find_language
from scripts.audiobook.blocks import Block, join_blocks
from scripts.audiobook.book import Chapter

_START = r"\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG"
_END = (
    r"(?:\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|End of (?:The |the )?Project Gutenberg(?:'s|’s| EBook| Etext))"
)
_START_LINE = re.compile(
    rf"^[^\S\n]*{_START}(?:(?!\n\n)[^*]){{0,1000}}\*{{3}}[^\S\n]*$", re.MULTILINE
)
_END_LINE = re.compile(rf"^[^\S\n]*{_END}", re.MULTILINE)
_START_BLOCK, _END_BLOCK = re.compile(_START, re.IGNORECASE), re.compile(_END)
_FIELD = re.compile(r"^(Title|Author|Language):[ \t]*(\S.*(?:\n[ \t]+\S.*)*)$", re.MULTILINE)
_PRODUCED = (
    r"(?:Produced by|E-?text prepared by|Transcribed from the|Credits?:|This eBook was produced)"
)
_PRODUCED_LINES = re.compile(rf"\A\s*{_PRODUCED}[^\n]*(?:\n[^\n]+)*\n")
_PRODUCED_BLOCK = re.compile(_PRODUCED, re.IGNORECASE)
_MAX_CREDITS = 3
"""Blocks at the start of a work among which are those who produced the file."""
_TRANSCRIBER = r"Transcriber.?s?.? notes?\b"
_TRANSCRIBER_BRACKETS = re.compile(
    rf"^[ \t]*\[\s*(?P<note>{_TRANSCRIBER}[^\[\]]{{0,5000}})\][ \t]*$", re.MULTILINE | re.IGNORECASE
)
_TRANSCRIBER_BLOCK = re.compile(rf"\[?{_TRANSCRIBER}\s*[:.—-]\s*\S", re.IGNORECASE)
_PICTURE = re.compile(r"^[ \t]*\[Illustration(?::[^\[\]]{0,500})?\][ \t]*$", re.MULTILINE)
_NOTE = re.compile(r"^[ \t]*\[Footnote[^\[\]]{0,5000}\][ \t]*$", re.MULTILINE)
_MARK = re.compile(r"(?<=\S)\[\d{1,3}\]")
_LONGEST_MARK_CHARACTERS = 1_000
_TITLE = re.compile(
    r"(?:The )?Project Gutenberg(?:'s|’s)? (?:e-?(?:book|text) )?(?:of )?"
    r"(?P<title>.+?)(?:,? by (?P<author>[^,]+))?",
    re.IGNORECASE,
)

TRANSCRIBERS_NOTE, LICENCE = "transcriber's note", "licence"


@dataclass(frozen=True, slots=True)
class Edition:
    """A text, and the fields of its header."""

    text: str
    title: str = ""
    author: str = ""
    language: str = ""
    """Tag; empty where the head names none, or one that has no tag here."""
    left_out: tuple[Chapter, ...] = ()
    """Notes of those who made the file."""


def read_edition(text: str) -> Edition:
    """Return the work without Gutenberg's additions, pictures, footnotes and their marks.

    Another text is returned unchanged.
    """
    start = _START_LINE.search(text)
    if start is None or len(start.group()) > _LONGEST_MARK_CHARACTERS:
        return Edition(text)
    end = _END_LINE.search(text, start.end())
    work = text[start.end() : end.start() if end else len(text)]
    notes = [match["note"] for match in _TRANSCRIBER_BRACKETS.finditer(work)]
    work = _TRANSCRIBER_BRACKETS.sub("", work)
    work = _PRODUCED_LINES.sub("", work, count=1)
    work = _MARK.sub("", _NOTE.sub("", _PICTURE.sub("", work)))
    left_out = [Chapter("Transcriber's note", note, TRANSCRIBERS_NOTE) for note in notes]
    return Edition(work, left_out=tuple(left_out), **read_fields(text[: start.start()]))


def read_fields(head: str) -> dict[str, str]:
    """Return title, author and language's tag from the lines before the work, as far as given."""
    fields = {match[1].lower(): " ".join(match[2].split()) for match in _FIELD.finditer(head)}
    language = find_language(fields.pop("language", ""))
    return {**fields, "language": language.tag if language else ""}


def cut_licence(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Return the blocks of the work, and those that stand before and after it.

    All belong to the work where no line says that it starts or ends.
    """
    first = next((at for at, each in enumerate(blocks) if _START_BLOCK.search(each.text)), -1) + 1
    last = next((at for at in range(first, len(blocks)) if is_end(blocks[at])), len(blocks))
    work, left_out = list(blocks[first:last]), [*blocks[:first], *blocks[last:]]
    if first:
        makers = [each for each in work[:_MAX_CREDITS] if _PRODUCED_BLOCK.match(each.text)]
        left_out += makers
        work = [each for each in work if each not in makers]
    return work, left_out


def is_end(block: Block) -> bool:
    """Return whether a line says that the work ends."""
    return bool(_END_BLOCK.match(block.text))


def describe_licence(blocks: Sequence[Block]) -> Iterator[Chapter]:
    """Yield what was cut off as a chapter that is skipped; none if there is nothing."""
    if text := join_blocks(blocks):
        yield Chapter("Project Gutenberg", text, LICENCE)


def is_transcribers_note(block: Block) -> bool:
    """Return whether a paragraph is a note of those who made the file."""
    return bool(_TRANSCRIBER_BLOCK.match(block.text))


def read_title(title: str) -> tuple[str, str]:
    """Return title and author of a page that is called after Project Gutenberg."""
    match = _TITLE.fullmatch(title.strip())
    return (match["title"], match["author"] or "") if match else (title, "")
