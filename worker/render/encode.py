"""Raw PCM becomes the finished file: wav, flac, mp3 or opus; block by block in constant memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jobs.request import AudioFormat
from worker.engine import SAMPLE_RATE
from worker.render.wav import write_wav

_ENCODERS: dict[AudioFormat, dict[str, Any]] = {
    "flac": {"format": "FLAC", "subtype": "PCM_16"},
    # About 55 kbit/s of speech: at 24 kHz mono more is not heard.
    "mp3": {
        "format": "MP3",
        "subtype": "MPEG_LAYER_III",
        "bitrate_mode": "VARIABLE",
        "compression_level": 0.2,
    },
    # libsndfile maps 1 to 0 on 6 to 256 kbit/s; 0.8 gives about 56.
    "opus": {"format": "OGG", "subtype": "OPUS", "compression_level": 0.8},
}


def encoder_fingerprint(audio_format: AudioFormat) -> dict[str, str]:
    """What the bytes of a format depend on beside the samples."""
    if audio_format == "wav":
        return {}
    import soundfile

    return {"libsndfile": soundfile.__libsndfile_version__}


def encode_file(
    path: Path, blocks: Iterable[bytes], sample_count: int, audio_format: AudioFormat
) -> None:
    """Write `path` whole and make it safe on disk; an existing file is replaced.

    Args:
        path: Where it goes.
        blocks: int16 little-endian samples at 24 kHz, mono, in whole samples.
        sample_count: How many samples the blocks hold together.
        audio_format: Of the finished file.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("wb") as file:
        if audio_format == "wav":
            write_wav(file, blocks, sample_count)
        else:
            _encode(_Sink(file.fileno()), blocks, audio_format)
        file.flush()
        os.fsync(file.fileno())


def _encode(sink: _Sink, blocks: Iterable[bytes], audio_format: AudioFormat) -> None:
    import numpy as np
    import soundfile

    with soundfile.SoundFile(
        sink, "w", samplerate=SAMPLE_RATE, channels=1, **_ENCODERS[audio_format]
    ) as encoder:
        for block in blocks:
            encoder.write(np.frombuffer(block, dtype="<i2"))
            sink.check()
    sink.check()


class _Sink:
    """The file as libsndfile sees it.

    libsndfile calls it from C, where an exception is lost: the first failed write is kept, the rest
    is taken without being written, and `check` raises it back in Python.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._error: OSError | None = None

    def check(self) -> None:
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> int:
        try:
            written = 0
            while self._error is None and written < len(data):
                written += os.write(self._descriptor, data[written:])
        except OSError as exc:
            self._error = exc
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)
