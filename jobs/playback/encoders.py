"""Samples become FLAC, MP3, Opus or AAC and samples again, through PyAV (FFmpeg's libraries).

Finished files, books and streams that begin before their end is known are encoded here alike. No
file names its encoder or a date, so that equal samples give equal bytes. Samples of flac are exact.
PyAV is imported when something is encoded: who only submits jobs does without it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from .pcm import SAMPLE_BYTES, SAMPLE_RATE
from .wav import endless_wav_header

StreamFormat = Literal["wav", "pcm", "flac", "mp3", "opus", "m4a", "aac"]
"""m4a is AAC in MP4, as players of files want it; aac the same in ADTS, as OpenAI's clients do."""

MEDIA_TYPES: dict[str, str] = {
    "wav": "audio/wav",
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}

CLOCK = Fraction(1, SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec and the container around it, by FFmpeg's names."""

    muxer: str
    codec: str
    bit_rate: int = 0
    """Bits per second; 0 is the codec's own choice."""
    muxer_options: Mapping[str, str] = field(default_factory=dict)
    codec_options: Mapping[str, str] = field(default_factory=dict)


FILE_ENCODINGS: dict[str, Encoding] = {
    "flac": Encoding("flac", "flac"),
    # LAME's V2 (FFmpeg counts 118 to a step), about 55 kbit/s of speech: at 24 kHz mono more is not
    # heard. No empty ID3 tag: there is nothing to say.
    "mp3": Encoding(
        "mp3",
        "libmp3lame",
        muxer_options={"id3v2_version": "0"},
        codec_options={"flags": "+qscale", "global_quality": "236"},
    ),
    "opus": Encoding("ogg", "libopus", 56_000),
    # The index goes to the front, so that a player can begin before it has the whole file.
    "m4a": Encoding("ipod", "aac", 64_000, {"movflags": "+faststart"}),
}

_STREAM_ENCODINGS: dict[str, Encoding] = {
    "flac": Encoding("flac", "flac", 0, {"flush_packets": "1"}),
    "mp3": Encoding(
        "mp3",
        "libmp3lame",
        64_000,
        {"flush_packets": "1", "write_xing": "0", "id3v2_version": "0"},
    ),
    # A page after 200 ms, not after a second: the listener is waiting.
    "opus": Encoding("ogg", "libopus", 56_000, {"flush_packets": "1", "page_duration": "200000"}),
    # Fragments of 200 ms. The first one waits for a packet: only then is the encoder's delay known.
    "m4a": Encoding(
        "ipod",
        "aac",
        64_000,
        {
            "flush_packets": "1",
            "movflags": "+empty_moov+delay_moov+default_base_moof",
            "frag_duration": "200000",
        },
    ),
    "aac": Encoding("adts", "aac", 64_000, {"flush_packets": "1"}),
}


def encoder_fingerprint() -> dict[str, str]:
    """What the bytes of a packed file depend on beside the samples."""
    import av

    return {"av": av.__version__}


class PacketEncoder:
    """The audio of a file that is being written: samples in, packets out."""

    def __init__(self, output: Any, encoding: Encoding) -> None:
        """Add the audio to an open PyAV container."""
        from av.codec.context import Flags

        self.stream = output.add_stream(
            encoding.codec,
            rate=SAMPLE_RATE,
            layout="mono",
            bit_rate=encoding.bit_rate,
            options=dict(encoding.codec_options),
        )
        self.stream.codec_context.flags |= Flags.bitexact.value
        self.stream.time_base = CLOCK
        self._position = 0

    def encode(self, pcm: bytes | None) -> list[Any]:
        """Take int16 little-endian samples, or None at the end; return the packets so far."""
        if not pcm:
            return [] if pcm is not None else list(self.stream.encode(None))
        import av

        frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm) // SAMPLE_BYTES)
        # FFmpeg pads a plane for its own use; only the samples are ours.
        memoryview(frame.planes[0]).cast("B")[: len(pcm)] = pcm
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = CLOCK
        frame.pts = self._position
        self._position += frame.samples
        return list(self.stream.encode(frame))


def open_output(target: Any, encoding: Encoding, *, serial: int = 0) -> tuple[Any, PacketEncoder]:
    """Open a path, or what has a `write`, as PyAV's container; return it and its audio.

    The `serial`, below 2**31, names the stream in an Ogg file.
    """
    import av

    options = dict(encoding.muxer_options)
    if encoding.muxer == "ogg":
        options["serial_offset"] = str(serial)
    output = av.open(target, "w", format=encoding.muxer, options=options)
    output.flags |= av.container.Flags.bitexact.value
    return output, PacketEncoder(output, encoding)


@contextmanager
def os_errors() -> Iterator[None]:
    """Raise FFmpeg's errors as OSError."""
    import av

    try:
        yield
    except av.FFmpegError as exc:
        raise OSError(exc.errno, exc.strerror) from exc


def write_packed(
    path: Path, blocks: Iterable[bytes], encoding: Encoding, *, serial: int = 0
) -> None:
    """Write a file of samples alone; `blocks` are int16 little-endian, in whole samples.

    Two files with one `serial` could not be joined to one Ogg stream.

    Raises:
        OSError: the file cannot be written.
    """
    with os_errors():
        output, audio = open_output(str(path), encoding, serial=serial)
        with output:
            for block in blocks:
                output.mux(audio.encode(block))
            output.mux(audio.encode(None))


def decode_file(path: Path) -> Iterator[bytes]:
    """Yield a finished file's samples as PCM, in pieces; exact for wav and flac.

    Raises:
        OSError: it cannot be read, or holds no audio.
    """
    import av

    with os_errors(), av.open(str(path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in container.decode(audio=0):
            yield from map(_samples_of, resampler.resample(frame))
        yield from map(_samples_of, resampler.resample(None))


class StreamEncoder:
    """Turns PCM into a stream piece by piece, without knowing its length."""

    def __init__(self, audio_format: StreamFormat) -> None:
        """Stand at the beginning of the stream."""
        self._sink = _Sink()
        self._output = None
        if audio_format == "wav":
            self._sink.write(endless_wav_header())
        elif audio_format != "pcm":
            self._output, self._audio = open_output(self._sink, _STREAM_ENCODINGS[audio_format])

    def feed(self, pcm: bytes) -> bytes:
        """Take int16 little-endian samples, return what of the stream is ready."""
        if self._output is None:
            self._sink.write(pcm)
        else:
            self._output.mux(self._audio.encode(pcm))
        return self._sink.take()

    def finish(self) -> bytes:
        """Return the rest."""
        if self._output is not None:
            self._output.mux(self._audio.encode(None))
            self._output.close()
        return self._sink.take()


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
    return bytes(frame.planes[0])[: frame.samples * SAMPLE_BYTES]
