"""One file of a book: samples, chapter marks, tags and cover, through PyAV (ffmpeg's libraries).

m4b is AAC with chapters as a track and as a list, mp3 has ID3v2.3 chapters, flac and opus have
chapter comments. wav has no place for any of it: it holds the samples alone. Block by block in
constant memory, but for the index of an m4b: about 6 MB an hour, kept by ffmpeg until the end. No
file names its encoder or a date, so that equal samples and labels give equal bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from jobs.assembly import BookFormat
from worker.books.tags import (
    BookLabel,
    Cover,
    comment_chapters,
    encode_picture_block,
    mark_chapters,
    name_tags,
)
from worker.engine import SAMPLE_RATE
from worker.render.wav import write_wav

_CLOCK = Fraction(1, SAMPLE_RATE)
_BIT_RATE = 64_000
"""For AAC and MP3 at 24 kHz mono: what more would bring is not heard."""
_OPUS_BIT_RATE = 48_000
_AUDIOBOOK = "2"
"""What iTunes calls this kind of media."""


@dataclass(frozen=True, slots=True)
class _Container:
    muxer: str
    codec: str
    bit_rate: int = 0
    muxer_options: tuple[tuple[str, str], ...] = ()
    has_comments: bool = False
    """Chapters are Vorbis comments. We write them ourselves: ffmpeg has none for FLAC, and in Ogg
    places a chapter a second late that begins in the second half of one."""
    has_pictures: bool = True
    """The muxer takes the cover as a stream; else it is a comment."""


_CONTAINERS: dict[BookFormat, _Container] = {
    # "mp4" and not "ipod", which is the same with another brand, but takes no pictures. The index
    # goes to the front, where a player that streams looks for it.
    "m4b": _Container("mp4", "aac", _BIT_RATE, (("brand", "M4B "), ("movflags", "+faststart"))),
    "mp3": _Container("mp3", "libmp3lame", _BIT_RATE, (("id3v2_version", "3"),)),
    "flac": _Container("flac", "flac", has_comments=True),
    "opus": _Container("ogg", "libopus", _OPUS_BIT_RATE, (), has_comments=True, has_pictures=False),
}


def write_book_file(
    path: Path,
    blocks: Iterable[bytes],
    sample_count: int,
    book_format: BookFormat,
    label: BookLabel,
) -> None:
    """Write `path` whole and make it safe on disk; an existing file is replaced.

    Args:
        path: Where it goes.
        blocks: int16 little-endian samples at 24 kHz, mono, in whole samples.
        sample_count: How many samples the blocks hold together.
        book_format: Of the file.
        label: What a player shows.

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
    import av

    cover = label.cover
    try:
        with av.open(
            target, "w", format=container.muxer, options=dict(container.muxer_options)
        ) as output:
            output.flags |= av.container.Flags.bitexact.value
            audio = _add_audio(output, container)
            _add_label(output, audio, container, label)
            picture = None
            if cover and container.has_pictures:
                picture = _add_picture(output, cover)
            elif cover:
                output.metadata["METADATA_BLOCK_PICTURE"] = encode_picture_block(cover)
            output.start_encoding()
            if picture:
                output.mux(picture)
            for packet in _encode(audio, blocks):
                output.mux(packet)
    except av.FFmpegError as exc:
        raise OSError(exc.errno, exc.strerror) from exc


def _add_audio(output: Any, container: _Container) -> Any:
    from av.codec.context import Flags

    audio = output.add_stream(
        container.codec, rate=SAMPLE_RATE, layout="mono", bit_rate=container.bit_rate
    )
    audio.codec_context.flags |= Flags.bitexact.value
    audio.time_base = _CLOCK
    return audio


def _add_label(output: Any, audio: Any, container: _Container, label: BookLabel) -> None:
    output.metadata.update(name_tags(label))
    if container.muxer == "mp4":
        output.metadata["media_type"] = _AUDIOBOOK
        audio.metadata["language"] = label.language or "und"
    if container.has_comments:
        output.metadata.update(comment_chapters(label))
    else:
        output.set_chapters([mark | {"time_base": _CLOCK} for mark in mark_chapters(label)])


def _add_picture(output: Any, cover: Cover) -> Any:
    """Add the cover as a picture of one frame, and return the packet that holds it."""
    import av
    from av.stream import Disposition

    stream = output.add_mux_stream(cover.codec, width=cover.width, height=cover.height)
    stream.time_base = _CLOCK
    stream.disposition = Disposition.attached_pic.value
    stream.metadata["comment"] = "Cover (front)"
    packet = av.Packet(cover.data)
    packet.stream = stream
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    return packet


def _encode(audio: Any, blocks: Iterable[bytes]) -> Iterator[Any]:
    import av

    position = 0
    for block in blocks:
        samples = np.frombuffer(block, dtype="<i2").reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = _CLOCK
        frame.pts = position
        position += samples.size
        yield from audio.encode(frame)
    yield from audio.encode(None)
