"""One submitted job, as its producer sees it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import redis
from rq.job import JobStatus
from rq.utils import now, utcformat

from . import keys
from .connection import as_text, queue_errors
from .errors import Cancelled, JobFailed, UnknownJob
from .lua import load_script
from .settings import QueueSettings
from .speech import SpeechProgress, SpeechResult, SpeechStatus

POLL_SECONDS = 0.1
"""How often a waiting producer looks; one small read each time."""

_STATUS = {
    JobStatus.QUEUED: SpeechStatus.QUEUED,
    JobStatus.STARTED: SpeechStatus.RUNNING,
    JobStatus.FINISHED: SpeechStatus.FINISHED,
    JobStatus.FAILED: SpeechStatus.FAILED,
    JobStatus.CANCELED: SpeechStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What Redis knows of a job at one moment."""

    job_id: str
    status: SpeechStatus
    queue: str
    voice: str
    output_file: str
    characters: int
    progress: SpeechProgress
    worker: str
    """Name of the worker that runs it; empty where none does."""
    enqueued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    error_name: str
    """Class of the error that ended it; empty where there is none."""
    error_message: str
    result: SpeechResult | None


class SpeechJob:
    """A handle on a job; cheap, holds nothing but the id and the connection."""

    def __init__(
        self,
        job_id: str,
        connection: redis.Redis,
        settings: QueueSettings,
        *,
        is_new: bool = False,
    ) -> None:
        """Refer to a job that was submitted; nothing is read yet."""
        self.id = job_id
        self.is_new = is_new
        """True where the submit that returned this handle put the job into its queue."""
        self._connection = connection
        self._settings = settings

    def __repr__(self) -> str:
        return f"SpeechJob({self.id!r})"

    def facts(self) -> JobFacts:
        """Read all that is known, in one round trip.

        Raises:
            UnknownJob: the record is gone.
            QueueUnavailable: Redis does not answer.
        """
        with queue_errors():
            values = self._connection.hmget(keys.job(self.id), _FIELDS)
        record = {
            field: as_text(value)
            for field, value in zip(_FIELDS, values, strict=True)
            if value is not None
        }
        if "status" not in record:
            raise UnknownJob(f"there is no job {self.id!r}, or its record has expired")
        return _read_facts(self.id, record)

    def status(self) -> SpeechStatus:
        """Return where the job stands."""
        return self.facts().status

    def progress(self) -> SpeechProgress:
        """Return how far it is; all zeros before a worker has begun."""
        return self.facts().progress

    def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobFacts], None] | None = None,
    ) -> SpeechResult:
        """Block until the job has ended and return its result.

        Args:
            timeout_seconds: Give up after this long; the job goes on.
            on_progress: Called whenever something has changed.

        Raises:
            TimeoutError: it has not ended in time.
            JobFailed: it ended without a file.
            Cancelled: somebody cancelled it.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        seen: JobFacts | None = None
        while True:
            facts = self.facts()
            if on_progress is not None and facts != seen:
                on_progress(facts)
            seen = facts
            if facts.status.is_terminal:
                return _result_of(facts)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(
                    f"job {self.id} is still {facts.status} after {timeout_seconds} s"
                )
            time.sleep(POLL_SECONDS)

    def result(self) -> SpeechResult:
        """Return the result of a job that has finished.

        Raises:
            JobFailed: it ended without a file, or has not ended yet.
            Cancelled: somebody cancelled it.
        """
        return _result_of(self.facts())

    def cancel(self, *, force: bool = False, keep_partial: bool = False) -> SpeechStatus:
        """Ask for the job to end: at once where it waits, at the next chunk where it runs.

        Args:
            force: Do not wait for the chunk; the worker ends its model process within a second.
            keep_partial: Keep the chunks that are done, so that submitting again goes on from them.

        Returns:
            The status before.

        Raises:
            UnknownJob: there is no such job.
        """
        request = ("force-" if force else "") + ("keep" if keep_partial else "drop")
        moment = now()
        with queue_errors():
            before = self._connection.eval(
                load_script("cancel"),
                2,
                keys.job(self.id),
                keys.WAITING_CHARACTERS,
                self.id,
                request,
                self._settings.failure_ttl_seconds,
                utcformat(moment),
                int(moment.timestamp()),
            )
        if before is None:
            raise UnknownJob(f"there is no job {self.id!r}, or its record has expired")
        return _STATUS[JobStatus(as_text(before))]


# Not "data": RQ's packed call holds the whole text, which no reader of a job's state wants.
_FIELDS = (
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


def _result_of(facts: JobFacts) -> SpeechResult:
    if facts.status is SpeechStatus.FINISHED and facts.result is not None:
        return facts.result
    if facts.status is SpeechStatus.CANCELLED:
        raise Cancelled(f"job {facts.job_id} was cancelled")
    if facts.status is SpeechStatus.FAILED:
        raise JobFailed(facts.error_message, error_name=facts.error_name)
    raise JobFailed(f"job {facts.job_id} is {facts.status}; wait for it first")


def _read_facts(job_id: str, record: dict[str, str]) -> JobFacts:
    error = json.loads(record.get("error") or "{}")
    meta = json.loads(record.get("meta") or "{}")
    outcome = record.get("outcome")
    return JobFacts(
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
        result=SpeechResult.model_validate_json(outcome) if outcome else None,
    )


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
