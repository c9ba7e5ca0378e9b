"""The jobs of one worker in Redis: take a job, report its progress, record how it ended."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis

from jobs.errors import InvalidRequest
from jobs.playback.journal import journal_dir
from jobs.queue import keys, lua_calls
from jobs.queue.connection import as_text
from jobs.queue.job_info import read_number, read_time
from jobs.queue.job_record import decode_call
from jobs.queue.lua_calls import NO_COUNTS, Counts
from jobs.queue.overview import read_worker_keys
from jobs.telemetry.trace import TRACEPARENT, read_traceparent
from worker.metrics.counters import FAILURES, REQUEUED
from worker.settings import WorkerSettings
from worker.supervision.waiting_jobs import WaitingJobs

ROTATE_EVERY = 4
"""Every fourth take starts at another queue, so that a busy interactive queue starves no other."""


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that this worker has taken."""

    job_id: str
    queue: str
    execution_id: str
    timeout_seconds: int
    """0 if the record holds no such number; `JobStore.read_call` refuses the job then."""
    retries_left: int
    deaths: int
    """Model processes that died on the job since its last new chunk."""
    chunks_at_death: int
    """Chunks that were complete when the last of these died."""
    owner: str = ""
    """Whose it is; empty where nobody is named."""


@dataclass(frozen=True, slots=True)
class JobOrigin:
    """Where a job comes from, for its spans."""

    enqueued_seconds: float | None = None
    """When it was submitted, by the producer's clock, since the epoch."""
    is_retry: bool = False
    """It has been with a worker before."""
    traceparent: str = ""
    """The producer's, where it is not in the request."""


@dataclass(frozen=True, slots=True)
class CheckpointAnswer:
    """What Redis answers to a running job's progress."""

    is_held: bool
    """False if the job was taken from this worker; its result does not count any more."""
    cancel: str
    """The request to cancel the job, or an empty text."""
    must_yield: bool
    """An interactive job waits and no other worker is free."""


class JobStore:
    """Reads and changes jobs as one worker; redis errors are raised unchanged."""

    def __init__(self, connection: redis.Redis, worker_name: str, settings: WorkerSettings) -> None:
        """Act as the worker `worker_name`."""
        self._connection = connection
        self._worker = worker_name
        self._settings = settings
        self._most_running = settings.owner_max_running_jobs
        self._waiting = WaitingJobs(connection, worker_name, most_running=self._most_running)

    def take(self, queues: Sequence[str], *, rotate: bool = True) -> HeldJob | None:
        """Take the next job, or return None if nothing waits.

        A job that this worker holds already, because the answer got lost, comes first.
        """
        execution_id = uuid4().hex
        # Other workers may take what was seen; each look that finds nothing to take starts anew.
        while waiting := self._waiting.find(queues, rotate_every=ROTATE_EVERY if rotate else 0):
            answer = lua_calls.take(
                self._worker, waiting, execution_id=execution_id, most_running=self._most_running
            ).run(self._connection)
            if not answer:
                return None
            strangers, taken, blocked = answer
            for job in waiting:
                if job.job_id.encode(errors="surrogateescape") in strangers:
                    self._waiting.turn_away(job, self._settings.failure_ttl_seconds)
            if taken:
                queue, job_id, owner, *numbers = taken
                timeout, retries, deaths, chunks = map(read_number, numbers)
                return HeldJob(
                    as_text(job_id),
                    keys.short_name(as_text(queue)),
                    execution_id,
                    timeout,
                    retries,
                    deaths,
                    chunks,
                    as_text(owner),
                )
            if blocked == len(waiting):
                return None
        return None

    def read_call(self, job: HeldJob) -> tuple[str, dict[str, Any]]:
        """Return the name of the job's function and its arguments.

        Raises:
            InvalidRequest: the record is not the one that producers write.
        """
        if not job.timeout_seconds:
            raise InvalidRequest("the job's timeout is not a number of seconds; submit it anew")
        return decode_call(self._connection.hget(keys.job(job.job_id), "data"))

    def read_origin(self, job: HeldJob) -> JobOrigin:
        """Return where the job comes from; what the record does not say is left out."""
        enqueued_at, settled, traceparent = self._connection.hmget(
            keys.job(job.job_id), "enqueued_at", "settled_status", TRACEPARENT
        )
        moment = read_time(as_text(enqueued_at or ""))
        return JobOrigin(
            enqueued_seconds=moment.timestamp() if moment else None,
            is_retry=bool(settled),
            traceparent=read_traceparent(as_text(traceparent or "")),
        )

    def wait_for_bell(self, timeout_seconds: float) -> None:
        """Block until a job is submitted or put back, or the time is over."""
        self._connection.blpop([keys.BELL], timeout=timeout_seconds)

    def checkpoint(
        self,
        job: HeldJob,
        progress: dict[str, Any],
        *,
        may_yield: bool,
        counts: Counts = NO_COUNTS,
    ) -> CheckpointAnswer:
        """Publish progress, add `counts` to the counters, and ask whether the job goes on."""
        workers: list[str] = []
        if may_yield and job.queue != "interactive":
            workers = read_worker_keys(self._connection)
        is_held, cancel, must_yield = lua_calls.checkpoint(
            job.job_id,
            self._worker,
            meta={"progress": progress},
            workers=workers,
            counts=counts,
            most_running=self._most_running,
        ).run(self._connection)
        return CheckpointAnswer(bool(is_held), as_text(cancel), bool(must_yield))

    def is_held(self, job: HeldJob) -> bool:
        """Return whether this worker still holds the job."""
        holder = self._connection.hget(keys.HELD, job.job_id)
        return holder is not None and as_text(holder) == self._worker

    def cancel_request(self, job: HeldJob) -> str:
        """Return the request to cancel the running job, or an empty text."""
        return as_text(self._connection.hget(keys.job(job.job_id), "cancel") or "")

    def finish(self, job: HeldJob, result: dict[str, Any], counts: Counts = NO_COUNTS) -> str:
        """Record the result, and add `counts` to the counters.

        Returns:
            The status that the job has now, or an empty text if this worker did not hold the job
            any more; so do `fail`, `requeue` and `cancel`.
        """
        fields = {"outcome": json.dumps(result), "error": "", "deaths": 0}
        return self._settle(job, "finished", fields, counts)

    def fail(self, job: HeldJob, error_name: str, message: str) -> str:
        """Record why the job has no file."""
        fields = {
            "error": json.dumps({"name": error_name, "message": message}),
            "exc_info": f"{error_name}: {message}",  # for RQ's own tools
        }
        return self._settle(job, "failed", fields, {FAILURES.field(error_name): 1})

    def requeue(
        self, job: HeldJob, cause: str = "stop", *, last: bool = False, **fields: int | str
    ) -> str:
        """Put the job back at the front of its queue, or at the back; `fields` change with it.

        The `cause`, one of `REQUEUED`'s, is counted. A job that somebody has cancelled meanwhile is
        cancelled instead.
        """
        status = "queued-last" if last else "queued"
        return self._settle(job, status, fields, {REQUEUED.field(cause): 1})

    def cancel(self, job: HeldJob, request: str) -> str:
        """Record that the job was cancelled; remove its chunks unless `request` keeps them."""
        status = self._settle(job, "canceled", {})
        if status and request.endswith("drop"):
            shutil.rmtree(journal_dir(self._settings.work_dir, job.job_id), ignore_errors=True)
        return status

    def _settle(
        self, job: HeldJob, status: str, fields: dict[str, Any], counts: Counts = NO_COUNTS
    ) -> str:
        ttl, failure_ttl = self._settings.result_ttl_seconds, self._settings.failure_ttl_seconds
        answer = lua_calls.settle(
            job.job_id,
            self._worker,
            status,
            execution_id=job.execution_id,
            lifetime_seconds=ttl if status == "finished" else failure_ttl,
            counts=counts,
            fields=fields,
            owner=job.owner,
        ).run(self._connection)
        return as_text(answer or "")
