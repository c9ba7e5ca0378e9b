"""WAV files of our one kind: PCM_16, mono, 24 kHz; RF64 (EBU Tech 3306) past 4 GiB."""

import struct
from collections.abc import Iterable
from typing import BinaryIO

from ..errors import OutputError
from .pcm import SAMPLE_BYTES, SAMPLE_RATE

RIFF_LIMIT = 0xFFFF_FFFF
"""Largest size that RIFF can state; RF64 writes this number where the real one stands in ds64."""

_FORMAT = struct.pack(
    "<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE, SAMPLE_RATE * SAMPLE_BYTES, SAMPLE_BYTES, 16
)


def wav_header(data_bytes: int, *, limit: int = RIFF_LIMIT) -> bytes:
    """Return all that stands before the samples.

    Args:
        data_bytes: Size of the samples, two bytes each.
        limit: Size of the RIFF chunk above which the file is RF64.
    """
    riff_bytes = 4 + len(_FORMAT) + 8 + data_bytes
    if riff_bytes <= limit:
        head = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
        return head + _FORMAT + struct.pack("<4sI", b"data", data_bytes)
    riff_bytes += 36
    sample_count = data_bytes // SAMPLE_BYTES
    head = struct.pack("<4sI4s", b"RF64", RIFF_LIMIT, b"WAVE")
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, riff_bytes, data_bytes, sample_count, 0)
    return head + sizes + _FORMAT + struct.pack("<4sI", b"data", RIFF_LIMIT)


def endless_wav_header() -> bytes:
    """Return the header of a stream whose length nobody knows yet; players read on to its end."""
    return (
        struct.pack("<4sI4s", b"RIFF", RIFF_LIMIT, b"WAVE")
        + _FORMAT
        + struct.pack("<4sI", b"data", RIFF_LIMIT)
    )


def write_wav(
    file: BinaryIO, blocks: Iterable[bytes], sample_count: int, *, limit: int = RIFF_LIMIT
) -> None:
    """Write a whole file from its samples, block by block.

    Args:
        file: Where it goes, open for writing in binary mode.
        blocks: int16 little-endian samples, in pieces of any size.
        sample_count: How many samples the blocks hold together.
        limit: As in `wav_header`.

    Raises:
        OutputError: the blocks held more or fewer samples than announced.
    """
    file.write(wav_header(sample_count * SAMPLE_BYTES, limit=limit))
    written = 0
    for block in blocks:
        file.write(block)
        written += len(block)
    if written != sample_count * SAMPLE_BYTES:
        raise OutputError(
            f"{written} bytes of audio where {sample_count * SAMPLE_BYTES} were announced; "
            "run the job again"
        )
