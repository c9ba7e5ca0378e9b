"""Removes what Project Gutenberg adds to a text: its licence, and who produced the file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jobs.language_tags import find_language

_START = re.compile(
    r"^\s*\*{3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*{3}\s*$", re.MULTILINE | re.DOTALL
)
_END = re.compile(
    r"^\s*(?:\*{3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|End of (?:The |the )?Project Gutenberg(?:'s|’s| EBook| Etext))",
    re.MULTILINE,
)
_FIELD = re.compile(r"^(Title|Author|Language):[ \t]*(\S.*(?:\n[ \t]+\S.*)*)$", re.MULTILINE)
_PRODUCED = re.compile(
    r"\A\s*(?:Produced by|E-?text prepared by|Transcribed from|\[Transcriber)[^\n]*(?:\n[^\n]+)*\n"
)
_PICTURE = re.compile(r"^[ \t]*\[Illustration(?::[^\[\]]{0,500})?\][ \t]*$", re.MULTILINE)
_NOTE = re.compile(r"^[ \t]*\[Footnote[^\[\]]{0,5000}\][ \t]*$", re.MULTILINE)
_MARK = re.compile(r"(?<=\S)\[\d{1,3}\]")
_LONGEST_MARK_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True)
class Edition:
    """A text, and the fields of its header."""

    text: str
    title: str = ""
    author: str = ""
    language: str = ""
    """Tag; empty where the head names none, or one that has no tag here."""


def read_edition(text: str) -> Edition:
    """Return the work without Gutenberg's additions, pictures, footnotes and their marks.

    Another text is returned unchanged.
    """
    start = _START.search(text)
    if start is None or len(start.group()) > _LONGEST_MARK_CHARACTERS:
        return Edition(text)
    end = _END.search(text, start.end())
    work = text[start.end() : end.start() if end else len(text)]
    work = _PRODUCED.sub("", work, count=1)
    work = _MARK.sub("", _NOTE.sub("", _PICTURE.sub("", work)))
    fields = {
        match[1].lower(): " ".join(match[2].split())
        for match in _FIELD.finditer(text, 0, start.start())
    }
    language = find_language(fields.pop("language", ""))
    return Edition(work, language=language.tag if language else "", **fields)
