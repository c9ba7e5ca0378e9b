"""A small job of three chunks, for tests of its journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from jobs.playback.journal import (
    JournalFingerprint,
    JournalHeader,
    JournalLine,
    UnspokenSpan,
    Word,
    digest_fingerprint,
    encode_record,
    journal_file,
    read_records,
)
from worker.render.fingerprint import Fingerprint
from worker.render.journal_writer import JournalWriter, hash_span

JOB = "0123456789abcdef" * 2
TEXT = "One. Two. Three."
SPANS = ((0, 5), (5, 10), (10, 16))
PCM = (b"\1\0" * 10, b"\2\0" * 20, b"\3\0" * 30)
OFFSETS = (0, 10, 30, 60)
OLD = {"model": "a", "torch": "1"}
NEW = {"model": "a", "torch": "2"}


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal read whole."""

    header: JournalHeader
    fingerprints: tuple[JournalFingerprint, ...]
    """Those that came after the header's."""
    lines: tuple[JournalLine, ...]


def read_journal(job_dir: Path) -> Journal | None:
    """Read a job's journal, or return None where there is none yet."""
    try:
        with journal_file(job_dir).open("rb") as file:
            records = [record for record, _ in read_records(file)]
    except FileNotFoundError:
        return None
    if not records or not isinstance(records[0], JournalHeader):
        return None
    return Journal(
        header=records[0],
        fingerprints=tuple(r for r in records if isinstance(r, JournalFingerprint)),
        lines=tuple(r for r in records if isinstance(r, JournalLine)),
    )


def make_line(chunk: int, fingerprint: dict[str, str] | None = None) -> JournalLine:
    """Describe one of the three chunks."""
    start, end = SPANS[chunk]
    return JournalLine(
        chunk=chunk,
        start=start,
        end=end,
        span_sha256=hash_span(TEXT[start:end]),
        sample_offset=OFFSETS[chunk],
        sample_count=len(PCM[chunk]) // 2,
        phonemes=4,
        seconds=0.5,
        execution_id="e1",
        fingerprint=digest_fingerprint(fingerprint or OLD),
        unspoken=(UnspokenSpan(start, start + 1, "no sound"),),
        words=(Word(start, end, OFFSETS[chunk], OFFSETS[chunk] + 5),),
    )


def open_writer(
    work_dir: Path,
    text: str = TEXT,
    fingerprint: dict[str, str] | None = None,
    *,
    rules: dict[str, str] | None = None,
    is_published: bool = False,
) -> JournalWriter:
    """Return a writer for the job, not yet entered; `rules` are its fingerprint's text half."""
    return JournalWriter(
        work_dir,
        JOB,
        text=text,
        fingerprint=Fingerprint(text=rules or {}, sound=fingerprint or OLD),
        is_published=lambda: is_published,
    )


def age_journal(job_dir: Path) -> None:
    """Make a journal what the first release wrote: its fingerprint had neither rules nor pauses."""
    aged: dict[str, JournalHeader | JournalFingerprint] = {}
    records: list[bytes] = []
    with journal_file(job_dir).open("rb") as file:
        for record, _ in read_records(file):
            if isinstance(record, JournalLine):
                old = digest_fingerprint(aged[record.fingerprint].fingerprint)
                records.append(encode_record(replace(record, fingerprint=old)))
                continue
            kept = {k: v for k, v in record.fingerprint.items() if k not in {"reading", "pauses"}}
            older = replace(record, fingerprint=kept | {"chunker": "2"})
            aged[digest_fingerprint(record.fingerprint)] = older
            records.append(encode_record(older))
    journal_file(job_dir).write_bytes(b"".join(records))


def write_chunks(work_dir: Path, *chunks: int) -> None:
    """Journal these chunks in one run."""
    with open_writer(work_dir) as writer:
        for chunk in chunks:
            writer.append(make_line(chunk), PCM[chunk])
