"""Writes a render's journal: one chunk, one fsync, one line; a re-run goes on after the last."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from jobs.errors import CorruptJournal, JournalBusy
from jobs.files import sync_directory
from jobs.playback.journal import (
    JOURNAL_VERSION,
    JournalFingerprint,
    JournalHeader,
    JournalLine,
    JournalRecord,
    audio_file,
    digest_fingerprint,
    encode_record,
    journal_dir,
    journal_file,
    lock_file,
    read_records,
)
from jobs.playback.pcm import SAMPLE_BYTES, SAMPLE_RATE
from jobs.text.text_version import describe_change
from worker.disk import disk_errors, size_bytes_of, write_all
from worker.render.fingerprint import Fingerprint

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JournalTotals:
    """What the journal holds, all runs together."""

    chunks: int = 0
    characters: int = 0
    """Where in the text the next chunk begins."""
    samples: int = 0
    phonemes: int = 0
    seconds: float = 0.0
    mixed: bool = False
    """The chunks were made under more than one fingerprint."""
    fingerprint: str = ""
    """Digest of the last chunk's."""

    def plus(self, line: JournalLine) -> JournalTotals:
        """Return the totals with one more chunk."""
        return JournalTotals(
            chunks=line.chunk + 1,
            characters=line.end,
            samples=line.end_sample,
            phonemes=self.phonemes + line.phonemes,
            seconds=self.seconds + line.seconds,
            mixed=self.mixed or self.fingerprint not in {"", line.fingerprint},
            fingerprint=line.fingerprint,
        )


class JournalWriter:
    """The one writer of a job's journal; used in a ``with``.

    On entry it takes the job's lock, cuts what a crash left half written, and knows from `totals`
    where to go on. A journal that cannot be read, or belongs to another text, is set aside under
    the name ``<job id>.bad-<n>`` and a new one begun. One of another text half is discarded, unless
    all of it is spoken and its file has its name. On exit with no chunk nothing is left.

    Raises:
        JournalBusy: another process holds the lock.
        OutputError: the work directory cannot be written.
    """

    def __init__(
        self,
        work_dir: Path,
        job_id: str,
        *,
        text: str,
        fingerprint: Fingerprint,
        is_published: Callable[[], bool],
    ) -> None:
        """Prepare to journal the job that speaks `text`; files are touched on entry."""
        self.job_dir = journal_dir(work_dir, job_id)
        self.audio_file = audio_file(self.job_dir)
        self.totals = JournalTotals()
        self.digest = digest_fingerprint(fingerprint.whole)
        self._text = text
        self._fingerprint = fingerprint
        self._is_published = is_published
        self._header = JournalHeader(
            version=JOURNAL_VERSION,
            job_id=job_id,
            sample_rate=SAMPLE_RATE,
            characters=len(text),
            fingerprint=fingerprint.whole,
        )
        self._fingerprints: dict[str, dict[str, str]] = {}
        self._lines_end = 0
        self._files = ExitStack()
        self._journal = self._audio = -1
        self._is_discarded = False

    def __enter__(self) -> Self:
        with self._files, disk_errors(self.job_dir):
            self._files.enter_context(hold_lock(self.job_dir))
            try:
                self._recover()
            except CorruptJournal as exc:
                self._set_aside(exc)
            self._discard_other_text()
            self._open()
            self._files = self._files.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._files:
            if not (self.totals.chunks or self._is_discarded):
                self.discard()

    @property
    def fingerprint(self) -> dict[str, str]:
        """What the bytes of the last chunk depend on."""
        return self._fingerprints[self.totals.fingerprint or self.digest]

    def append(self, line: JournalLine, pcm: bytes) -> None:
        """Make one chunk safe: first its audio, then the line that names it.

        Raises:
            CorruptJournal: the chunk does not begin where the last one ends.
            OutputError: one of the two could not be written; the chunk does not count.
        """
        if (line.chunk, line.start) != (self.totals.chunks, self.totals.characters):
            raise CorruptJournal(
                f"chunk {line.chunk} at character {line.start} does not follow chunk "
                f"{self.totals.chunks - 1}, which ends at {self.totals.characters}; report this"
            )
        with disk_errors(self.audio_file):
            write_all(self._audio, pcm)
            os.fsync(self._audio)
        self._write_record(line)
        self.totals = self.totals.plus(line)

    def check_complete(self) -> None:
        """Raise `CorruptJournal` unless the chunks reach the end of the text."""
        if self.totals.characters != len(self._text):
            raise CorruptJournal(
                f"the chunks end at character {self.totals.characters} of {len(self._text)}; "
                "report this"
            )

    def lines(self) -> Iterator[JournalLine]:
        """Yield the chunks so far from disk, so that a long book's need no memory."""
        with journal_file(self.job_dir).open("rb") as file:
            for record, _ in read_records(file):
                if isinstance(record, JournalLine):
                    yield record

    def discard(self) -> None:
        """Remove the work directory: the audio stands finished elsewhere, or there is none."""
        remove_work(self.job_dir)
        # From here on the directory may be another writer's.
        self._is_discarded = True

    def _recover(self) -> None:
        """Find the chunks that are whole on disk.

        Raises:
            CorruptJournal: the journal cannot be read or is not this job's.
        """
        path = journal_file(self.job_dir)
        audio_samples = size_bytes_of(self.audio_file) // SAMPLE_BYTES
        if size_bytes_of(path) == 0 and audio_samples == 0:
            return
        with path.open("rb") as file:
            for record, end_byte in read_records(file):
                if isinstance(record, JournalLine):
                    if record.end_sample > audio_samples:
                        break
                    self._check_span(record)
                    self.totals = self.totals.plus(record)
                elif isinstance(record, JournalHeader):
                    if replace(record, fingerprint=self._header.fingerprint) != self._header:
                        raise CorruptJournal(f"{path} belongs to another request or version")
                    self._fingerprints[digest_fingerprint(record.fingerprint)] = record.fingerprint
                else:
                    self._fingerprints[record.digest] = record.fingerprint
                self._lines_end = end_byte
        if not self._lines_end and audio_samples:
            raise CorruptJournal(f"{path} has no header, yet there is audio")

    def _check_span(self, line: JournalLine) -> None:
        if hash_span(self._text[line.start : line.end]) != line.span_sha256:
            raise CorruptJournal(f"chunk {line.chunk} of {self.job_dir} speaks another text")
        if line.fingerprint not in self._fingerprints:
            raise CorruptJournal(f"chunk {line.chunk} of {self.job_dir} has no fingerprint")

    def _set_aside(self, reason: CorruptJournal) -> None:
        spare = next(
            path
            for n in itertools.count(1)
            if not (path := self.job_dir.with_name(f"{self.job_dir.name}.bad-{n}")).exists()
        )
        log.warning("%s; set aside as %s, the job starts anew", reason, spare)
        self.job_dir.rename(spare)
        self._files.enter_context(hold_lock(self.job_dir))
        self._forget()

    def _discard_other_text(self) -> None:
        """Begin anew if a run of another text half was at work here, so that a file has one."""
        ours = self._fingerprint.text
        others = [self._fingerprint.text_of(known) for known in self._fingerprints.values()]
        other = next((text for text in others if text != ours), None)
        if other is None or (self.totals.characters == len(self._text) and self._is_published()):
            return
        log.info(
            "job %s was begun otherwise (%s): its %d chunks are discarded and it begins anew",
            self._header.job_id,
            describe_change(other, ours),
            self.totals.chunks,
        )
        # The audio first: lines without audio count for nothing, audio without lines is a fault.
        # Both become new files, so that whoever follows the old ones notices.
        self.audio_file.unlink(missing_ok=True)
        journal_file(self.job_dir).unlink()
        self._forget()

    def _forget(self) -> None:
        self.totals = JournalTotals()
        self._fingerprints = {}
        self._lines_end = 0

    def _open(self) -> None:
        """Open both files for appending, cut to what counts, and write what this run adds."""
        self._audio = self._open_at(self.audio_file, self.totals.samples * SAMPLE_BYTES)
        self._journal = self._open_at(journal_file(self.job_dir), self._lines_end)
        if not self._lines_end:
            self._fingerprints[self.digest] = self._header.fingerprint
            self._write_record(self._header)
        elif self.digest not in self._fingerprints:
            self._fingerprints[self.digest] = self._header.fingerprint
            self._write_record(JournalFingerprint(self.digest, self._header.fingerprint))
        sync_directory(self.job_dir)
        sync_directory(self.job_dir.parent)

    def _open_at(self, path: Path, size_bytes: int) -> int:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._files.callback(os.close, descriptor)
        os.ftruncate(descriptor, size_bytes)
        os.fsync(descriptor)
        return descriptor

    def _write_record(self, record: JournalRecord) -> None:
        with disk_errors(journal_file(self.job_dir)):
            write_all(self._journal, encode_record(record))
            os.fsync(self._journal)


def remove_work(job_dir: Path) -> None:
    """Remove a job's work directory, its lock last; only the lock's holder may."""
    with disk_errors(job_dir), suppress(FileNotFoundError):
        for path in job_dir.iterdir():
            if path != lock_file(job_dir):
                path.unlink()
        lock_file(job_dir).unlink()
        job_dir.rmdir()


def hash_span(text: str) -> str:
    """Return the sha256 of a chunk's text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def hold_lock(job_dir: Path) -> Iterator[None]:
    """Make `job_dir` and hold its lock.

    Raises:
        JournalBusy: another process holds it.
        OSError: the directory or the lock cannot be made.
    """
    descriptor = _take_lock(job_dir)
    try:
        yield
    finally:
        os.close(descriptor)


def _take_lock(job_dir: Path) -> int:
    while True:
        job_dir.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(lock_file(job_dir), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            continue  # its last holder has just removed the directory
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            os.close(descriptor)
            raise JournalBusy(
                f"another process is at work on job {job_dir.name}; wait until it ends"
            ) from exc
        # A holder that finishes removes the file; the lock of a removed file protects nothing.
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)
