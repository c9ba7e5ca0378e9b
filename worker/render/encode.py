"""Raw PCM becomes the finished file: of a request's format; block by block in constant memory."""

import os
from collections.abc import Iterable
from pathlib import Path

from jobs.playback.encoders import FILE_ENCODINGS, write_packed
from jobs.playback.wav import write_wav
from jobs.request import AudioFormat


def encode_file(
    path: Path,
    blocks: Iterable[bytes],
    sample_count: int,
    audio_format: AudioFormat,
    *,
    serial: int = 0,
) -> None:
    """Write `path` whole and make it safe on disk; an existing file is replaced.

    Args:
        path: Where it goes.
        blocks: int16 little-endian samples at 24 kHz, mono, in whole samples.
        sample_count: How many samples the blocks hold together.
        audio_format: Of the finished file.
        serial: Names the stream in an Ogg file, as `write_packed` takes it.

    Raises:
        OSError: the file cannot be written.
    """
    if audio_format == "wav":
        with path.open("wb") as file:
            write_wav(file, blocks, sample_count)
    else:
        write_packed(path, blocks, FILE_ENCODINGS[audio_format], serial=serial)
    with path.open("rb") as file:
        os.fsync(file.fileno())
