"""What a player shows of a book's file: tags, chapters, cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.engine import SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class ChapterSpan:
    """A chapter's place in a file."""

    title: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class BookLabel:
    """The tags, the chapters and the cover; what is empty is left out."""

    title: str
    album: str
    artist: str = ""
    language: str = ""
    """ISO 639-2, for example ``eng``."""
    track: str = ""
    """``3/24``: third of 24 files."""
    comment: str = ""
    chapters: tuple[ChapterSpan, ...] = ()
    """In order, tiling the file; empty for a file without marks."""
    cover: bytes | None = None
    """A JPEG or PNG file."""


def name_tags(label: BookLabel) -> dict[str, str]:
    """Return the tags by ffmpeg's names."""
    tags = {
        "title": label.title,
        "album": label.album,
        "artist": label.artist,
        "album_artist": label.artist,
        "genre": "Audiobook",
        "language": label.language,
        "track": label.track,
        "comment": label.comment,
    }
    return {name: clean for name, value in tags.items() if (clean := clean_tag(value))}


def mark_chapters(label: BookLabel) -> list[dict[str, Any]]:
    """Return the chapters as PyAV takes them; times are in samples."""
    return [
        {
            "id": index,
            "start": chapter.start_sample,
            "end": chapter.end_sample,
            "metadata": {"title": clean_tag(chapter.title)},
        }
        for index, chapter in enumerate(label.chapters)
    ]


def comment_chapters(label: BookLabel) -> dict[str, str]:
    """Return the chapters as Vorbis comments, ``CHAPTER000`` and ``CHAPTER000NAME``."""
    comments = {}
    for index, chapter in enumerate(label.chapters):
        comments[f"CHAPTER{index:03}"] = _stamp(chapter.start_sample)
        comments[f"CHAPTER{index:03}NAME"] = clean_tag(chapter.title)
    return comments


def clean_tag(text: str) -> str:
    """Return `text` as one line without characters that no player can show."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _stamp(sample: int) -> str:
    """Write a place as ``01:02:03.456``."""
    minutes, milliseconds = divmod(round(sample * 1_000 / SAMPLE_RATE), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1_000)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
