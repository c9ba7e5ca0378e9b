"""Finished parts become one file of a book, with captions beside it.

All is written in a hidden directory of this run's own first. Then the audio gets its name, then the
captions, and last the result, which says that everything is there: a re-run that finds no result,
or finds it wrong, makes all of it again.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from jobs.assembly import AssemblyRequest, AssemblyResult, ChapterMark, result_file
from jobs.books import store
from jobs.books.manifest import BookOutput, Manifest
from jobs.errors import InputError
from jobs.files import sync_directory, write_file
from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechProgress
from worker.books.book_captions import write_captions
from worker.books.book_file import write_book_file
from worker.books.loudness import apply_gain
from worker.books.part_loudness import find_gain
from worker.books.part_sequence import (
    PlacedPart,
    check_parts,
    find_spans,
    place_parts,
    read_samples,
    silence,
)
from worker.books.tags import Cover, make_label, open_cover
from worker.disk import disk_errors, hash_file
from worker.render.finish import WATCH_SECONDS, real_time_factor

log = logging.getLogger(__name__)

Checkpoint = Callable[[SpeechProgress], None]


def assemble_output(
    manifest: Manifest,
    output: BookOutput,
    *,
    job_id: str,
    output_dir: Path,
    execution_id: str,
    checkpoint: Checkpoint,
    confirm: Callable[[], None],
) -> AssemblyResult:
    """Make one file of a book; one that stands there complete is returned as it is.

    Args:
        manifest: The book.
        output: Which of its files.
        job_id: Of this assembly.
        output_dir: Where parts and books are.
        execution_id: Name of this run, unlike any other's.
        checkpoint: Called about once a second with the progress, parts as chunks; it may raise to
            end the run.
        confirm: Called right before the file gets its name; it may raise if this run is no longer
            the live one.

    Raises:
        PartsMissing: parts failed, or their files are gone or damaged; nothing was written.
        InvalidRequest: the file's name is not a plain one.
        OutputError: a file could not be written.
    """
    request = AssemblyRequest(batch_id=manifest.batch_id, output=output.name)
    file = output_dir.resolve() / request.output_file
    if finished := _find_finished(file, output_dir, manifest, output, job_id):
        return finished
    tally = _Tally(manifest, output, checkpoint)
    check_parts(manifest, output.chapters, output_dir, tally.watch)
    parts = place_parts(manifest, output.chapters, output_dir)
    gain = find_gain(manifest, output_dir, tally.watch)
    _remove_leftovers(file, job_id)
    work = file.with_name(f".{job_id}.{execution_id}.partial")
    try:
        with disk_errors(file):
            work.mkdir()
            spans = find_spans(manifest, parts)
            label = make_label(manifest, output, spans, _read_cover(manifest, file.parent))
            blocks = _read_blocks(parts, gain.db, tally)
            made = work / file.name
            write_book_file(made, blocks, parts[-1].end_sample, manifest.format, label)
            captions = write_captions(made, parts, spans) if manifest.has_captions else ()
            result = AssemblyResult(
                job_id=job_id,
                batch_id=manifest.batch_id,
                path=str(file),
                output_file=request.output_file,
                format=manifest.format,
                sample_rate=SAMPLE_RATE,
                sha256=hash_file(made),
                chapters=tuple(
                    ChapterMark(title=span.title, start_seconds=span.start_sample / SAMPLE_RATE)
                    for span in spans
                ),
                loudness_lufs=gain.measured_lufs,
                gain_db=gain.db,
                files=tuple(path.name for path in captions),
                **tally.facts(),
            )
            confirm()
            _publish((made, *captions), result, file)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    log.info("%s done: %.1f s of audio", file.name, result.audio_seconds)
    return result


class _Tally:
    """How far an assembly is."""

    def __init__(self, manifest: Manifest, output: BookOutput, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._characters_total = sum(manifest.chapters[n].characters for n in output.chapters)
        self._characters = 0
        self._parts = 0
        self._samples = 0
        self._started = time.monotonic()
        self._watched = -math.inf

    def watch(self) -> None:
        """Report, if that was not done within the last second; may raise to end the run."""
        if time.monotonic() - self._watched >= WATCH_SECONDS:
            self._watched = time.monotonic()
            total = self._characters_total
            self._checkpoint(SpeechProgress(characters_total=total, **self.facts()))

    def add_samples(self, count: int) -> None:
        self._samples += count
        self.watch()

    def add_part(self, part: PlacedPart) -> None:
        self._parts += 1
        self._characters += len(part.part.request.text)

    def facts(self) -> dict[str, Any]:
        """Return what progress and result have in common."""
        seconds = time.monotonic() - self._started
        return {
            "chunks": self._parts,
            "characters": self._characters,
            "audio_seconds": self._samples / SAMPLE_RATE,
            "processing_seconds": seconds,
            "real_time_factor": real_time_factor(seconds, self._samples),
        }


def _find_finished(
    file: Path, output_dir: Path, manifest: Manifest, output: BookOutput, job_id: str
) -> AssemblyResult | None:
    """Return the result of this very assembly if all its files stand there, unchanged."""
    result = store.find_output(output_dir, manifest.batch_id, output)
    if result is None or result.job_id != job_id:
        return None
    if not all((file.parent / name).is_file() for name in result.files):
        return None
    with disk_errors(file):
        is_whole = hash_file(file) == result.sha256
    # As this worker sees the path.
    return result.model_copy(update={"path": str(file)}) if is_whole else None


def _remove_leftovers(file: Path, job_id: str) -> None:
    """Remove what earlier runs of this job left unfinished."""
    for work in file.parent.glob(f".{job_id}.*.partial"):
        shutil.rmtree(work, ignore_errors=True)


def _read_cover(manifest: Manifest, directory: Path) -> Cover | None:
    """Return the book's cover; one that cannot be used must not cost a night's work."""
    if manifest.cover is None:
        return None
    try:
        return open_cover((directory / manifest.cover).read_bytes())
    except (OSError, InputError) as exc:
        log.warning("%s has no cover: %s", manifest.title, exc)
        return None


def _read_blocks(parts: Sequence[PlacedPart], gain_db: float, tally: _Tally) -> Iterator[bytes]:
    for part in parts:
        for samples in chain(read_samples(part), silence(part.pause_samples)):
            yield apply_gain(samples, gain_db).tobytes()
            tally.add_samples(samples.size)
        tally.add_part(part)


def _publish(made: Sequence[Path], result: AssemblyResult, file: Path) -> None:
    """Give every file its name: the audio, then the captions, then the result."""
    result_file(file).unlink(missing_ok=True)
    for path in made:
        with path.open("rb") as written:
            os.fsync(written.fileno())
        path.replace(file.with_name(path.name))
    sync_directory(file.parent)
    write_file(result_file(file), result.model_dump_json(indent=1).encode() + b"\n")
