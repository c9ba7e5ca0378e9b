"""Sums over books that are being made: chapters, hours, speed, time to go, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.books.batch_status import BatchFacts, OutputFacts, PartFacts
from jobs.books.manifest import Manifest
from jobs.errors import Cancelled, JobFailed
from jobs.request import SpeechStatus
from scripts.audiobook.book import CHARACTERS_PER_SECOND

PARTLY_DONE = 3
"""Exit code: some chapters are done, others failed."""


@dataclass(frozen=True, slots=True)
class BookProgress:
    """A book and where it stands."""

    manifest: Manifest
    facts: BatchFacts

    @property
    def chapters(self) -> tuple[ChapterProgress, ...]:
        """In reading order."""
        made = {at for output in self._finished_outputs for at in output.chapters}
        by_chapter: list[list[PartFacts]] = [[] for _ in self.manifest.chapters]
        for part in self.facts.parts:
            by_chapter[part.chapter].append(part)
        return tuple(
            ChapterProgress(chapter.title, tuple(by_chapter[at]), is_made=at in made)
            for at, chapter in enumerate(self.manifest.chapters)
        )

    @property
    def audio_seconds(self) -> float:
        """Audio made so far."""
        if self.facts.status is SpeechStatus.FINISHED:
            results = [output.result for output in self.facts.outputs]
            return sum(result.audio_seconds for result in results if result)
        return self.facts.audio_seconds

    @property
    def fraction(self) -> float:
        """Share of its text that is spoken, 0 to 1."""
        if self.facts.status is SpeechStatus.FINISHED:
            return 1.0
        return self.facts.characters_done / self.facts.characters

    @property
    def _finished_outputs(self) -> list[OutputFacts]:
        return [out for out in self.facts.outputs if out.status is SpeechStatus.FINISHED]


@dataclass(frozen=True, slots=True)
class ChapterProgress:
    """A chapter and where its parts stand."""

    title: str
    parts: tuple[PartFacts, ...]
    is_made: bool
    """The file that it belongs to is finished; its parts may have been tidied away since."""

    @property
    def status(self) -> SpeechStatus:
        """The worst that is true of a part; finished when all are."""
        states = {part.status for part in self.parts}
        if self.is_made or states == {SpeechStatus.FINISHED}:
            return SpeechStatus.FINISHED
        for status in (SpeechStatus.FAILED, SpeechStatus.CANCELLED, SpeechStatus.RUNNING):
            if status in states:
                return status
        return SpeechStatus.QUEUED

    @property
    def fraction(self) -> float:
        """Share of its text that is spoken, 0 to 1."""
        if self.status is SpeechStatus.FINISHED:
            return 1.0
        return self.characters_done / self.characters

    @property
    def characters(self) -> int:
        """Of its text."""
        return sum(part.characters for part in self.parts)

    @property
    def characters_done(self) -> int:
        """Characters whose audio is safe."""
        return sum(part.characters_done for part in self.parts)

    @property
    def audio_seconds(self) -> float:
        """Audio made so far."""
        return sum(part.audio_seconds for part in self.parts)

    @property
    def workers(self) -> tuple[str, ...]:
        """Names of those who speak it now."""
        return tuple(sorted({part.worker for part in self.parts if part.worker}))

    @property
    def problem(self) -> str:
        """Why it cannot be finished; empty where it can."""
        failed = [part for part in self.parts if part.status is SpeechStatus.FAILED]
        if not failed or self.is_made:
            return ""
        first = failed[0]
        place = f"part {first.number} of {len(self.parts)}: " if len(self.parts) > 1 else ""
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"{place}{first.error_message or first.error_name}{more}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How far several books are together, and how fast they go on."""

    audio_seconds: float
    """Made so far."""
    total_seconds: float
    """Expected length of all."""
    fraction: float
    """Share of the text that is spoken, 0 to 1."""
    speed: float
    """Seconds of audio per second, all workers together; 0 where nobody works."""

    @property
    def remaining_seconds(self) -> float | None:
        """Expected time to the end; None where nobody works."""
        if not self.speed:
            return None
        return max(0.0, self.total_seconds - self.audio_seconds) / self.speed


def measure_pace(books: Sequence[BookProgress]) -> Pace:
    """Return how far `books` are; what is not wanted any more does not count."""
    wanted = [book for book in books if book.facts.status is not SpeechStatus.CANCELLED]
    characters = sum(book.facts.characters for book in wanted)
    done = sum(book.fraction * book.facts.characters for book in wanted)
    audio_seconds = sum(book.audio_seconds for book in wanted)
    per_second = done / audio_seconds if audio_seconds else CHARACTERS_PER_SECOND
    return Pace(
        audio_seconds=audio_seconds,
        total_seconds=characters / per_second if per_second else 0.0,
        fraction=done / characters if characters else 1.0,
        speed=_measure_speed([part for book in wanted for part in book.facts.parts]),
    )


def judge(books: Sequence[BookProgress], *, has_more: bool = False) -> int:
    """Return the exit code that tells how the books ended; `has_more` are done besides these."""
    ends = [book.facts.status for book in books]
    if all(end is SpeechStatus.FINISHED for end in ends):
        return 0
    if SpeechStatus.FAILED not in ends and SpeechStatus.CANCELLED in ends:
        return Cancelled.exit_code
    chapters = [chapter for book in books for chapter in book.chapters]
    if has_more or any(chapter.status is SpeechStatus.FINISHED for chapter in chapters):
        return PARTLY_DONE
    return JobFailed.exit_code


def _measure_speed(parts: Sequence[PartFacts]) -> float:
    """Add up what each worker shows; one that has just begun counts as the others do."""
    running = [part for part in parts if part.status is SpeechStatus.RUNNING and part.worker]
    factors = [part.progress.real_time_factor for part in running]
    known = [1 / factor for factor in factors if factor > 0]
    if not known:
        seconds = sum(part.processing_seconds for part in parts)
        made = sum(part.audio_seconds for part in parts if part.processing_seconds)
        known = [made / seconds] if seconds else []
    return len(running) * sum(known) / len(known) if known else 0.0
