from __future__ import annotations

import errno
import struct
from pathlib import Path

import av
import pytest

from tests.muxing import mux_flatly, mux_plainly
from worker.audio.mp4 import SIZE_LIMIT, media_header, read_boxes


@pytest.mark.parametrize(
    ("sizes", "durations"),
    [
        ([200], [1_024]),
        ([200] * 50, [1_024] * 50),
        ([40_000, 50_000, 60_000] * 50, [1_024] * 149 + [7]),
        ([2**20 + 1, 3, 3], [1_024] * 3),
        (list(range(2_000, 2_040)), [2**28] * 40),
    ],
    ids=["one packet", "one size", "chunks", "huge packet", "five days"],
)
def test_the_file_is_what_ffmpeg_alone_would_write(
    tmp_path: Path, sizes: list[int], durations: list[int]
) -> None:
    """Byte for byte, also where times take 64 bits."""
    mux_flatly(tmp_path / "flat", sizes, durations)

    mux_plainly(tmp_path / "plain", sizes, durations)
    assert (tmp_path / "flat").read_bytes() == (tmp_path / "plain").read_bytes()


def test_places_past_the_limit_take_64_bits(tmp_path: Path) -> None:
    """Another reader finds the same packets and chapters in it, from the start and from within."""
    sizes, durations = [40_000, 50_000] * 50, [1_024] * 100
    mux_plainly(tmp_path / "narrow", sizes, durations)

    mux_flatly(tmp_path / "wide", sizes, durations, limit=10_000)

    raw = (tmp_path / "wide").read_bytes()
    assert b"co64" in raw
    assert raw.count(b"stco") == 1  # of the chapters, which come first
    place = raw.index(b"mdat") - 4
    assert struct.unpack_from(">I4sQ", raw, place) == (1, b"mdat", len(raw) - place)
    for start in (None, 50 * 1_024):
        assert read_back(tmp_path / "wide", start) == read_back(tmp_path / "narrow", start)


def read_back(path: Path, start: int | None) -> list[object]:
    """Return packets and chapters as ffmpeg reads them, from a place in samples on."""
    with av.open(str(path), options={"err_detect": "explode"}) as file:
        audio = file.streams.audio[0]
        if start is not None:
            file.seek(start, stream=audio)
        packets = [(p.pts, p.dts, p.duration, bytes(p)) for p in file.demux(audio)]
        return [*packets, file.duration, file.chapters(), file.metadata]


@pytest.mark.parametrize("limit", [100, SIZE_LIMIT])
@pytest.mark.parametrize("excess", [0, 1])
def test_the_largest_that_fits_has_a_narrow_header(limit: int, excess: int) -> None:
    """It counts itself and is as long either way, so that no place depends on it."""
    size_bytes = limit - 8 + excess

    header = media_header(size_bytes, limit=limit)

    if excess:
        assert header == b"\0\0\0\1mdat" + (size_bytes + 16).to_bytes(8)
    else:
        assert header == b"\0\0\0\x08free" + limit.to_bytes(4) + b"mdat"


def test_boxes_are_read_one_after_another() -> None:
    """Each with what it holds."""
    data = memoryview(b"\0\0\0\x08free\0\0\0\x0amdatab")

    boxes = list(read_boxes(data))

    assert [(box.kind, bytes(box.payload)) for box in boxes] == [(b"free", b""), (b"mdat", b"ab")]
    assert b"".join(box.whole for box in boxes) == data


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The system's refusal is passed on."""
    with pytest.raises(OSError, match="Is a directory") as caught:
        mux_flatly(tmp_path, [1], [1_024])

    assert caught.value.errno == errno.EISDIR
