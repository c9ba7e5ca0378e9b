"""Follow a job while a worker speaks it: each chunk and its audio as soon as both are safe."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from .journal import JournalLine, audio_file, journal_file, read_records
from .pcm import SAMPLE_BYTES, read_blocks


class JournalFollower:
    """Reads a running job's chunks as they come; used in a ``with``.

    Its files stay readable when the job finishes and its work directory is removed.
    """

    def __init__(self, job_dir: Path) -> None:
        """Follow the job in `job_dir`; raises FileNotFoundError before its journal begins."""
        self._path = journal_file(job_dir)
        self._lines = self._path.open("rb")
        try:
            # Unbuffered: what was read ahead may be cut off by a crash and written anew.
            self._audio = audio_file(job_dir).open("rb", buffering=0)
        except FileNotFoundError:
            self._lines.close()
            raise
        self._previous: JournalLine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._audio.close()

    def new_chunks(self) -> Iterator[tuple[JournalLine, Iterator[bytes]]]:
        """Yield the chunks journaled since the last call, each with its audio in blocks.

        Raises:
            CorruptJournal: it cannot be read.
        """
        for record, _ in read_records(self._lines, self._previous):
            if isinstance(record, JournalLine):
                self._previous = record
                self._audio.seek(record.sample_offset * SAMPLE_BYTES)
                yield record, read_blocks(self._audio, record.sample_count * SAMPLE_BYTES)

    def was_replaced(self) -> bool:
        """Say whether the job was begun anew: what has been read is no part of its audio any more.

        A journal that is gone was not replaced; its job has ended, or is about to.
        """
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(self._lines.fileno())
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino) or (
            there.st_size < self._lines.tell()
        )
