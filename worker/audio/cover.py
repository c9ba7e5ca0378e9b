"""A book's cover: a JPEG or PNG file, as the containers want it described."""

from __future__ import annotations

import base64
import io
import struct
from dataclasses import dataclass

from jobs.errors import InputError

_FRONT_COVER = 3
_KINDS = {b"\xff\xd8\xff": ("mjpeg", "jpeg_pipe"), b"\x89PNG\r\n\x1a\n": ("png", "png_pipe")}
"""First bytes of a file to ffmpeg's codec and the one reader that may open it."""
_MEDIA_TYPES = {"mjpeg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture and its facts."""

    data: bytes
    codec: str
    """ffmpeg's name: mjpeg or png."""
    width: int
    """Pixels."""
    height: int


def open_cover(data: bytes) -> Cover:
    """Look at a picture; it is not decoded.

    Raises:
        InputError: it is neither JPEG nor PNG, or cannot be read.
    """
    import av

    # The reader is named: left to guess, ffmpeg would follow a playlist that calls itself a cover.
    for magic, (codec, reader) in _KINDS.items():
        if data.startswith(magic):
            try:
                with av.open(io.BytesIO(data), format=reader) as picture:
                    size = picture.streams.video[0].codec_context
                    if size.width and size.height:
                        return Cover(data, codec, size.width, size.height)
            except av.FFmpegError:
                break
    raise InputError(
        "the book's cover is not a JPEG or PNG picture that can be read; "
        "take it out of the book, or replace it, and start again"
    )


def encode_picture_block(cover: Cover) -> str:
    """Return the cover as Vorbis comments carry it: FLAC's picture block in base64."""
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
