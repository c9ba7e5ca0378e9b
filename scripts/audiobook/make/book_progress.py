"""Sums over the books that are being made: hours, speed, time left, and the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs.books.batch_status import BatchStatus, PartStatus
from jobs.errors import Cancelled, JobFailed
from jobs.request import SpeechStatus
from scripts.audiobook.book import CHARACTERS_PER_SECOND

PARTLY_DONE = 3
"""Exit code: some chapters are done, others failed."""

_CHAPTER_FIELDS = (
    *("title", "status", "characters", "fraction", "audio_seconds"),
    *("workers", "problem"),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of several books is done, and how fast the workers go on."""

    audio_seconds: float
    """Length of the audio made so far."""
    total_seconds: float
    """Expected length of all audio."""
    fraction: float
    """Share of the text that is spoken, 0 to 1."""
    speed: float
    """Seconds of audio per second, summed over all workers; 0 if none is at work."""

    @property
    def remaining_seconds(self) -> float | None:
        """Expected time to the end; None if no worker is at work."""
        if not self.speed:
            return None
        return max(0.0, self.total_seconds - self.audio_seconds) / self.speed


def measure_pace(books: Sequence[BatchStatus]) -> Pace:
    """Return the pace of `books`; cancelled ones do not count."""
    wanted = [book for book in books if book.status is not SpeechStatus.CANCELLED]
    characters = sum(book.characters for book in wanted)
    done = sum(book.fraction * book.characters for book in wanted)
    audio_seconds = sum(book.audio_seconds for book in wanted)
    per_second = done / audio_seconds if audio_seconds else CHARACTERS_PER_SECOND
    return Pace(
        audio_seconds=audio_seconds,
        total_seconds=characters / per_second if per_second else 0.0,
        fraction=done / characters if characters else 1.0,
        speed=_measure_speed([part for book in wanted for part in book.parts]),
    )


def choose_exit_code(books: Sequence[BatchStatus], *, has_more: bool = False) -> int:
    """Return the exit code for how `books` ended; `has_more` books are finished besides them."""
    ends = [book.status for book in books]
    if all(end is SpeechStatus.FINISHED for end in ends):
        return 0
    if SpeechStatus.FAILED not in ends and SpeechStatus.CANCELLED in ends:
        return Cancelled.exit_code
    if has_more or any(count_finished(book) for book in books):
        return PARTLY_DONE
    return JobFailed.exit_code


def count_finished(book: BatchStatus) -> int:
    """Return how many chapters are finished."""
    return sum(chapter.status is SpeechStatus.FINISHED for chapter in book.chapters)


def write_status(book: BatchStatus) -> dict[str, Any]:
    """Return the document of ``ktts status BATCH --json``."""
    pace = measure_pace([book])
    return {
        "batch_id": book.batch_id,
        "title": book.manifest.title,
        "status": book.status,
        "audio_seconds": book.audio_seconds,
        "fraction": book.fraction,
        "speed": pace.speed,
        "remaining_seconds": pace.remaining_seconds,
        "problem": book.problem,
        "chapters": [
            {name: getattr(chapter, name) for name in _CHAPTER_FIELDS} for chapter in book.chapters
        ],
        "files": [
            {
                "name": output.name,
                "status": output.status,
                "path": output.result and output.result.path,
                "problem": output.error_message,
            }
            for output in book.outputs
        ],
    }


def _measure_speed(parts: Sequence[PartStatus]) -> float:
    """Add up the workers' speeds; a worker that has just begun counts as the average of the others.

    If all have just begun, the speed of the finished parts counts.
    """
    running = [part for part in parts if part.status is SpeechStatus.RUNNING and part.worker]
    factors = [part.progress.real_time_factor for part in running]
    speeds = [1 / factor for factor in factors if factor > 0]
    if not speeds:
        seconds = sum(part.processing_seconds for part in parts)
        made = sum(part.audio_seconds for part in parts if part.processing_seconds)
        speeds = [made / seconds] if seconds else []
    return len(running) * sum(speeds) / len(speeds) if speeds else 0.0
