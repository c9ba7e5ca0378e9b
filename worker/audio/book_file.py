"""One file of a book: samples, chapter marks, tags and cover, through PyAV (ffmpeg's libraries).

m4b is AAC with chapters as a track and as a list, mp3 has ID3v2.3 chapters, flac and opus have
``CHAPTER000`` comments. wav has no place for any of it: it holds the samples alone. Block by block
in constant memory, but for the index that m4b needs: 8 MB for each hour. No file names its encoder
or a date, so that equal samples and tags give equal bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jobs.manifest import BookFormat
from worker.audio.cover import Cover, encode_picture_block, open_cover
from worker.audio.wav import write_wav
from worker.engine import SAMPLE_RATE

_CLOCK = Fraction(1, SAMPLE_RATE)
_BIT_RATE = 64_000
"""For AAC and MP3 at 24 kHz mono: a listener hears no difference above."""
_OPUS_BIT_RATE = 48_000
_AUDIOBOOK = "2"
"""What iTunes calls this kind of media."""


@dataclass(frozen=True, slots=True)
class ChapterSpan:
    """A chapter's place in a file."""

    title: str
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class BookTags:
    """What a player shows; what is empty is left out."""

    title: str
    album: str
    artist: str = ""
    language: str = ""
    """ISO 639-2, for example ``eng``."""
    track: str = ""
    """``3/24``: third of 24 files."""
    comment: str = ""

    def named(self) -> dict[str, str]:
        """Return the tags by ffmpeg's names."""
        tags = {
            "title": self.title,
            "album": self.album,
            "artist": self.artist,
            "album_artist": self.artist,
            "genre": "Audiobook",
            "language": self.language,
            "track": self.track,
            "comment": self.comment,
        }
        return {name: clean for name, value in tags.items() if (clean := clean_tag(value))}


@dataclass(frozen=True, slots=True)
class _Container:
    muxer: str
    codec: str
    bit_rate: int = 0
    muxer_options: tuple[tuple[str, str], ...] = ()
    codec_options: tuple[tuple[str, str], ...] = ()
    has_marks: bool = True
    """The muxer writes chapter marks itself; else they are comments that we write."""
    has_pictures: bool = True
    """As above, for the cover."""


_CONTAINERS: dict[BookFormat, _Container] = {
    # "mp4" and not "ipod", which is the same with another brand, but refuses pictures.
    "m4b": _Container(
        "mp4", "aac", _BIT_RATE, (("brand", "M4B "), ("movflags", "+faststart"))
    ),
    "mp3": _Container("mp3", "libmp3lame", _BIT_RATE, (("id3v2_version", "3"),)),
    "flac": _Container("flac", "flac", has_marks=False),
    "opus": _Container(
        "ogg", "libopus", _OPUS_BIT_RATE, codec_options=(("application", "audio"),),
        has_pictures=False,
    ),
}  # fmt: skip


def write_book_file(
    path: Path,
    blocks: Iterable[bytes],
    sample_count: int,
    book_format: BookFormat,
    *,
    tags: BookTags,
    chapters: Sequence[ChapterSpan] = (),
    cover: bytes | None = None,
) -> None:
    """Write `path` whole and make it safe on disk; an existing file is replaced.

    Args:
        path: Where it goes.
        blocks: int16 little-endian samples at 24 kHz, mono, in whole samples.
        sample_count: How many samples the blocks hold together.
        book_format: Of the file.
        tags: What a player shows.
        chapters: In order, tiling the file; none for a file without marks.
        cover: A JPEG or PNG file's bytes.

    Raises:
        InputError: the cover is neither.
        OSError: the file cannot be written.
    """
    if book_format == "wav":
        with path.open("wb") as file:
            write_wav(file, blocks, sample_count)
    else:
        picture = open_cover(cover) if cover else None
        _mux(path, blocks, _CONTAINERS[book_format], tags, chapters, picture)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def clean_tag(text: str) -> str:
    """Return `text` as one line without characters that no player can show."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _mux(
    path: Path,
    blocks: Iterable[bytes],
    container: _Container,
    tags: BookTags,
    chapters: Sequence[ChapterSpan],
    cover: Cover | None,
) -> None:
    import av

    try:
        with av.open(
            str(path), "w", format=container.muxer, options=dict(container.muxer_options)
        ) as output:
            output.flags |= av.container.Flags.bitexact.value
            audio = _add_audio(output, container)
            _add_tags(output, audio, container, tags, chapters, cover)
            picture = _add_picture(output, cover) if cover and container.has_pictures else None
            output.start_encoding()
            if picture:
                output.mux(picture)
            _encode(output, audio, blocks)
    except av.FFmpegError as exc:
        raise OSError(exc.errno, exc.strerror) from exc


def _add_audio(output: Any, container: _Container) -> Any:
    from av.codec.context import Flags

    audio = output.add_stream(
        container.codec,
        rate=SAMPLE_RATE,
        layout="mono",
        bit_rate=container.bit_rate,
        options=dict(container.codec_options),
    )
    audio.codec_context.flags |= Flags.bitexact.value
    audio.time_base = _CLOCK
    return audio


def _add_tags(
    output: Any,
    audio: Any,
    container: _Container,
    tags: BookTags,
    chapters: Sequence[ChapterSpan],
    cover: Cover | None,
) -> None:
    output.metadata.update(tags.named())
    if container.muxer == "mp4":
        output.metadata["media_type"] = _AUDIOBOOK
        audio.metadata["language"] = tags.language or "und"
    if cover and not container.has_pictures:
        output.metadata["METADATA_BLOCK_PICTURE"] = encode_picture_block(cover)
    if container.has_marks:
        output.set_chapters([_mark(index, chapter) for index, chapter in enumerate(chapters)])
        return
    for index, chapter in enumerate(chapters):
        output.metadata[f"CHAPTER{index:03}"] = _stamp(chapter.start_sample)
        output.metadata[f"CHAPTER{index:03}NAME"] = clean_tag(chapter.title)


def _add_picture(output: Any, cover: Cover) -> Any:
    """Add the cover as a picture of one frame, and return the packet that holds it."""
    import av
    from av.stream import Disposition

    stream = output.add_mux_stream(cover.codec, width=cover.width, height=cover.height)
    stream.time_base = _CLOCK
    stream.disposition = Disposition.attached_pic
    stream.metadata["comment"] = "Cover (front)"
    packet = av.Packet(cover.data)
    packet.stream = stream
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    return packet


def _encode(output: Any, audio: Any, blocks: Iterable[bytes]) -> None:
    import av

    position = 0
    for block in blocks:
        samples = np.frombuffer(block, dtype="<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = _CLOCK
        frame.pts = position
        position += samples.size
        output.mux(audio.encode(frame))
    output.mux(audio.encode(None))


def _mark(index: int, chapter: ChapterSpan) -> dict[str, Any]:
    return {
        "id": index,
        "start": chapter.start_sample,
        "end": chapter.end_sample,
        "time_base": _CLOCK,
        "metadata": {"title": clean_tag(chapter.title)},
    }


def _stamp(sample: int) -> str:
    """Write a place as Vorbis comments do: ``01:02:03.456``."""
    minutes, milliseconds = divmod(round(sample * 1_000 / SAMPLE_RATE), 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds, milliseconds = divmod(milliseconds, 1_000)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
