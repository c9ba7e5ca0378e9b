"""Raw audio on disk, read in blocks: int16 little-endian, mono."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ..errors import CorruptJournal

SAMPLE_RATE = 24_000
"""Samples per second of everything that Kokoro speaks."""

SAMPLE_BYTES = 2
BLOCK_BYTES = 1 << 20


def read_pcm(path: Path, first_byte: int, end_byte: int) -> Iterator[bytes]:
    """Yield the bytes of an audio file from `first_byte` up to `end_byte`, in blocks.

    Raises:
        CorruptJournal: the file ends before that.
    """
    with path.open("rb") as file:
        file.seek(first_byte)
        yield from read_blocks(file, end_byte - first_byte)


class Readable(Protocol):
    """A file, buffered or not."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


def read_blocks(file: Readable, size_bytes: int) -> Iterator[bytes]:
    """Yield the next `size_bytes` of `file` in blocks; raises CorruptJournal if it ends before."""
    while size_bytes:
        block = file.read(min(size_bytes, BLOCK_BYTES))
        if not block:
            raise CorruptJournal(f"the audio file lacks {size_bytes} bytes; run the job again")
        size_bytes -= len(block)
        yield block
