"""What Redis knows of a job at one moment, read from the job's hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from rq.job import JobStatus

from ..assembly import AssemblyResult
from ..errors import Cancelled, InvalidRequest, JobFailed, UnknownJob
from ..request import SpeechProgress, SpeechResult, SpeechStatus
from .connection import as_text

_STATUS = {
    JobStatus.QUEUED: SpeechStatus.QUEUED,
    JobStatus.STARTED: SpeechStatus.RUNNING,
    JobStatus.FINISHED: SpeechStatus.FINISHED,
    JobStatus.FAILED: SpeechStatus.FAILED,
    JobStatus.CANCELED: SpeechStatus.CANCELLED,
}

# "data" is left out: it holds the whole text, which no reader of a job's state needs.
JOB_INFO_FIELDS = (
    "status",
    "origin",
    "voice",
    "output_file",
    "characters",
    "meta",
    "worker_name",
    "enqueued_at",
    "started_at",
    "ended_at",
    "error",
    "outcome",
)
"""The fields of a job's hash that `parse_job_info` reads, in its order."""


@dataclass(frozen=True, slots=True)
class JobInfo:
    """What Redis knows of a job at one moment."""

    job_id: str
    status: SpeechStatus
    queue: str
    voice: str
    output_file: str
    characters: int
    progress: SpeechProgress
    worker: str
    """Name of the worker that runs the job; empty if none does."""
    enqueued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    error_name: str
    """Class of the error that ended the job; empty if there was none."""
    error_message: str
    result: SpeechResult | AssemblyResult | None


_RESULT: TypeAdapter[SpeechResult | AssemblyResult] = TypeAdapter(SpeechResult | AssemblyResult)


def parse_job_info(job_id: str, values: Sequence[bytes | str | None]) -> JobInfo:
    """Return the job that these values of `JOB_INFO_FIELDS` describe.

    Raises:
        UnknownJob: there is no such record, or not any more.
    """
    record = {
        field: as_text(value)
        for field, value in zip(JOB_INFO_FIELDS, values, strict=True)
        if value is not None
    }
    if "status" not in record:
        raise UnknownJob(f"there is no job {job_id!r}, or its record has expired")
    error = json.loads(record.get("error") or "{}")
    meta = json.loads(record.get("meta") or "{}")
    outcome = record.get("outcome")
    return JobInfo(
        job_id=job_id,
        status=_STATUS[JobStatus(record["status"])],
        queue=record.get("origin", ""),
        voice=record.get("voice", ""),
        output_file=record.get("output_file", ""),
        characters=int(record.get("characters", 0)),
        progress=SpeechProgress(**meta.get("progress", {})),
        worker=record.get("worker_name", "") if record["status"] == JobStatus.STARTED else "",
        enqueued_at=_read_time(record.get("enqueued_at")),
        started_at=_read_time(record.get("started_at")),
        ended_at=_read_time(record.get("ended_at")),
        error_name=error.get("name", ""),
        error_message=error.get("message", ""),
        result=_RESULT.validate_json(outcome) if outcome else None,
    )


def read_status(job_id: str, answer: bytes | str | None) -> SpeechStatus:
    """Return the status that a script answered; raises UnknownJob if it answered none."""
    if answer is None:
        raise UnknownJob(f"there is no job {job_id!r}, or its record has expired")
    return _STATUS[JobStatus(as_text(answer))]


def result_of(info: JobInfo) -> SpeechResult:
    """Return the result of a finished job.

    Raises:
        JobFailed: the job ended without a file, or has not ended yet.
        Cancelled: somebody cancelled the job.
        InvalidRequest: the job does not speak a text but assembles a book.
    """
    if isinstance(info.result, AssemblyResult):
        raise InvalidRequest(f"job {info.job_id} assembles a book; its facts() hold the result")
    if info.status is SpeechStatus.FINISHED and info.result is not None:
        return info.result
    if info.status is SpeechStatus.CANCELLED:
        raise Cancelled(f"job {info.job_id} was cancelled")
    if info.status is SpeechStatus.FAILED:
        raise JobFailed(info.error_message, error_name=info.error_name)
    raise JobFailed(f"job {info.job_id} is {info.status}; wait for it first")


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
