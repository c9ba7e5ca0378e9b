"""Tags, chapters and cover of a book's file."""

import base64
import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.books.manifest import PUBLICATION_FIELDS, BookOutput, Manifest
from jobs.errors import InputError
from jobs.playback.pcm import SAMPLE_RATE
from jobs.text.language_tags import find_language

_FRONT_COVER = 3
_KINDS = {b"\xff\xd8\xff": ("mjpeg", "jpeg_pipe"), b"\x89PNG\r\n\x1a\n": ("png", "png_pipe")}
"""By the first bytes of a picture: ffmpeg's codec, and the demuxer that may open it."""
_MEDIA_TYPES = {"mjpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class CoverPicture:
    """A cover with its codec and size."""

    data: bytes
    codec: str
    """ffmpeg's name for it: mjpeg or png."""
    width: int
    """Pixels."""
    height: int


def open_cover(data: bytes) -> CoverPicture:
    """Read the size of a picture without decoding it.

    Raises:
        InputError: it is neither JPEG nor PNG, or cannot be read.
    """
    import av

    # The demuxer is named: otherwise ffmpeg would open a playlist that pretends to be a cover.
    for magic, (codec, reader) in _KINDS.items():
        if data.startswith(magic):
            try:
                with av.open(io.BytesIO(data), format=reader) as picture:
                    size = picture.streams.video[0].codec_context
                    if size.width and size.height:
                        return CoverPicture(data, codec, size.width, size.height)
            except av.FFmpegError:
                break
    raise InputError(
        "the book's cover is not a JPEG or PNG picture that can be read; "
        "take it out of the book, or replace it, and start again"
    )


def encode_picture_block(cover: CoverPicture) -> str:
    """Return the cover as a Vorbis comment: FLAC's picture block in base64."""
    media_type = _MEDIA_TYPES[cover.codec].encode()
    block = b"".join(
        (
            struct.pack(">II", _FRONT_COVER, len(media_type)),
            media_type,
            struct.pack(">I", 0),  # no description
            struct.pack(">IIII", cover.width, cover.height, 24, 0),
            struct.pack(">I", len(cover.data)),
            cover.data,
        )
    )
    return base64.b64encode(block).decode()


_UNSPOKEN_LANGUAGES = {"de": "deu", "nl": "nld"}
"""Languages that Kokoro lacks and books have all the same; their ISO 639-2 codes."""


@dataclass(frozen=True, slots=True)
class ChapterSpan:
    """A chapter's place in a file."""

    title: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class BookLabel:
    """Tags, chapters and cover of a file; empty ones are not written."""

    title: str
    album: str
    artist: str = ""
    language: str = ""
    """ISO 639-2, for example ``eng``."""
    track: str = ""
    """``3/24``: third of 24 files."""
    comment: str = ""
    year: str = ""
    description: str = ""
    publisher: str = ""
    series: str = ""
    series_part: str = ""
    chapters: tuple[ChapterSpan, ...] = ()
    """In order, without gaps; empty for a file without chapter marks."""
    cover: CoverPicture | None = None


def make_label(
    manifest: Manifest,
    output: BookOutput,
    chapters: Sequence[ChapterSpan],
    cover: CoverPicture | None,
) -> BookLabel:
    """Return the label of one file of a book; one of several files gets a track number.

    Args:
        manifest: The book.
        output: The file.
        chapters: Places of its chapters; not marked if it is one of several and has only one.
        cover: The book's cover.
    """
    position, total = manifest.outputs.index(output) + 1, len(manifest.outputs)
    chosen = (manifest.chapters[number] for number in output.chapters)
    voices = {part.request.voice for chapter in chosen for part in chapter.parts}
    return BookLabel(
        title=output.title,
        album=manifest.title,
        artist=manifest.author,
        language=_name_language(manifest.language),
        track=f"{position}/{total}" if total > 1 else "",
        comment=f"Read by Kokoro-82M: {', '.join(sorted(voices))}",
        **{name: getattr(manifest, name) for name in PUBLICATION_FIELDS},
        chapters=tuple(chapters) if total == 1 or len(chapters) > 1 else (),
        cover=cover,
    )


def name_tags(label: BookLabel) -> dict[str, str]:
    """Return the tags under ffmpeg's names."""
    tags = {
        "title": label.title,
        "album": label.album,
        "artist": label.artist,
        "album_artist": label.artist,
        "genre": "Audiobook",
        "language": label.language,
        "track": label.track,
        "comment": label.comment,
        "date": label.year,
        "description": label.description,
        "publisher": label.publisher,
        "series": label.series,
        "series-part": label.series_part,
        # MP4 has no place for a series that ffmpeg writes but this one.
        "grouping": f"{label.series} #{label.series_part}" if label.series_part else label.series,
    }
    return {name: clean for name, value in tags.items() if (clean := clean_tag(value))}


def mark_chapters(label: BookLabel) -> list[dict[str, Any]]:
    """Return the chapters in PyAV's form; times are in samples."""
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
    """Return `text` on one line, without unprintable characters."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _stamp(sample: int) -> str:
    """Return the time of a sample as ``01:02:03.456``."""
    minutes, milliseconds = divmod(round(sample * 1_000 / SAMPLE_RATE), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1_000)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def _name_language(tag: str) -> str:
    """Return the ISO 639-2 code for a tag such as ``en-GB``; empty if it is unknown."""
    primary = tag.replace("_", "-").split("-")[0].lower()
    if len(primary) == len("eng") and primary.isascii() and primary.isalpha():
        return primary
    language = find_language(primary)
    return language.iso_639_2[0] if language else _UNSPOKEN_LANGUAGES.get(primary, "")
