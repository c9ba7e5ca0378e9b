"""Writes one file of a book with PyAV (ffmpeg's libraries): samples, chapters, tags and cover.

m4b is AAC with chapters as a track and as a list, mp3 has ID3v2.3 chapters, flac and opus have
chapter comments. wav holds the samples alone. The audio is written block by block in constant
memory; only for m4b ffmpeg keeps an index of about 6 MB an hour until the end. No file names its
encoder or a date, so equal samples and labels give equal bytes.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.formats import BookFormat
from jobs.playback.encoders import CLOCK, Encoding, open_output, os_errors
from jobs.playback.wav import write_wav
from worker.books.tags import (
    BookLabel,
    CoverPicture,
    comment_chapters,
    encode_picture_block,
    mark_chapters,
    name_tags,
)

_AUDIOBOOK = "2"
"""iTunes media type."""


@dataclass(frozen=True, slots=True)
class _Container:
    encoding: Encoding
    has_comments: bool = False
    """Chapters are Vorbis comments. We write them ourselves: ffmpeg writes none for FLAC, and in
    Ogg it writes a chapter a second late if it begins in the second half of a second."""
    has_pictures: bool = True
    """The cover is a stream; otherwise it is a comment."""


# 64 kbit/s of AAC or MP3, 48 of Opus, at 24 kHz mono: higher rates make no audible difference.
_CONTAINERS: dict[BookFormat, _Container] = {
    # "ipod" would be the same with another brand, but takes no pictures. The index goes to the
    # front, so that a player can stream the file.
    "m4b": _Container(Encoding("mp4", "aac", 64_000, {"brand": "M4B ", "movflags": "+faststart"})),
    "mp3": _Container(Encoding("mp3", "libmp3lame", 64_000, {"id3v2_version": "3"})),
    "flac": _Container(Encoding("flac", "flac"), has_comments=True),
    "opus": _Container(Encoding("ogg", "libopus", 48_000), has_comments=True, has_pictures=False),
}


def write_book_file(
    path: Path,
    blocks: Iterable[bytes],
    sample_count: int,
    book_format: BookFormat,
    label: BookLabel,
) -> None:
    """Write the file and sync it to disk; an existing file is replaced.

    Args:
        path: Path of the file.
        blocks: int16 little-endian samples at 24 kHz, mono; no sample is split.
        sample_count: Number of samples in all blocks.
        book_format: Format of the file.
        label: Tags, chapters and cover.

    Raises:
        OSError: the file cannot be written.
    """
    if book_format == "wav":
        with path.open("wb") as file:
            write_wav(file, blocks, sample_count)
    else:
        _mux(str(path), blocks, _CONTAINERS[book_format], label)
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _mux(target: str, blocks: Iterable[bytes], container: _Container, label: BookLabel) -> None:
    cover = label.cover
    with os_errors():
        output, audio = open_output(target, container.encoding)
        with output:
            _add_label(output, audio.stream, container, label)
            picture = None
            if cover and container.has_pictures:
                picture = _add_picture(output, cover)
            elif cover:
                output.metadata["METADATA_BLOCK_PICTURE"] = encode_picture_block(cover)
            output.start_encoding()
            if picture:
                output.mux(picture)
            for block in blocks:
                output.mux(audio.encode(block))
            output.mux(audio.encode(None))


def _add_label(output: Any, audio: Any, container: _Container, label: BookLabel) -> None:
    output.metadata.update(name_tags(label))
    if container.encoding.muxer == "mp4":
        output.metadata["media_type"] = _AUDIOBOOK
        audio.metadata["language"] = label.language or "und"
    if container.has_comments:
        output.metadata.update(comment_chapters(label))
    else:
        output.set_chapters([mark | {"time_base": CLOCK} for mark in mark_chapters(label)])


def _add_picture(output: Any, cover: CoverPicture) -> Any:
    """Add the cover as a video stream of one frame, and return its packet."""
    import av
    from av.stream import Disposition

    stream = output.add_mux_stream(cover.codec, width=cover.width, height=cover.height)
    stream.time_base = CLOCK
    stream.disposition = Disposition.attached_pic.value
    stream.metadata["comment"] = "Cover (front)"
    packet = av.Packet(cover.data)
    packet.stream = stream
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    return packet
