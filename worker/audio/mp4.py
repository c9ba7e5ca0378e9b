"""An MP4 file of one long sound track, whose index is not held in memory.

ffmpeg's muxer keeps 64 bytes for each packet until the end. Here it writes an outline instead: a
whole file, chapters, tags and cover included, but with the few packets that tell it the times. What
counts packets in its index is then replaced. The result is byte for byte what ffmpeg would write
with the index first. Boxes are those of ISO/IEC 14496-12, to whose sections the numbers refer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from worker.audio.spool import PacketSpool, Tape

SIZE_LIMIT = 0xFFFF_FFFF
"""Largest size and place that 32 bits can state."""

_TABLES = (b"mdia", b"minf", b"stbl")
"""From a track to its sample tables."""
_SOUND_ENTRY_BYTES = 28
"""AudioSampleEntry before the boxes in it (12.2.3)."""
_MEDIA_HEADER_BYTES = 16

Piece = bytes | memoryview | Tape
"""Of a file: in memory or on disk."""


class Box(NamedTuple):
    """A box of a file in memory (4.2)."""

    kind: bytes
    whole: memoryview
    payload: memoryview


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things are in the finished file."""

    shift: int
    """How much further back the media data are than in the outline, in bytes."""
    sound_start: int
    """Place of the first packet."""
    is_wide: bool
    """Places take 64 bits."""


def write_mp4(
    path: Path, outline: memoryview, spool: PacketSpool, *, limit: int = SIZE_LIMIT
) -> None:
    """Write the file that `outline` would have become with all the packets in it.

    Args:
        path: Where it goes.
        outline: File of ffmpeg's mp4 muxer, whose media data end with those packets that
            `spool.outline` has yielded.
        spool: All packets of its sound track.
        limit: Size above which 64 bits are taken.

    Raises:
        OSError: the file cannot be written.
    """
    boxes = {box.kind: box for box in read_boxes(outline)}
    head, index, media = boxes[b"ftyp"].whole, boxes[b"moov"].payload, boxes[b"mdat"].payload
    media_start = len(outline) - len(boxes[b"moov"].whole) - len(media)
    lead = media[: _find_sound(index, len(outline)) - media_start]

    def plan(*, is_wide: bool) -> _Layout:
        # What the index says does not change its size.
        index_bytes = sum(map(len, _make_index(index, spool, _Layout(0, 0, is_wide))))
        start = len(head) + index_bytes + _MEDIA_HEADER_BYTES
        return _Layout(start - media_start, start + len(lead), is_wide)

    layout = plan(is_wide=True)
    if layout.sound_start + len(spool.packets) <= limit:
        layout = plan(is_wide=False)
    pieces: list[Piece] = [
        head,
        *_make_index(index, spool, layout),
        media_header(len(lead) + len(spool.packets), limit=limit),
        lead,
        spool.packets,
    ]
    with path.open("wb") as file:
        for piece in pieces:
            if isinstance(piece, Tape):
                piece.copy_to(file)
            else:
                file.write(piece)


def media_header(size_bytes: int, *, limit: int = SIZE_LIMIT) -> bytes:
    """Return what stands before the media data: 16 bytes, whatever their size.

    Args:
        size_bytes: Of the media data.
        limit: Size above which 64 bits are taken.
    """
    if size_bytes + 8 <= limit:
        return struct.pack(">I4sI4s", 8, b"free", size_bytes + 8, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", size_bytes + _MEDIA_HEADER_BYTES)


def read_boxes(data: memoryview) -> Iterator[Box]:
    """Yield the boxes that `data` is made of; their sizes are stated in 32 bits."""
    position = 0
    while position < len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        whole = data[position : position + size]
        yield Box(kind, whole, whole[8:])
        position += size


def _make_box(kind: bytes, *pieces: Piece) -> list[Piece]:
    return [struct.pack(">I4s", 8 + sum(map(len, pieces)), kind), *pieces]


def _make_table(kind: bytes, columns: str, rows: Sequence[tuple[int, ...]]) -> list[Piece]:
    """Return a box that lists rows of integers, which `columns` describes as struct does."""
    packed = (struct.pack(f">{columns}", *row) for row in rows)
    return _make_box(kind, struct.pack(">II", 0, len(rows)) + b"".join(packed))


def _find(data: memoryview, *path: bytes) -> list[memoryview]:
    """Return the payloads of the boxes at `path`."""
    found = [data]
    for kind in path:
        found = [box.payload for outer in found for box in read_boxes(outer) if box.kind == kind]
    return found


def _replace(
    data: memoryview, path: Sequence[bytes], make: Callable[[memoryview], list[Piece]]
) -> list[Piece]:
    """Return the boxes of `data`, those at `path` with the payload that `make` makes of theirs."""
    pieces: list[Piece] = []
    for box in read_boxes(data):
        if box.kind != path[0]:
            pieces.append(box.whole)
        elif path[1:]:
            pieces += _make_box(box.kind, *_replace(box.payload, path[1:], make))
        else:
            pieces += _make_box(box.kind, *make(box.payload))
    return pieces


def _is_sound(track: memoryview) -> bool:
    return any(bytes(handler[8:12]) == b"soun" for handler in _find(track, b"mdia", b"hdlr"))


def _find_sound(index: memoryview, end: int) -> int:
    """Return the place of the first packet; `end` where there is none, and so no sound track."""
    for track in filter(_is_sound, _find(index, b"trak")):
        [places] = _find(track, *_TABLES, b"stco")
        return int.from_bytes(places[8:12])
    return end


def _make_index(index: memoryview, spool: PacketSpool, layout: _Layout) -> list[Piece]:
    """Return the finished file's box ``moov``."""

    def move_chunks(tables: memoryview) -> list[Piece]:
        return _replace(tables, [b"stco"], lambda places: [_shift_places(places, layout.shift)])

    def count_packets(tables: memoryview) -> list[Piece]:
        return _make_tables(tables, spool, layout)

    def make_track(track: memoryview) -> list[Piece]:
        return _replace(track, _TABLES, count_packets if _is_sound(track) else move_chunks)

    return _make_box(b"moov", *_replace(index, [b"trak"], make_track))


def _shift_places(places: memoryview, shift: int) -> bytes:
    """Return the chunk offsets (8.7.5) of a track that lies before the sound."""
    moved = (place + shift for (place,) in struct.iter_unpack(">I", places[8:]))
    return bytes(places[:8]) + b"".join(struct.pack(">I", place) for place in moved)


def _make_tables(tables: memoryview, spool: PacketSpool, layout: _Layout) -> list[Piece]:
    """Return the sound track's sample tables (8.5 to 8.7, 8.9)."""
    chunks = list(enumerate(spool.chunks, 1))
    changes = [
        (number, count, 1)
        for number, (_, count) in chunks
        if number == 1 or count != spool.chunks[number - 2][1]
    ]
    places = [(layout.sound_start + start,) for start, _ in spool.chunks]
    sizes = struct.pack(">III", 0, spool.common_size_bytes, spool.count)
    made = {
        b"stts": _make_table(b"stts", "II", spool.durations),
        b"stsc": _make_table(b"stsc", "III", changes),
        b"stsz": _make_box(b"stsz", sizes, *([] if spool.common_size_bytes else [spool.sizes])),
        b"stco": _make_table(b"co64", "Q", places)
        if layout.is_wide
        else _make_table(b"stco", "I", places),
    }
    pieces: list[Piece] = []
    for box in read_boxes(tables):
        if box.kind == b"stsd":
            pieces += _make_box(b"stsd", _state_bit_rates(box.payload, spool))
        elif box.kind == b"sbgp":
            pieces += _make_box(b"sbgp", _extend_group(box.payload, spool.count))
        else:
            pieces += made.get(box.kind, [box.whole])
    return pieces


def _state_bit_rates(description: memoryview, spool: PacketSpool) -> bytes:
    """Return the sample description (8.5.2) with the bit rates of all the packets."""
    [entry] = read_boxes(description[8:])
    [rates] = _find(entry.payload[_SOUND_ENTRY_BYTES:], b"btrt")
    [rate] = struct.unpack_from(">I", entry.payload, _SOUND_ENTRY_BYTES - 4)
    _, most, _ = struct.unpack(">III", rates)
    samples = sum(count * duration for count, duration in spool.durations)
    mean = 8 * len(spool.packets) * (rate >> 16) // samples
    # esds (ISO/IEC 14496-1, 7.2.6.6) ends its numbers with the same eight bytes.
    return bytes(description).replace(rates[4:], struct.pack(">II", max(most, mean), mean))


def _extend_group(groups: memoryview, count: int) -> bytes:
    """Return what group each packet is in (8.9.2), the last one reaching up to packet `count`."""
    entries = list(struct.iter_unpack(">II", groups[12:]))
    grouped = sum(length for length, _ in entries[:-1])
    return bytes(groups[:-8]) + struct.pack(">II", count - grouped, entries[-1][1])
