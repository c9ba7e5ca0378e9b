"""Assembles one file of a book from its finished parts, with captions beside it.

A run writes to a hidden directory of its own first. Then it moves the audio into place, then the
captions, and writes the result last: the result shows that everything is there. A later run that
finds no result, or a wrong one, assembles the file again.
"""

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
from jobs.books.page_marks import pages_file
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
from worker.books.read_along import write_read_along
from worker.books.tags import CoverPicture, make_label, open_cover
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
    reading_off: str = "",
) -> AssemblyResult:
    """Assemble one file of a book; if it is complete already, return its result.

    Args:
        manifest: The book.
        output: The file.
        job_id: Id of the assembly job.
        output_dir: Directory of parts and books.
        execution_id: Unique name of this run.
        checkpoint: Called about once a second with the progress (chunks are parts); raises to end
            the run.
        confirm: Called right before the file is moved into place; raises if another run has taken
            over the job.
        reading_off: Kinds of reading rules that do not act here: all parts have to agree.

    Raises:
        PartsMissing: parts failed, their files are missing or damaged, or were spoken under other
            rules; nothing was written.
        InvalidRequest: the file's name is not plain.
        OutputError: a file could not be written.
    """
    request = AssemblyRequest(batch_id=manifest.batch_id, output=output.name)
    file = output_dir.resolve() / request.output_file
    if finished := _find_finished(file, output_dir, manifest, output, job_id):
        return finished
    progress = _AssemblyProgress(manifest, output, checkpoint)
    check_parts(manifest, output.chapters, output_dir, progress.watch, reading_off)
    parts = place_parts(manifest, output.chapters, output_dir)
    gain = find_gain(manifest, output_dir, progress.watch)
    _remove_leftovers(file, job_id)
    work = file.with_name(f".{job_id}.{execution_id}.partial")
    try:
        with disk_errors(file):
            work.mkdir()
            spans = find_spans(manifest, parts)
            label = make_label(manifest, output, spans, _read_cover(manifest, file.parent))
            made = work / file.name
            if manifest.pages_key:
                pages = pages_file(output_dir, manifest.batch_id)
                write_read_along(
                    made, pages, parts, lambda some: _read_blocks(some, gain.db, progress)
                )
            else:
                blocks = _read_blocks(parts, gain.db, progress)
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
                **progress.sums(),
            )
            confirm()
            _publish((made, *captions), result, file)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    log.debug("assembled %s: %.1f s of audio", file.name, result.audio_seconds)
    return result


class _AssemblyProgress:
    """Counts what is assembled and reports it once a second."""

    def __init__(self, manifest: Manifest, output: BookOutput, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._characters_total = sum(manifest.chapters[n].characters for n in output.chapters)
        self._characters = 0
        self._parts = 0
        self._samples = 0
        self._started = time.monotonic()
        self._watched = -math.inf

    def watch(self) -> None:
        """Report the progress unless that was done in the last second; may raise to end the run."""
        if time.monotonic() - self._watched >= WATCH_SECONDS:
            self._watched = time.monotonic()
            total = self._characters_total
            self._checkpoint(SpeechProgress(characters_total=total, **self.sums()))

    def add_samples(self, count: int) -> None:
        self._samples += count
        self.watch()

    def add_part(self, part: PlacedPart) -> None:
        self._parts += 1
        self._characters += len(part.part.request.text)

    def sums(self) -> dict[str, Any]:
        """Return the fields that progress and result share."""
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
    """Return the result of this job if all its files are there, the audio unchanged."""
    result = store.find_output(output_dir, manifest.batch_id, output)
    if result is None or result.job_id != job_id:
        return None
    if not all((file.parent / name).is_file() for name in result.files):
        return None
    with disk_errors(file):
        is_whole = hash_file(file) == result.sha256
    # Another worker may have mounted the directory elsewhere.
    return result.model_copy(update={"path": str(file)}) if is_whole else None


def _remove_leftovers(file: Path, job_id: str) -> None:
    """Remove the directories of earlier runs of this job that did not finish."""
    for work in file.parent.glob(f".{job_id}.*.partial"):
        shutil.rmtree(work, ignore_errors=True)


def _read_cover(manifest: Manifest, directory: Path) -> CoverPicture | None:
    """Return the book's cover, or None if it cannot be used: the book is assembled without one."""
    if manifest.cover is None:
        return None
    try:
        return open_cover((directory / manifest.cover).read_bytes())
    except (OSError, InputError) as exc:
        log.warning("%s is assembled without its cover: %s", manifest.title, exc)
        return None


def _read_blocks(
    parts: Sequence[PlacedPart], gain_db: float, progress: _AssemblyProgress
) -> Iterator[bytes]:
    for part in parts:
        for samples in chain(read_samples(part), silence(part.pause_samples)):
            yield apply_gain(samples, gain_db).tobytes()
            progress.add_samples(samples.size)
        progress.add_part(part)


def _publish(made: Sequence[Path], result: AssemblyResult, file: Path) -> None:
    """Move the files into place: the audio, then the captions; write the result last."""
    result_file(file).unlink(missing_ok=True)
    for path in made:
        with path.open("rb") as written:
            os.fsync(written.fileno())
        path.replace(file.with_name(path.name))
    sync_directory(file.parent)
    write_file(result_file(file), result.model_dump_json(indent=1).encode() + b"\n")
