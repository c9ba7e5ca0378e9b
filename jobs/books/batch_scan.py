"""Reads the state of a batch from disk and Redis; where they disagree, the disk is right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import redis

from ..assembly import AssemblyRequest, AssemblyResult
from ..errors import PartsMissing, UnknownBatch
from ..files.stores import find_store
from ..queue.job_info import JobInfo
from ..queue.overview import read_jobs
from ..request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import store
from .batch_status import BatchStatus, OutputStatus, PartStatus
from .manifest import BookOutput, BookPart, Manifest, manifest_file
from .spoken_parts import RESPOKEN, find_change, name_run, read_kept

LOST_SECONDS = 60.0
"""A network volume may show a new file this late; a job that finished earlier has lost its file."""


@dataclass(frozen=True, slots=True)
class FinishedPart:
    """What the scanner keeps of a finished part."""

    audio_seconds: float
    processing_seconds: float
    change: str
    """How the rules under which it was spoken differ from today's; empty if they do not."""
    is_respoken: bool
    """It was spoken anew on demand: if it differs still, its worker has other rules."""


@dataclass(frozen=True, slots=True)
class BatchJobs:
    """The ids of a batch and its jobs: hashes over the whole text, so computed once."""

    batch_id: str
    parts: tuple[str, ...]
    """Job ids in reading order."""
    outputs: dict[str, AssemblyRequest]
    """By file name."""

    @classmethod
    def of(cls, manifest: Manifest) -> BatchJobs:
        """Compute the ids."""
        batch_id = manifest.batch_id
        return cls(
            batch_id=batch_id,
            parts=tuple(part.request.job_id for part in manifest.parts),
            outputs={
                output.name: AssemblyRequest(batch_id=batch_id, output=output.name)
                for output in manifest.outputs
            },
        )

    @property
    def all(self) -> set[str]:
        """Ids of every job of the batch."""
        return {*self.parts, *(request.job_id for request in self.outputs.values())}


class BatchScanner:
    """Scans one batch again and again; remembers which parts it has found finished."""

    def __init__(
        self, manifest: Manifest, ids: BatchJobs, connection: redis.Redis, settings: QueueSettings
    ) -> None:
        """Keep the arguments; nothing is read yet."""
        self._manifest = manifest
        self._ids = ids
        self._connection = connection
        self._settings = settings
        self._output_dir = settings.output_dir
        self._finished: dict[str, FinishedPart] = {}
        self._looked: set[str] = set()

    def scan(self) -> BatchScan:
        """Read all files, and in one round trip the jobs of everything unfinished.

        Raises:
            UnknownBatch: the manifest is gone, or the volume is not mounted.
            QueueUnavailable: Redis does not answer.
        """
        ids = self._ids
        self._find_finished_parts()
        outputs = store.find_outputs(self._output_dir, ids.batch_id, self._manifest.outputs)
        is_cancelled = store.is_cancelled(self._output_dir, ids.batch_id)
        # Without this check an unmounted volume would look like a batch with nothing finished.
        if not manifest_file(self._output_dir, ids.batch_id).is_file():
            raise UnknownBatch(f"the manifest of book {ids.batch_id} is not in {self._output_dir}")
        kept = read_kept(self._output_dir, ids.batch_id)
        self._fetch_finished(outputs)
        parts, outdated = dict[str, FinishedPart](), dict[str, FinishedPart]()
        for job_id, part in self._finished.items():
            (outdated if part.change and job_id not in kept else parts)[job_id] = part
        unfinished = [job_id for job_id in ids.parts if job_id not in parts]
        unfinished += [ids.outputs[name].job_id for name in ids.outputs if name not in outputs]
        jobs = read_jobs(self._connection, unfinished)
        return BatchScan(
            self._manifest,
            ids,
            self._settings.reading_off,
            parts,
            outdated,
            outputs,
            jobs,
            is_cancelled,
        )

    def _fetch_finished(self, outputs: dict[str, AssemblyResult]) -> None:
        """Fetch from the object store, if there is one, what has finished and is not here."""
        if find_store(self._output_dir) is None:
            return
        ids = self._ids
        parts = dict(zip(ids.parts, self._manifest.parts, strict=True))
        missing = {job_id: part for job_id, part in parts.items() if job_id not in self._finished}
        lacking = [output for output in self._manifest.outputs if output.name not in outputs]
        due = [*missing, *(ids.outputs[output.name].job_id for output in lacking)]
        jobs = read_jobs(self._connection, due) if due else {}
        # Looked for once although no job is known, for parts of another book or an earlier time.
        for job_id, part in missing.items():
            job = jobs.get(job_id)
            is_new = job_id not in self._looked and job is None
            if is_new or (job and job.status is SpeechStatus.FINISHED):
                store.fetch_part(self._output_dir, part)
            self._looked.add(job_id)
        for output in lacking:
            job = jobs.get(ids.outputs[output.name].job_id)
            if job is None or job.status is SpeechStatus.FINISHED:
                store.fetch_output(self._output_dir, ids.batch_id, output)
        self._find_finished_parts()
        outputs |= store.find_outputs(self._output_dir, ids.batch_id, self._manifest.outputs)

    def _find_finished_parts(self) -> None:
        for job_id, part in zip(self._ids.parts, self._manifest.parts, strict=True):
            known = self._finished.pop(job_id, None)
            if known and not known.change:
                if all(path.is_file() for path in store.part_files(self._output_dir, part)):
                    self._finished[job_id] = known
            elif result := store.find_part(self._output_dir, part, job_id):
                self._finished[job_id] = FinishedPart(
                    result.audio_seconds,
                    result.processing_seconds,
                    find_change(result, part.request, self._settings.reading_off),
                    result.run.startswith(name_run(part.request, self._settings.reading_off)),
                )


@dataclass(frozen=True, slots=True)
class BatchScan:
    """A batch at one moment."""

    manifest: Manifest
    ids: BatchJobs
    reading_off: str
    parts: dict[str, FinishedPart]
    """Parts finished on disk, by job id."""
    outdated: dict[str, FinishedPart]
    """Parts on disk that were spoken under other rules, and are not kept."""
    outputs: dict[str, AssemblyResult]
    """Files finished on disk, by name."""
    jobs: dict[str, JobInfo]
    """Every other job that Redis knows."""
    is_cancelled: bool

    def name_run(self, request: SpeechRequest) -> str:
        """Name the run that speaks a part once more; empty if it is spoken for the first time."""
        job_id, now = request.job_id, datetime.now(UTC).isoformat()
        if outdated := self.outdated.get(job_id):
            run = name_run(request, self.reading_off)
            # Under the same name a worker would return what it finds.
            return f"{run}-{now}" if outdated.is_respoken else run
        return now if self.is_lost(job_id) else ""

    def outdated_outputs(self) -> list[BookOutput]:
        """Return the finished files of an unfinished book that have outdated parts."""
        due = {job_id for job_id, part in self.outdated.items() if not part.is_respoken}
        if len(self.outputs) == len(self.manifest.outputs) or not due:
            return []
        job_ids = iter(self.ids.parts)
        chapters = {
            index
            for index, chapter in enumerate(self.manifest.chapters)
            for _ in chapter.parts
            if next(job_ids) in due
        }
        return [
            output
            for output in self.manifest.outputs
            if output.name in self.outputs and chapters.intersection(output.chapters)
        ]

    def is_lost(self, job_id: str) -> bool:
        """Return whether a job has finished but its file is missing."""
        job = self.jobs.get(job_id)
        if job is None or job.status is not SpeechStatus.FINISHED:
            return False
        age = datetime.now(UTC) - job.ended_at if job.ended_at else None
        return age is None or age.total_seconds() >= LOST_SECONDS

    def lacks_parts(self, output_name: str) -> bool:
        """Return whether the assembly of a file failed because parts were missing."""
        job = self.jobs.get(self.ids.outputs[output_name].job_id)
        return (
            job is not None
            and job.status is SpeechStatus.FAILED
            and job.error_name == PartsMissing.__name__
        )

    @property
    def needed_chapters(self) -> set[int]:
        """Indexes of the chapters that unfinished files are made of."""
        return {
            index
            for output in self.manifest.outputs
            if output.name not in self.outputs
            for index in self.manifest.chapters_for(output)
        }

    def status(self) -> BatchStatus:
        """Return the status of every part and file."""
        needed, job_ids = self.needed_chapters, iter(self.ids.parts)
        return BatchStatus(
            batch_id=self.ids.batch_id,
            manifest=self.manifest,
            is_cancelled=self.is_cancelled,
            parts=tuple(
                self._part_status(part, next(job_ids), index, number, is_needed=index in needed)
                for index, chapter in enumerate(self.manifest.chapters)
                for number, part in enumerate(chapter.parts, 1)
            ),
            outputs=tuple(self._output_status(output) for output in self.manifest.outputs),
        )

    def _part_status(
        self, part: BookPart, job_id: str, chapter: int, number: int, *, is_needed: bool
    ) -> PartStatus:
        done, job = self.parts.get(job_id), self.jobs.get(job_id)
        outdated = self.outdated.get(job_id)
        progress = job.progress if job else SpeechProgress()
        if outdated and (job is None or self.is_lost(job_id)):
            status, error_name, error_message = _judge_outdated(outdated)
        else:
            status, error_name, error_message = self._read_status(job_id)
        return PartStatus(
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
            change=done.change if done else outdated.change if outdated else "",
        )

    def _output_status(self, output: BookOutput) -> OutputStatus:
        job_id = self.ids.outputs[output.name].job_id
        result, job = self.outputs.get(output.name), self.jobs.get(job_id)
        status, error_name, error_message = self._read_status(job_id)
        return OutputStatus(
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

    def _read_status(self, job_id: str) -> tuple[SpeechStatus | None, str, str]:
        """Return status and error of a job whose file is missing; None means "submit it"."""
        job = self.jobs.get(job_id)
        if job is None or job.status is SpeechStatus.UNREADABLE:
            return None, "", ""
        if job.status is not SpeechStatus.FINISHED:
            return job.status, job.error_name, job.error_message
        if not self.is_lost(job_id):
            return SpeechStatus.RUNNING, "", ""
        # A second run also left no file here. A third would not help.
        result = job.result if isinstance(job.result, SpeechResult) else None
        if result and result.run and not result.run.startswith(RESPOKEN):
            message = (
                f"a worker has written {result.path}, but the file is not here; "
                "do all workers share this KTTS_OUTPUT_DIR?"
            )
            return SpeechStatus.FAILED, PartsMissing.__name__, message
        return None, "", ""


def _judge_outdated(part: FinishedPart) -> tuple[SpeechStatus | None, str, str]:
    """Return status and error of an outdated part that no job speaks anew; None: submit it."""
    if not part.is_respoken:
        return None, "", ""
    message = (
        f"it was spoken anew, and under other rules once more ({part.change}); "
        "do all workers have this version and this KTTS_READING_OFF?"
    )
    return SpeechStatus.FAILED, PartsMissing.__name__, message
