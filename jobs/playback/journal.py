"""A render's journal: which chunks are safe on disk, and where their audio lies.

::

    <work dir>/<job id>/journal.jsonl   a header, then one line per chunk; only ever appended to
    <work dir>/<job id>/audio.pcm       int16 little-endian, mono, chunk after chunk
    <work dir>/<job id>/lock            held by the one writer

A chunk's audio is on disk before its line is, so what a complete line names is always there. A last
line without its end is a write that was cut; readers stop before it. Standard library only: a web
app follows a running job with `jobs.playback.live_audio`.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import CorruptJournal, InvalidRequest

JOURNAL_VERSION = 1
_JOB_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class JournalHeader:
    """The first line: whose journal this is."""

    version: int
    job_id: str
    sample_rate: int
    characters: int
    """Length of the request's text."""
    fingerprint: dict[str, str]
    """What the bytes of the first run depend on."""


@dataclass(frozen=True, slots=True)
class JournalFingerprint:
    """Written when a run's fingerprint is new to the journal; later lines name its digest."""

    digest: str
    fingerprint: dict[str, str]


@dataclass(frozen=True, slots=True)
class Word:
    """When a word is heard."""

    start: int
    """First character in the request's text."""
    end: int
    """Character after the last."""
    start_sample: int
    """First sample in the whole audio."""
    end_sample: int
    """Sample after the last."""


@dataclass(frozen=True, slots=True)
class UnspokenSpan:
    """A stretch of the request's text that has no sound."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One chunk whose audio is safe on disk."""

    chunk: int
    """0, 1, ... in the request."""
    start: int
    """First character of the chunk in the request's text; the lines' spans tile it."""
    end: int
    """Character after the last."""
    span_sha256: str
    """Of the chunk's text."""
    sample_offset: int
    """First sample in the audio file."""
    sample_count: int
    """Samples, silence before and after the speech included."""
    phonemes: int
    """How many the model read."""
    seconds: float
    """Time that pronunciation and synthesis took."""
    execution_id: str
    """The run that made it."""
    fingerprint: str
    """Digest of that run's fingerprint."""
    unspoken: tuple[UnspokenSpan, ...] = ()
    words: tuple[Word, ...] = ()
    """In order; empty where the model cannot say when a word is heard."""
    detour: str = ""
    """How it was made for want of memory, other than usual; its bytes may differ for that."""

    @property
    def end_sample(self) -> int:
        """Sample after the chunk's last."""
        return self.sample_offset + self.sample_count


JournalRecord = JournalHeader | JournalFingerprint | JournalLine


def journal_dir(work_dir: Path, job_id: str) -> Path:
    """Where a job's unfinished work lies.

    Raises:
        InvalidRequest: `job_id` is not 32 hexadecimal digits, and might lead anywhere as a path.
    """
    if not _JOB_ID.fullmatch(job_id):
        raise InvalidRequest(f"job id {job_id!r} is not 32 hexadecimal digits")
    return work_dir / job_id


def journal_file(job_dir: Path) -> Path:
    """The journal's lines."""
    return job_dir / "journal.jsonl"


def audio_file(job_dir: Path) -> Path:
    """The audio that the lines name."""
    return job_dir / "audio.pcm"


def lock_file(job_dir: Path) -> Path:
    """What the one writer holds."""
    return job_dir / "lock"


def digest_fingerprint(fingerprint: dict[str, str]) -> str:
    """Return the short name by which the lines refer to a fingerprint."""
    document = json.dumps(fingerprint, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(document.encode()).hexdigest()[:16]


def encode_record(record: JournalRecord) -> bytes:
    """Write a record as one line of JSON."""
    fields = asdict(record)
    if isinstance(record, JournalLine):
        fields["unspoken"] = [[u.start, u.end, u.reason] for u in record.unspoken]
        fields["words"] = [[w.start, w.end, w.start_sample, w.end_sample] for w in record.words]
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_records(
    file: BinaryIO, previous: JournalLine | None = None
) -> Iterator[tuple[JournalRecord, int]]:
    """Yield each complete record from where `file` stands, and the byte at which it ends.

    Stops before a torn last line and leaves `file` there, so that a later call goes on with it.

    Args:
        file: The journal, open for reading in binary mode.
        previous: The chunk line before that place, which the next one must continue.

    Raises:
        CorruptJournal: a line that is not the last cannot be read or does not continue the others.
    """
    while True:
        position = file.tell()
        raw = file.readline()
        record = _decode_record(raw, position, previous) if raw.endswith(b"\n") else None
        if record is None:
            if raw.endswith(b"\n") and file.read(1):
                raise CorruptJournal(
                    f"the journal cannot be read at byte {position}; run the job again"
                )
            file.seek(position)
            return
        if isinstance(record, JournalLine):
            previous = record
        yield record, file.tell()


def _decode_record(raw: bytes, position: int, previous: JournalLine | None) -> JournalRecord | None:
    """Return the record, or None if it is not one or does not belong at this place."""
    try:
        fields = dict(json.loads(raw))
        if position == 0:
            return JournalHeader(**fields)
        if "digest" in fields:
            return JournalFingerprint(**fields)
        return _decode_line(fields, previous)
    except (ValueError, TypeError, KeyError):
        return None


def _decode_line(fields: dict[str, Any], previous: JournalLine | None) -> JournalLine:
    unspoken = tuple(UnspokenSpan(*span) for span in fields.pop("unspoken"))
    words = tuple(Word(*word) for word in fields.pop("words"))
    line = JournalLine(**fields, unspoken=unspoken, words=words)
    place = (
        (0, 0, 0) if previous is None else (previous.chunk + 1, previous.end, previous.end_sample)
    )
    if (line.chunk, line.start, line.sample_offset) != place:
        raise ValueError("the line does not continue the one before")
    if line.end < line.start or line.sample_count < 0:
        raise ValueError("the line ends before it begins")
    return line
