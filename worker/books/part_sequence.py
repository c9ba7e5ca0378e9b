"""The parts of a book file in order: checks them, computes their places, reads their samples."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.books import store
from jobs.books.batch_status import describe_missing
from jobs.books.manifest import BookPart, Manifest
from jobs.books.spoken_parts import find_change, read_kept
from jobs.errors import PartsMissing
from jobs.playback.encoders import decode_file
from jobs.playback.pcm import SAMPLE_RATE
from worker.books.tags import ChapterSpan

_BLOCK_SAMPLES = 1 << 16


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """A finished part and its place in a file."""

    part: BookPart
    chapter: int
    """Index in the manifest, from 0."""
    audio: Path
    timings: Path
    sha256: str
    """Hash of the audio file."""
    start_sample: int
    """Its first sample in the file."""
    sample_count: int
    """Samples without the pause."""
    pause_samples: int
    """Silence after it."""

    @property
    def end_sample(self) -> int:
        """The sample after its pause."""
        return self.start_sample + self.sample_count + self.pause_samples


def check_parts(
    manifest: Manifest,
    chapters: Sequence[int],
    output_dir: Path,
    watch: Callable[[], None],
    reading_off: str = "",
) -> None:
    """Check every byte of the parts of `chapters`, and that they have one reading.

    Args:
        manifest: The book.
        chapters: Indexes of the chapters, from 0.
        output_dir: Directory of the parts.
        watch: Called before each part; it may raise.
        reading_off: Kinds of rules that do not act here.

    Raises:
        PartsMissing: parts are missing or damaged, or were spoken under other rules and are not
            kept; the message says how many.
    """
    kept = read_kept(output_dir, manifest.batch_id)
    missing = []
    for chapter in chapters:
        for number, part in enumerate(manifest.chapters[chapter].parts, 1):
            watch()
            if damage := store.find_damage(output_dir, part):
                missing.append((chapter, number, damage))
            elif change := _find_change(output_dir, part, kept, reading_off):
                missing.append((chapter, number, f"it was spoken under other rules: {change}"))
    if missing:
        raise _missing_error(manifest, missing)


def _find_change(output_dir: Path, part: BookPart, kept: Collection[str], reading_off: str) -> str:
    job_id = part.request.job_id
    result = None if job_id in kept else store.find_part(output_dir, part, job_id)
    return find_change(result, part.request, reading_off) if result else ""


def place_parts(
    manifest: Manifest, chapters: Sequence[int], output_dir: Path
) -> tuple[PlacedPart, ...]:
    """Compute the place of each part of `chapters` in the file.

    Raises:
        PartsMissing: a part is missing.
    """
    placed: list[PlacedPart] = []
    start = 0
    for chapter in chapters:
        for number, part in enumerate(manifest.chapters[chapter].parts, 1):
            result = store.find_part(output_dir, part)
            if result is None:
                raise _missing_error(manifest, [(chapter, number, "its files are not all there")])
            audio, timings, _ = store.part_files(output_dir, part)
            count = round(result.audio_seconds * SAMPLE_RATE)
            pause = round(part.pause_seconds * SAMPLE_RATE)
            placed.append(
                PlacedPart(part, chapter, audio, timings, result.sha256, start, count, pause)
            )
            start = placed[-1].end_sample
    return tuple(placed)


def _missing_error(manifest: Manifest, missing: list[tuple[int, int, str]]) -> PartsMissing:
    return PartsMissing(describe_missing(manifest.batch_id, missing, total=len(manifest.parts)))


def find_spans(manifest: Manifest, placed: Sequence[PlacedPart]) -> tuple[ChapterSpan, ...]:
    """Return the place of each chapter in the file."""
    spans: dict[int, ChapterSpan] = {}
    for part in placed:
        known = spans.get(part.chapter)
        title = manifest.chapters[part.chapter].title
        start = known.start_sample if known else part.start_sample
        spans[part.chapter] = ChapterSpan(title, start, part.end_sample)
    return tuple(spans.values())


def read_samples(placed: PlacedPart) -> Iterator[NDArray[np.int16]]:
    """Yield the samples of a part in blocks, without its pause.

    Raises:
        PartsMissing: its audio was removed or changed after `check_parts`.
    """
    count = 0
    try:
        for pcm in decode_file(placed.audio):
            block = np.frombuffer(pcm, dtype="<i2")
            count += block.size
            yield block
    except OSError as exc:
        raise PartsMissing(f"{placed.audio} cannot be read: {exc}; run the job again") from exc
    if count != placed.sample_count:
        raise PartsMissing(
            f"{placed.audio} has {count} samples instead of {placed.sample_count}; "
            "run the job again"
        )


def silence(sample_count: int) -> Iterator[NDArray[np.int16]]:
    """Yield blocks of zeros, `sample_count` in all."""
    for start in range(0, sample_count, _BLOCK_SAMPLES):
        yield np.zeros(min(_BLOCK_SAMPLES, sample_count - start), dtype=np.int16)
