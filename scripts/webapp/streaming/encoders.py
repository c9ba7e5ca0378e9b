"""Audio on its way: PCM as it comes becomes wav, mp3, opus or flac without knowing its length.

The finished file is the worker's; this is for who listens before it is finished. Samples of wav,
pcm and flac are exact.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

SAMPLE_RATE = 24_000
"""Of all that Kokoro speaks; int16, mono."""

StreamFormat = Literal["wav", "pcm", "flac", "mp3", "opus"]

MEDIA_TYPES: dict[str, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
}

UNKNOWN_BYTES = 0xFFFF_FFFF
"""What a WAV header states where nobody knows the length; players read on to the end."""

_CODECS: dict[str, tuple[str, str, int, dict[str, str]]] = {
    # format: container, codec, bits per second, options
    "flac": ("flac", "flac", 0, {}),
    "mp3": ("mp3", "libmp3lame", 64_000, {"write_xing": "0", "id3v2_version": "0"}),
    # A page after 200 ms, not after a second: the listener is waiting.
    "opus": ("ogg", "libopus", 56_000, {"page_duration": "200000"}),
}


class Encoder(Protocol):
    """Turns PCM into a stream, piece by piece."""

    def feed(self, pcm: bytes) -> bytes:
        """Take int16 little-endian samples, return what of the stream is ready."""

    def finish(self) -> bytes:
        """Return the rest."""


def open_encoder(audio_format: StreamFormat) -> Encoder:
    """Return an encoder at the beginning of its stream."""
    if audio_format == "pcm":
        return _PlainEncoder(b"")
    if audio_format == "wav":
        return _PlainEncoder(endless_wav_header())
    return _AvEncoder(*_CODECS[audio_format])


def endless_wav_header() -> bytes:
    """Return the header of a WAV file whose length nobody knows yet."""
    layout = struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, SAMPLE_RATE * 2, 2, 16)
    riff = struct.pack("<4sI4s4s", b"RIFF", UNKNOWN_BYTES, b"WAVE", b"fmt ")
    return riff + layout + struct.pack("<4sI", b"data", UNKNOWN_BYTES)


def decode_file(path: Path) -> Iterator[bytes]:
    """Yield a finished file's samples as PCM, in pieces; exact for wav and flac."""
    import av

    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in container.decode(audio=0):
            yield from map(_samples_of, resampler.resample(frame))
        yield from map(_samples_of, resampler.resample(None))


class _PlainEncoder:
    """PCM as it is, after a header."""

    def __init__(self, header: bytes) -> None:
        self._header = header

    def feed(self, pcm: bytes) -> bytes:
        header, self._header = self._header, b""
        return header + pcm

    def finish(self) -> bytes:
        return self.feed(b"")


class _AvEncoder:
    """FFmpeg's encoders, by PyAV."""

    def __init__(
        self, container: str, codec: str, bits_per_second: int, options: dict[str, str]
    ) -> None:
        import av

        self._av = av
        self._sink = _Sink()
        self._container = av.open(
            self._sink, "w", format=container, options={"flush_packets": "1"} | options
        )
        self._stream = self._container.add_stream(codec, rate=SAMPLE_RATE, layout="mono")
        if bits_per_second:
            self._stream.bit_rate = bits_per_second
        self._position = 0

    def feed(self, pcm: bytes) -> bytes:
        if pcm:
            frame = self._av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
            # FFmpeg pads a plane for its own use; only the samples are ours.
            plane = memoryview(frame.planes[0]).cast("B")
            plane[: len(pcm)] = pcm
            frame.sample_rate = SAMPLE_RATE
            frame.pts = self._position
            self._position += frame.samples
            self._encode(frame)
        return self._sink.take()

    def finish(self) -> bytes:
        self._encode(None)
        self._container.close()
        return self._sink.take()

    def _encode(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


class _Sink:
    """Where FFmpeg writes; it cannot seek, so no header is patched later."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


def _samples_of(frame: Any) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * 2]
