"""How far a batch is at one moment: each part, each chapter, each file, and the whole book."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..assembly import AssemblyResult
from ..request import SpeechProgress, SpeechStatus
from .manifest import Manifest

_ENDED_BADLY = {SpeechStatus.FAILED, SpeechStatus.CANCELLED}


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part of a chapter and its job."""

    chapter: int
    """Index in the manifest, from 0."""
    number: int
    """Place in its chapter, from 1."""
    job_id: str
    characters: int
    status: SpeechStatus | None
    """None: Redis does not know the job, and the part is still needed."""
    progress: SpeechProgress
    audio_seconds: float
    """Length of the audio made so far; 0 if the part was removed for its age."""
    processing_seconds: float
    """Time that the finished part took; 0 before."""
    worker: str
    """Name of the worker that speaks it; empty if none does."""
    error_name: str
    error_message: str
    change: str = ""
    """How the rules of its file differ from today's; it is kept if the part is finished, else it is
    being spoken anew."""

    @property
    def characters_done(self) -> int:
        """Characters whose audio is written."""
        if self.status is SpeechStatus.FINISHED:
            return self.characters
        return self.progress.characters


@dataclass(frozen=True, slots=True)
class OutputStatus:
    """One file of the book and its assembly job."""

    name: str
    job_id: str
    chapters: tuple[int, ...]
    """Indexes of the chapters in it, from 0."""
    needed_chapters: tuple[int, ...]
    """Indexes of the chapters that must be spoken before it is assembled."""
    status: SpeechStatus | None
    """None: its parts are not all finished."""
    progress: SpeechProgress
    worker: str
    error_name: str
    error_message: str
    result: AssemblyResult | None


@dataclass(frozen=True, slots=True)
class ChapterProgress:
    """A chapter as users see it: the sum of its parts."""

    title: str
    parts: tuple[PartStatus, ...]
    is_made: bool
    """The file that holds it is finished; its parts may have been removed since."""

    @property
    def status(self) -> SpeechStatus:
        """The worst status of any part; finished when all are."""
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
        return _spoken_share(self.parts, self.status)

    @property
    def characters(self) -> int:
        """Characters of its text."""
        return sum(part.characters for part in self.parts)

    @property
    def audio_seconds(self) -> float:
        """Length of the audio made so far."""
        return sum(part.audio_seconds for part in self.parts)

    @property
    def workers(self) -> tuple[str, ...]:
        """Names of the workers that speak it now."""
        return tuple(sorted({part.worker for part in self.parts if part.worker}))

    @property
    def problem(self) -> str:
        """The first failure and how many more there are; empty if nothing failed."""
        failed = [part for part in self.parts if part.status is SpeechStatus.FAILED]
        if not failed or self.is_made:
            return ""
        first = failed[0]
        place = f"part {first.number} of {len(self.parts)}: " if len(self.parts) > 1 else ""
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        return f"{place}{first.error_message or first.error_name}{more}"


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """A whole book."""

    batch_id: str
    manifest: Manifest
    is_cancelled: bool
    parts: tuple[PartStatus, ...]
    """In reading order."""
    outputs: tuple[OutputStatus, ...]

    @property
    def status(self) -> SpeechStatus:
        """Status of the whole; failed only once no part and no file can go on by itself."""
        if all(output.status is SpeechStatus.FINISHED for output in self.outputs):
            return SpeechStatus.FINISHED
        if self.is_cancelled:
            return SpeechStatus.CANCELLED
        states = {part.status for part in self.parts} | {out.status for out in self.outputs}
        if states & _ENDED_BADLY and not self._goes_on:
            return SpeechStatus.FAILED
        has_begun = states - {None, SpeechStatus.QUEUED}
        return SpeechStatus.RUNNING if has_begun else SpeechStatus.QUEUED

    @property
    def _goes_on(self) -> bool:
        stuck = {part.chapter for part in self.failed_parts}
        active = {SpeechStatus.QUEUED, SpeechStatus.RUNNING}
        return any(part.status in {None, *active} for part in self.parts) or any(
            output.status in active
            or (output.status is None and not stuck.intersection(output.needed_chapters))
            for output in self.outputs
        )

    @property
    def chapters(self) -> tuple[ChapterProgress, ...]:
        """In reading order."""
        finished = [out for out in self.outputs if out.status is SpeechStatus.FINISHED]
        made = {index for output in finished for index in output.chapters}
        by_chapter: list[list[PartStatus]] = [[] for _ in self.manifest.chapters]
        for part in self.parts:
            by_chapter[part.chapter].append(part)
        return tuple(
            ChapterProgress(chapter.title, tuple(by_chapter[index]), is_made=index in made)
            for index, chapter in enumerate(self.manifest.chapters)
        )

    @property
    def outdated_parts(self) -> tuple[PartStatus, ...]:
        """Parts that were spoken under other rules than today's and are spoken anew."""
        return tuple(
            part for part in self.parts if part.change and part.status is not SpeechStatus.FINISHED
        )

    @property
    def kept_parts(self) -> tuple[PartStatus, ...]:
        """Parts that were spoken under other rules, and that the unfinished book goes on with."""
        if self.status is SpeechStatus.FINISHED:
            return ()
        return tuple(
            part for part in self.parts if part.change and part.status is SpeechStatus.FINISHED
        )

    @property
    def failed_parts(self) -> tuple[PartStatus, ...]:
        """Parts that failed or were cancelled; `BookBatch.retry` submits them again."""
        return tuple(part for part in self.parts if part.status in _ENDED_BADLY)

    @property
    def failed_outputs(self) -> tuple[OutputStatus, ...]:
        """Files whose assembly failed or was cancelled."""
        return tuple(output for output in self.outputs if output.status in _ENDED_BADLY)

    @property
    def characters(self) -> int:
        """Characters of the whole book."""
        return sum(part.characters for part in self.parts)

    @property
    def fraction(self) -> float:
        """Share of the text that is spoken, 0 to 1."""
        return _spoken_share(self.parts, self.status)

    @property
    def audio_seconds(self) -> float:
        """Length of the audio made so far; of a finished book that of its files."""
        if self.status is SpeechStatus.FINISHED:
            return sum(output.result.audio_seconds for output in self.outputs if output.result)
        return sum(part.audio_seconds for part in self.parts)

    @property
    def problem(self) -> str:
        """What keeps the book from being finished, and what to do; empty if nothing does."""
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
    missing: Sequence[tuple[int, int, str]],
    *,
    total: int,
    verb: str = "failed or are missing",
) -> str:
    """Say how many parts of a book are missing, and why the first one is.

    Args:
        batch_id: The book's batch.
        missing: Chapter from 0, part from 1, and reason of each; at least one.
        total: How many parts the book has.
        verb: What happened to them.
    """
    chapter, number, reason = missing[0]
    return (
        f"{len(missing)} of {total} parts {verb}: chapter {chapter + 1} part {number} "
        f"({reason}){', ...' if len(missing) > 1 else ''}; retry with `ktts retry {batch_id}`"
    )


def _spoken_share(parts: Sequence[PartStatus], status: SpeechStatus) -> float:
    if status is SpeechStatus.FINISHED:
        return 1.0
    return sum(part.characters_done for part in parts) / sum(part.characters for part in parts)
