"""Where a book stands at one moment: each part, each file, and the whole."""

from __future__ import annotations

from dataclasses import dataclass

from ..assembly import AssemblyResult
from ..request import SpeechProgress, SpeechStatus

_ENDED_BADLY = {SpeechStatus.FAILED, SpeechStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One part of a chapter."""

    chapter: int
    """Counted from 0."""
    number: int
    """In its chapter, counted from 1."""
    job_id: str
    characters: int
    status: SpeechStatus | None
    """None: not in the queue yet, or no more."""
    progress: SpeechProgress
    audio_seconds: float
    """Of the finished part, or made so far; 0 where it was removed for its age."""
    processing_seconds: float
    """Time that the finished part took; 0 before."""
    worker: str
    """Name of the worker that speaks it; empty where none does."""
    error_name: str
    error_message: str

    @property
    def characters_done(self) -> int:
        """Characters whose audio is safe."""
        if self.status is SpeechStatus.FINISHED:
            return self.characters
        return self.progress.characters


@dataclass(frozen=True, slots=True)
class OutputFacts:
    """One file of the book."""

    name: str
    job_id: str
    """Of its assembly."""
    chapters: tuple[int, ...]
    """Those that it holds, counted from 0."""
    needed_chapters: tuple[int, ...]
    """Those that must be spoken before it is made."""
    status: SpeechStatus | None
    """None: parts are missing yet."""
    progress: SpeechProgress
    worker: str
    error_name: str
    error_message: str
    result: AssemblyResult | None


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """A book."""

    batch_id: str
    is_cancelled: bool
    parts: tuple[PartFacts, ...]
    """In reading order."""
    outputs: tuple[OutputFacts, ...]

    @property
    def status(self) -> SpeechStatus:
        """Where the book stands; ended only when nothing of it goes on by itself."""
        states = {part.status for part in self.parts}
        states |= {output.status for output in self.outputs}
        if all(output.status is SpeechStatus.FINISHED for output in self.outputs):
            return SpeechStatus.FINISHED
        if self.is_cancelled:
            return SpeechStatus.CANCELLED
        if states & _ENDED_BADLY and not self._goes_on:
            return SpeechStatus.FAILED
        has_begun = states - {None, SpeechStatus.QUEUED}
        return SpeechStatus.RUNNING if has_begun else SpeechStatus.QUEUED

    @property
    def _goes_on(self) -> bool:
        stuck = {part.chapter for part in self.failed_parts}
        return any(
            part.status in {None, SpeechStatus.QUEUED, SpeechStatus.RUNNING} for part in self.parts
        ) or any(
            output.status in {SpeechStatus.QUEUED, SpeechStatus.RUNNING}
            or (output.status is None and not stuck.intersection(output.needed_chapters))
            for output in self.outputs
        )

    @property
    def failed_parts(self) -> tuple[PartFacts, ...]:
        """Parts that somebody must retry, cancelled ones included."""
        return tuple(part for part in self.parts if part.status in _ENDED_BADLY)

    @property
    def failed_outputs(self) -> tuple[OutputFacts, ...]:
        """Files that somebody must retry."""
        return tuple(output for output in self.outputs if output.status in _ENDED_BADLY)

    @property
    def characters(self) -> int:
        """Characters of the whole book."""
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
    def problem(self) -> str:
        """What keeps the book from being finished, and what to do; empty where nothing does."""
        if failed := self.failed_parts:
            return describe_missing(
                self.batch_id,
                [(part.chapter, part.number, part.error_message or "cancelled") for part in failed],
                total=len(self.parts),
                verb="failed",
            )
        if outputs := self.failed_outputs:
            first = outputs[0]
            return (
                f"{first.name} failed: {first.error_message or first.status}; "
                f"retry with `ktts retry {self.batch_id}`"
            )
        return ""


def describe_missing(
    batch_id: str,
    missing: list[tuple[int, int, str]],
    *,
    total: int,
    verb: str = "failed or are missing",
) -> str:
    """Say which parts of a book are not there, the first one with its reason.

    Args:
        batch_id: The book.
        missing: Chapter counted from 0, part counted from 1, reason; at least one.
        total: Parts of the book.
        verb: What has become of them.
    """
    chapter, number, reason = missing[0]
    return (
        f"{len(missing)} of {total} parts {verb}: chapter {chapter + 1} part {number} "
        f"({reason}){', ...' if len(missing) > 1 else ''}; retry with `ktts retry {batch_id}`"
    )
