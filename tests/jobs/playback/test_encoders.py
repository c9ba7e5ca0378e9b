"""Streams of audio whose length nobody knows yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from jobs.playback.encoders import (
    StreamEncoder,
    decode_file,
)
from jobs.playback.wav import RIFF_LIMIT, endless_wav_header

RATE = 24_000


def make_pcm(seconds: float) -> bytes:
    """Return a tone with some noise."""
    times = np.arange(int(RATE * seconds)) / RATE
    noise = np.random.default_rng(7).normal(0, 200, times.size)
    return (8_000 * np.sin(2 * np.pi * 220 * times) + noise).astype("<i2").tobytes()


def encode(audio_format: str, pcm: bytes, *, piece_bytes: int) -> tuple[bytes, list[int]]:
    """Return the stream, and how many bytes each piece brought at once."""
    encoder = StreamEncoder(audio_format)
    pieces = [pcm[at : at + piece_bytes] for at in range(0, len(pcm), piece_bytes)]
    encoded = [encoder.feed(piece) for piece in pieces]
    return b"".join(encoded) + encoder.finish(), [len(piece) for piece in encoded]


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
@pytest.mark.parametrize("piece_bytes", [2, 4_802, 96_000])
def test_lossless_streams_keep_every_sample(tmp_path: Path, audio_format: str, piece_bytes: int):
    """However the samples come, the ones that are heard are the same."""
    pcm = make_pcm(0.5)
    file = tmp_path / f"stream.{audio_format}"
    file.write_bytes(encode(audio_format, pcm, piece_bytes=piece_bytes)[0])

    assert b"".join(decode_file(file)) == pcm


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "m4a", "aac"])
def test_lossy_streams_have_the_length_and_the_sound(tmp_path: Path, audio_format: str):
    """They are heard whole, two frames more or less, and as loud."""
    pcm = make_pcm(3)
    file = tmp_path / f"stream.{audio_format}"
    file.write_bytes(encode(audio_format, pcm, piece_bytes=48_000)[0])
    samples = np.frombuffer(b"".join(decode_file(file)), dtype="<i2")

    assert abs(samples.size - len(pcm) // 2) < RATE * 0.09
    assert samples[RATE : 2 * RATE].std() == pytest.approx(8_000 / 2**0.5, rel=0.1)


@pytest.mark.parametrize("audio_format", ["wav", "pcm", "flac", "mp3", "opus", "m4a", "aac"])
def test_a_piece_is_sent_when_it_is_there(audio_format: str):
    """Nothing but a fraction of a second waits for what comes later: the listener hears it."""
    encoder = StreamEncoder(audio_format)
    whole = len(encoder.feed(make_pcm(10)))
    rest = len(encoder.finish())

    assert rest < whole * 0.1


@pytest.mark.parametrize("audio_format", ["m4a", "aac"])
def test_equal_samples_give_equal_streams(audio_format: str):
    """However the samples come: no date, no encoder's name, no chance."""
    pcm = make_pcm(1)
    pieces, _ = encode(audio_format, pcm, piece_bytes=4_802)

    assert pieces == encode(audio_format, pcm, piece_bytes=len(pcm))[0]


def test_pcm_is_what_was_given():
    """Raw means raw."""
    assert encode("pcm", b"\1\2\3\4", piece_bytes=2) == (b"\1\2\3\4", [2, 2])


def test_a_wav_of_unknown_length_says_the_most_that_it_can():
    """Players read such a file to its end."""
    header = endless_wav_header()

    assert len(header) == 44
    assert header[4:8] == header[40:44] == RIFF_LIMIT.to_bytes(4, "little")
