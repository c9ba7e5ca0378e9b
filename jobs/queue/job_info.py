"""What Redis knows of a job at one moment, read from the job's hash.

Any producer may write any field of a job's record. What a field cannot hold counts as absent, and a
status that is none of ours is the state `unreadable`: reading a record never raises anything else
than UnknownJob.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rq.job import JobStatus

from ..assembly import AssemblyResult
from ..errors import Cancelled, InvalidRequest, JobFailed, UnknownJob
from ..request import SpeechProgress, SpeechResult, SpeechStatus
from ..text.owners import is_owner
from .connection import as_text
from .keys import short_name

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
    "source",
    "owner",
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
    source: str = ""
    """Name of the file that the text comes from; empty if the producer did not say."""
    owner: str = ""
    """Whose it is; empty where nobody is named."""


_NUMBER = re.compile("[0-9]{1,15}")
MAX_SHOWN_CHARACTERS = 40

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
    error = _read_object(record.get("error"))
    status = _read_status(record["status"])
    is_unreadable = status is SpeechStatus.UNREADABLE
    return JobInfo(
        job_id=job_id,
        status=status,
        queue=short_name(record.get("origin", "")),
        voice=record.get("voice", ""),
        output_file=record.get("output_file", ""),
        characters=read_number(record.get("characters")),
        progress=_read_progress(_read_object(record.get("meta")).get("progress")),
        worker=record.get("worker_name", "") if record["status"] == JobStatus.STARTED else "",
        enqueued_at=read_time(record.get("enqueued_at")),
        started_at=read_time(record.get("started_at")),
        ended_at=read_time(record.get("ended_at")),
        error_name="UnreadableRecord" if is_unreadable else _read_text(error.get("name")),
        error_message=(
            f"its record has the status {record['status'][:MAX_SHOWN_CHARACTERS]!r}, which no "
            "program of ours writes; submit it again"
            if is_unreadable
            else _read_text(error.get("message"))
        ),
        result=_read_result(record.get("outcome")),
        source=_read_text(record.get("source")),
        owner=owner if is_owner(owner := record.get("owner", "")) else "",
    )


def read_status(job_id: str, answer: bytes | str | None) -> SpeechStatus:
    """Return the status that a script answered; raises UnknownJob if it answered none."""
    if answer is None:
        raise UnknownJob(f"there is no job {job_id!r}, or its record has expired")
    return _read_status(as_text(answer))


def read_number(value: bytes | str | None) -> int:
    """Return a number of up to 15 digits; anything else counts as 0."""
    text = as_text(value or "")
    return int(text) if _NUMBER.fullmatch(text) else 0


def read_time(value: bytes | str | None) -> datetime | None:
    """Return a moment with its time zone, UTC unless it names another; None if it is none."""
    try:
        moment = datetime.fromisoformat(as_text(value or ""))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


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
    if info.status.is_terminal:
        raise JobFailed(info.error_message or f"the result of job {info.job_id} cannot be read")
    raise JobFailed(f"job {info.job_id} is {info.status}; wait for it first")


def _read_status(word: str) -> SpeechStatus:
    try:
        return _STATUS[JobStatus(word)]
    except (ValueError, KeyError):
        return SpeechStatus.UNREADABLE


def _read_object(document: str | None) -> dict[str, Any]:
    try:
        found = json.loads(document or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_progress(fields: object) -> SpeechProgress:
    try:
        return SpeechProgress.model_validate(fields or {})
    except (ValidationError, RecursionError):
        return SpeechProgress()


def _read_result(document: str | None) -> SpeechResult | AssemblyResult | None:
    try:
        return _RESULT.validate_json(document) if document else None
    except (ValidationError, RecursionError):
        return None


def _read_text(value: object) -> str:
    """Return a text as UTF-8 can carry it: JSON may hold halves of characters."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
