from __future__ import annotations

import io
import struct
from pathlib import Path

import pytest
import soundfile

from jobs.errors import OutputError
from jobs.playback.wav import wav_header, write_wav


def test_the_header_is_that_of_pcm_16_mono_24_khz() -> None:
    """Every byte of the 44 is as RIFF wants it."""
    header = wav_header(1_000)

    assert header == (
        b"RIFF" + struct.pack("<I", 36 + 1_000) + b"WAVE"
        b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 24_000, 48_000, 2, 16)
        + b"data" + struct.pack("<I", 1_000)
    )  # fmt: skip


def test_past_the_limit_the_header_is_rf64() -> None:
    """The real sizes stand in ds64, and the 32-bit fields say so."""
    header = wav_header(1_000, limit=1_035)

    assert wav_header(1_000, limit=1_036)[:4] == b"RIFF"
    assert header == (
        b"RF64" + b"\xff\xff\xff\xff" + b"WAVE"
        b"ds64" + struct.pack("<IQQQI", 28, 72 + 1_000, 1_000, 500, 0)
        + b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 24_000, 48_000, 2, 16)
        + b"data" + b"\xff\xff\xff\xff"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data_bytes", "magic"),
    [(0xFFFF_FFFF - 37, b"RIFF"), (0xFFFF_FFFF - 35, b"RF64"), (6 * 2**30, b"RF64")],
    ids=["last that fits", "first that does not", "35 hours"],
)
def test_four_gibibytes_are_the_border(data_bytes: int, magic: bytes) -> None:
    """RIFF up to what 32 bits can say, RF64 beyond it; no struct error in between."""
    assert wav_header(data_bytes)[:4] == magic


@pytest.mark.parametrize("limit", [0xFFFF_FFFF, 20], ids=["RIFF", "RF64"])
def test_other_readers_understand_the_file(tmp_path: Path, limit: int) -> None:
    """Libsndfile reads the samples back exactly, from RIFF and from RF64."""
    path = tmp_path / "one.wav"
    pcm = struct.pack("<5h", 0, 1, -1, 32_767, -32_768)
    with path.open("wb") as file:
        write_wav(file, [pcm], 5, limit=limit)

    samples, sample_rate = soundfile.read(path, dtype="int16")

    assert sample_rate == 24_000
    assert samples.tolist() == [0, 1, -1, 32_767, -32_768]


@pytest.mark.parametrize("count", [4, 6])
def test_a_wrong_announcement_is_an_error(count: int) -> None:
    """A header must never promise more or less than the file holds."""
    with pytest.raises(OutputError, match="10 bytes of audio where"):
        write_wav(io.BytesIO(), [b"\0" * 10], count)
