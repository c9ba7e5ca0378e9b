"""What disk and Redis say of a book together; disk comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from ..assembly import AssemblyRequest, AssemblyResult
from ..errors import PartsMissing, UnknownBatch
from ..queue.job_info import JobInfo
from ..queue.overview import read_jobs
from ..request import SpeechProgress, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import store
from .batch_status import BatchFacts, OutputFacts, PartFacts
from .manifest import BookOutput, BookPart, Manifest, manifest_file

LOST_SECONDS = 60.0
"""A network volume may show a new file this late; then a finished part without a file is lost."""


@dataclass(frozen=True, slots=True)
class FinishedPart:
    """What is remembered of a part whose files have been seen."""

    audio_seconds: float
    processing_seconds: float


@dataclass(frozen=True, slots=True)
class BookJobs:
    """The ids of a book and its jobs: hashes of all its text, so worked out once."""

    batch_id: str
    parts: tuple[str, ...]
    """In reading order."""
    outputs: dict[str, AssemblyRequest]
    """By name."""

    @property
    def all(self) -> set[str]:
        """Every job of the book."""
        return {*self.parts, *(request.job_id for request in self.outputs.values())}


def name_jobs(manifest: Manifest) -> BookJobs:
    """Work out which jobs a book has."""
    batch_id = manifest.batch_id
    return BookJobs(
        batch_id=batch_id,
        parts=tuple(part.request.job_id for part in manifest.parts),
        outputs={
            output.name: AssemblyRequest(batch_id=batch_id, output=output.name)
            for output in manifest.outputs
        },
    )


class Surveyor:
    """Looks at one book again and again; remembers which parts it has seen finished."""

    def __init__(
        self,
        manifest: Manifest,
        ids: BookJobs,
        connection: redis.Redis,
        settings: QueueSettings,
    ) -> None:
        """Prepare to look; nothing is read yet."""
        self._manifest = manifest
        self._ids = ids
        self._connection = connection
        self._output_dir = settings.output_dir
        self._seen: dict[str, FinishedPart] = {}

    def look(self) -> Survey:
        """Read all files and, in one round trip, all jobs of what is not finished.

        Raises:
            UnknownBatch: the manifest is gone, or the volume is away.
            QueueUnavailable: Redis does not answer.
        """
        ids = self._ids
        self._look_for_parts()
        outputs = store.find_outputs(self._output_dir, ids.batch_id, self._manifest.outputs)
        is_cancelled = store.is_cancelled(self._output_dir, ids.batch_id)
        # A volume that is away looks like one on which nothing is finished.
        if not manifest_file(self._output_dir, ids.batch_id).is_file():
            raise UnknownBatch(f"the manifest of book {ids.batch_id} is not in {self._output_dir}")
        asked = [job_id for job_id in ids.parts if job_id not in self._seen]
        asked += [request.job_id for name, request in ids.outputs.items() if name not in outputs]
        jobs = read_jobs(self._connection, asked)
        return Survey(self._manifest, ids, dict(self._seen), outputs, jobs, is_cancelled)

    def _look_for_parts(self) -> None:
        for job_id, part in zip(self._ids.parts, self._manifest.parts, strict=True):
            if job_id in self._seen:
                if not all(path.is_file() for path in store.part_files(self._output_dir, part)):
                    del self._seen[job_id]
            elif result := store.find_part(self._output_dir, part, job_id):
                self._seen[job_id] = FinishedPart(result.audio_seconds, result.processing_seconds)


@dataclass(frozen=True, slots=True)
class Survey:
    """A book at one moment."""

    manifest: Manifest
    ids: BookJobs
    parts: dict[str, FinishedPart]
    """Finished on disk, by job id."""
    outputs: dict[str, AssemblyResult]
    """Finished on disk, by name."""
    jobs: dict[str, JobInfo]
    """Of everything else that Redis knows."""
    is_cancelled: bool

    def is_lost(self, job_id: str) -> bool:
        """Say whether a job has finished and its file is nowhere to be seen."""
        job = self.jobs.get(job_id)
        if job is None or job.status is not SpeechStatus.FINISHED:
            return False
        age = datetime.now(UTC) - job.ended_at if job.ended_at else None
        return age is None or age.total_seconds() >= LOST_SECONDS

    def lacks_parts(self, output_name: str) -> bool:
        """Say whether the assembly of a file has failed for its parts."""
        job = self.jobs.get(self.ids.outputs[output_name].job_id)
        return (
            job is not None
            and job.status is SpeechStatus.FAILED
            and job.error_name == PartsMissing.__name__
        )

    @property
    def needed_chapters(self) -> set[int]:
        """Chapters of files that are not finished; the parts of all others have had their use."""
        return {
            at
            for output in self.manifest.outputs
            if output.name not in self.outputs
            for at in self.manifest.chapters_for(output)
        }

    def facts(self) -> BatchFacts:
        """Put it into the words that people read."""
        needed, job_ids = self.needed_chapters, iter(self.ids.parts)
        return BatchFacts(
            batch_id=self.ids.batch_id,
            is_cancelled=self.is_cancelled,
            parts=tuple(
                self._part_facts(part, next(job_ids), at, number, is_needed=at in needed)
                for at, chapter in enumerate(self.manifest.chapters)
                for number, part in enumerate(chapter.parts, 1)
            ),
            outputs=tuple(self._output_facts(output) for output in self.manifest.outputs),
        )

    def _part_facts(
        self, part: BookPart, job_id: str, chapter: int, number: int, *, is_needed: bool
    ) -> PartFacts:
        done, job = self.parts.get(job_id), self.jobs.get(job_id)
        progress = job.progress if job else SpeechProgress()
        status, error_name, error_message = self._state_of(job_id)
        return PartFacts(
            chapter=chapter,
            number=number,
            job_id=job_id,
            characters=len(part.request.text),
            status=status if is_needed and not done else SpeechStatus.FINISHED,
            progress=progress,
            audio_seconds=done.audio_seconds if done else progress.audio_seconds,
            processing_seconds=done.processing_seconds if done else 0.0,
            worker=job.worker if job else "",
            error_name=error_name,
            error_message=error_message,
        )

    def _output_facts(self, output: BookOutput) -> OutputFacts:
        job_id = self.ids.outputs[output.name].job_id
        result, job = self.outputs.get(output.name), self.jobs.get(job_id)
        status, error_name, error_message = self._state_of(job_id)
        return OutputFacts(
            name=output.name,
            job_id=job_id,
            chapters=output.chapters,
            needed_chapters=self.manifest.chapters_for(output),
            status=SpeechStatus.FINISHED if result else status,
            progress=job.progress if job else SpeechProgress(),
            worker=job.worker if job else "",
            error_name=error_name,
            error_message=error_message,
            result=result,
        )

    def _state_of(self, job_id: str) -> tuple[SpeechStatus | None, str, str]:
        """Return state and error of a job whose file is not there; None is "to be submitted"."""
        job = self.jobs.get(job_id)
        if job is None:
            return None, "", ""
        if job.status is not SpeechStatus.FINISHED:
            return job.status, job.error_name, job.error_message
        if not self.is_lost(job_id):
            return SpeechStatus.RUNNING, "", ""
        # Made once more already, and nobody here can see it: a third time is no cure.
        if isinstance(job.result, SpeechResult) and job.result.run:
            return (
                SpeechStatus.FAILED,
                PartsMissing.__name__,
                (
                    f"its worker has finished {job.result.path} and it is not here; do all workers "
                    "share this KTTS_OUTPUT_DIR?"
                ),
            )
        return None, "", ""
