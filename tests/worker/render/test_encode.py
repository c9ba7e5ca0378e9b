from __future__ import annotations

import errno
import os
import resource
import signal
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from jobs.playback.encoders import decode_file
from jobs.request import FORMATS, AudioFormat
from worker.render.encode import encode_file

BLOCK = (8_000 * np.sin(np.arange(24_000) * 0.05)).astype("<i2").tobytes()


@pytest.fixture
def file_limit() -> Iterator[None]:
    """Let this process write no file past 64 KiB, as a full disk would."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize(
    ("audio_format", "container", "subtype"),
    [
        ("wav", "WAV", "PCM_16"),
        ("flac", "FLAC", "PCM_16"),
        ("mp3", "MP3", "MPEG_LAYER_III"),
        ("opus", "OGG", "OPUS"),
    ],
)
def test_each_format_is_what_it_says(
    tmp_path: Path, audio_format: AudioFormat, container: str, subtype: str
) -> None:
    """The file is of its format, as long as the samples, and sounds like them."""
    path = tmp_path / "one"

    encode_file(path, [BLOCK] * 3, 72_000, audio_format)

    info = soundfile.info(path)
    samples, _ = soundfile.read(path)
    expected = np.frombuffer(BLOCK * 3, dtype="<i2") / 32_768
    assert (info.format, info.subtype, info.samplerate, info.channels) == (
        container,
        subtype,
        24_000,
        1,
    )
    assert len(samples) == 72_000
    assert np.corrcoef(samples[2_000:-2_000], expected[2_000:-2_000])[0, 1] > 0.99


def test_an_m4a_is_aac_in_mp4(tmp_path: Path) -> None:
    """It states the exact length, and decodes to the samples and the rest of their last frame."""
    path = tmp_path / "one"

    encode_file(path, [BLOCK] * 3, 72_000, "m4a")

    with av.open(str(path)) as file:
        assert (file.format.name, file.streams.audio[0].codec_context.name) == (
            "mov,mp4,m4a,3gp,3g2,mj2",
            "aac",
        )
        assert file.streams.audio[0].duration == 72_000
    samples = np.frombuffer(b"".join(decode_file(path)), dtype="<i2")
    expected = np.frombuffer(BLOCK * 3, dtype="<i2")
    assert 0 <= samples.size - 72_000 < 1_024
    assert np.corrcoef(samples[2_000:70_000], expected[2_000:70_000])[0, 1] > 0.99
    assert path.read_bytes()[4:12] == b"ftypM4A "


@pytest.mark.parametrize("audio_format", ["wav", "flac"])
def test_lossless_formats_keep_every_sample(tmp_path: Path, audio_format: AudioFormat) -> None:
    """What wav and flac hold is the PCM, bit for bit."""
    path = tmp_path / "one"

    encode_file(path, [BLOCK, BLOCK[:100]], 24_050, audio_format)

    assert soundfile.read(path, dtype="int16")[0].astype("<i2").tobytes() == BLOCK + BLOCK[:100]


@pytest.mark.parametrize("audio_format", FORMATS)
def test_equal_samples_give_equal_bytes(tmp_path: Path, audio_format: AudioFormat) -> None:
    """However the samples are cut into blocks, the file is the same."""
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"

    encode_file(whole, [BLOCK * 2], 48_000, audio_format)
    encode_file(pieces, [BLOCK[:1_000], BLOCK[1_000:], BLOCK], 48_000, audio_format)

    assert whole.read_bytes() == pieces.read_bytes()


@pytest.mark.parametrize("audio_format", FORMATS)
def test_a_full_disk_is_an_error_and_no_silent_cut(
    tmp_path: Path, audio_format: AudioFormat, file_limit: None
) -> None:
    """A write that the system refuses comes out as OSError, through FFmpeg too."""
    rng = np.random.default_rng(0)
    noise = rng.integers(-20_000, 20_000, 24_000).astype("<i2").tobytes()

    with pytest.raises(OSError) as caught:
        encode_file(tmp_path / "one", [noise] * 60, 60 * 24_000, audio_format)

    assert caught.value.errno == errno.EFBIG


@pytest.mark.slow
@pytest.mark.parametrize("audio_format", FORMATS)
def test_memory_does_not_grow_with_length(tmp_path: Path, audio_format: AudioFormat) -> None:
    """Two minutes are encoded in a fraction of the memory that their samples need."""
    encode_file(tmp_path / "warm", [BLOCK], 24_000, audio_format)
    tracemalloc.start()

    encode_file(tmp_path / "one", (BLOCK for _ in range(120)), 120 * 24_000, audio_format)

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 10 * len(BLOCK)


def test_an_error_of_the_source_is_passed_on(tmp_path: Path) -> None:
    """What the blocks raise, for example a cancellation, ends the encoding."""

    def blocks() -> Iterator[bytes]:
        yield BLOCK
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_file(tmp_path / "one", blocks(), 48_000, "flac")


def test_the_file_is_made_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that cannot keep the bytes is an error, not a finished file."""

    def fsync(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(OSError, match="Input/output error"):
        encode_file(tmp_path / "one", [BLOCK], 24_000, "wav")
