from __future__ import annotations

from pathlib import Path

import av
import pytest

from worker.audio.spool import CHUNK_BYTES, open_spool


def make_packets(sizes: list[int], durations: list[int]) -> list[av.Packet]:
    """Return packets that follow each other."""
    packets, at = [], 0
    for number, (size, duration) in enumerate(zip(sizes, durations, strict=True)):
        packet = av.Packet(bytes([number % 100]) * size)
        packet.pts = packet.dts = at
        packet.duration = duration
        packets.append(packet)
        at += duration
    return packets


def test_packets_and_their_sizes_come_back_in_order(tmp_path: Path) -> None:
    """Both are there as one run of bytes, as a file's end and its index want them."""
    with open_spool(tmp_path) as spool, (tmp_path / "copy").open("wb") as copy:
        list(spool.outline(make_packets([3, 1, 2], [1_024, 1_024, 5])))
        spool.packets.copy_to(copy)
        spool.sizes.copy_to(copy)

    written = (tmp_path / "copy").read_bytes()
    assert written == b"\0\0\0\1\2\2" + b"\0\0\0\3\0\0\0\1\0\0\0\2"
    assert spool.count == 3
    assert spool.durations == [(2, 1_024), (1, 5)]


def test_its_files_have_no_names(tmp_path: Path) -> None:
    """Whatever becomes of the process, nothing of them stays behind."""
    with open_spool(tmp_path) as spool:
        list(spool.outline(make_packets([3], [1])))

        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("sizes", "common"), [([], 0), ([7], 7), ([7, 7], 7), ([7, 8, 8], 0)])
def test_a_size_that_all_packets_have_is_known(
    tmp_path: Path, sizes: list[int], common: int
) -> None:
    """It stands for the whole list of them."""
    with open_spool(tmp_path) as spool:
        list(spool.outline(make_packets(sizes, [1] * len(sizes))))

    assert spool.common_size_bytes == common


@pytest.mark.parametrize(
    ("sizes", "chunks"),
    [
        ([CHUNK_BYTES - 2, 1], [(0, 2)]),
        ([CHUNK_BYTES - 1, 1], [(0, 1), (CHUNK_BYTES - 1, 1)]),
        ([CHUNK_BYTES + 9, 1, 1], [(0, 1), (CHUNK_BYTES + 9, 2)]),
    ],
)
def test_chunks_stay_below_their_limit(
    tmp_path: Path, sizes: list[int], chunks: list[tuple[int, int]]
) -> None:
    """Unless a single packet is larger."""
    with open_spool(tmp_path) as spool:
        list(spool.outline(make_packets(sizes, [1] * len(sizes))))

    assert spool.chunks == chunks


@pytest.mark.parametrize(
    ("durations", "places"),
    [
        ([], []),
        ([5], [0]),
        ([5, 5], [0, 1]),
        ([1_024] * 9, [0, 8]),
        ([2**29] * 6, [0, 2, 4, 5]),
        ([2**29] * 5, [0, 2, 4]),
    ],
)
def test_an_outline_has_ends_and_no_long_gaps(
    tmp_path: Path, durations: list[int], places: list[int]
) -> None:
    """The first packet and the last, each once, and between them one in twelve hours."""
    packets = make_packets([1] * len(durations), durations)

    with open_spool(tmp_path) as spool:
        outlined = list(spool.outline(packets))

    assert [packets.index(packet) for packet in outlined] == places
