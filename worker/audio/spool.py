"""Encoded packets on disk, until it is known how many there are and how big each one is."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

CHUNK_BYTES = 1 << 20
"""Chunks stay below it, as ffmpeg's do: two minutes of a book."""
_LONGEST_LEAP = 1 << 30
"""In samples, 12 hours: ffmpeg mistrusts times that leap by 2**31."""
_BLOCK_BYTES = 1 << 18


@contextmanager
def open_spool(directory: Path) -> Iterator[PacketSpool]:
    """Open an empty spool; its files in `directory` have no names and end with it.

    Raises:
        OSError: no file can be made there.
    """
    with TemporaryFile(dir=directory) as packets, TemporaryFile(dir=directory) as sizes:
        yield PacketSpool(Tape(packets), Tape(sizes))


class Tape:
    """Bytes in a file, written in order and read back as a whole."""

    def __init__(self, file: IO[bytes]) -> None:
        """Write to `file`, which is empty and stays the caller's to close."""
        self._file = file
        self._size_bytes = 0

    def __len__(self) -> int:
        return self._size_bytes

    def append(self, data: bytes) -> None:
        """Add `data` at the end."""
        self._file.write(data)
        self._size_bytes += len(data)

    def copy_to(self, file: IO[bytes]) -> None:
        """Write all of it to `file`, block by block."""
        self._file.seek(0)
        shutil.copyfileobj(self._file, file, _BLOCK_BYTES)


class PacketSpool:
    """The packets of one stream and what an index says about them.

    In memory there are a hundred bytes for each megabyte of packets, and none for each packet.
    """

    def __init__(self, packets: Tape, sizes: Tape) -> None:
        """Start without packets, on two empty tapes."""
        self.packets = packets
        """Back to back."""
        self.sizes = sizes
        """Of each packet in bytes, as a big-endian uint32."""
        self.count = 0
        self.common_size_bytes = 0
        """Of every packet; 0 where they differ."""
        self.durations: list[tuple[int, int]] = []
        """How many packets in a row last how many samples."""
        self.chunks: list[tuple[int, int]] = []
        """Where a chunk begins, in bytes, and how many packets it has."""

    def outline(self, packets: Iterable[Any]) -> Iterator[Any]:
        """Take in all packets, and yield those that tell a muxer when they begin and end.

        Args:
            packets: PyAV's, of one stream, in order and without gaps.

        Raises:
            OSError: they cannot be written.
        """
        told, last = None, None
        for packet in packets:
            self._append(bytes(packet), packet.duration)
            last = packet
            if told is None or packet.dts - told >= _LONGEST_LEAP:
                # A muxer may count in other units and change the packet.
                told, last = packet.dts, None
                yield packet
        if last is not None:
            yield last

    def _append(self, data: bytes, duration: int) -> None:
        size = len(data)
        self.common_size_bytes = size if self.count == 0 or size == self.common_size_bytes else 0
        self._continue_chunk(size)
        self._continue_run(duration)
        self.packets.append(data)
        self.sizes.append(struct.pack(">I", size))
        self.count += 1

    def _continue_chunk(self, size: int) -> None:
        start, count = self.chunks[-1] if self.chunks else (0, 0)
        if count and len(self.packets) + size - start < CHUNK_BYTES:
            self.chunks[-1] = start, count + 1
        else:
            self.chunks.append((len(self.packets), 1))

    def _continue_run(self, duration: int) -> None:
        if self.durations and self.durations[-1][1] == duration:
            self.durations[-1] = self.durations[-1][0] + 1, duration
        else:
            self.durations.append((1, duration))
