"""What a worker writes into Redis about the jobs it takes; each step is one Lua script."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis
from rq.utils import now, utcformat

from jobs.errors import InvalidRequest
from jobs.lua import load_script
from jobs.playback.journal import journal_dir
from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.job_record import decode_call
from jobs.queue.queue import BELL_LENGTH
from worker.metrics.counters import FAILURES, NOTHING, REQUEUED, Increments
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import LEASE_SECONDS


def claim_card(connection: redis.Redis, worker_name: str, cards: Sequence[str]) -> str:
    """Return the one of `cards`, the best first, that `worker_name` is to use from now on."""
    script = connection.register_script(load_script("claim_card"))
    chosen = script(keys=[keys.worker(worker_name), keys.WORKERS], args=[LEASE_SECONDS, *cards])
    return as_text(chosen)


ROTATE_EVERY = 4
"""Every fourth take starts at another queue, so that a busy interactive queue starves nobody."""


_NUMBER = re.compile("[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that this worker has taken."""

    job_id: str
    queue: str
    execution_id: str
    timeout_seconds: int
    """0 where the record holds no such number; `JobStore.read_call` refuses it."""
    retries_left: int
    deaths: int
    """Model processes that died on it since its last new chunk."""
    chunks_at_death: int
    """Chunks that were safe when the last of them died."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Redis says to a running job."""

    is_held: bool
    """False: the job was taken from us, and nothing we make of it counts."""
    cancel: str
    """The cancel request, or empty."""
    must_yield: bool
    """Somebody waits for an answer and no other worker is free."""


class JobStore:
    """One worker's view of the books; raises redis errors as they are, the caller retries."""

    def __init__(self, connection: redis.Redis, worker_name: str, settings: WorkerSettings) -> None:
        """Write as `worker_name`."""
        self._connection = connection
        self._worker = worker_name
        self._settings = settings
        self._scripts = {
            name: connection.register_script(load_script(name))
            for name in ("take", "settle", "checkpoint")
        }

    def take(self, queues: Sequence[str], *, rotate: bool = True) -> HeldJob | None:
        """Take the next job, or return None where nothing waits.

        A job that this worker holds already, because it never heard the answer, comes first.
        """
        execution_id = uuid4().hex
        moment = now()
        answer = self._scripts["take"](
            keys=[
                keys.HELD,
                keys.WAITING_CHARACTERS,
                keys.TAKES,
                keys.worker(self._worker),
                keys.PENDING_YIELDS,
            ],
            args=[
                self._worker,
                execution_id,
                utcformat(moment),
                int(moment.timestamp()),
                self._settings.failure_ttl_seconds,
                ROTATE_EVERY if rotate else 0,
                *queues,
            ],
        )
        if not answer:
            return None
        queue, job_id, *numbers = answer
        return HeldJob(as_text(job_id), as_text(queue), execution_id, *map(_number, numbers))

    def read_call(self, job: HeldJob) -> tuple[str, dict[str, Any]]:
        """Return the function that the job names and its arguments.

        Raises:
            InvalidRequest: it is not JSON of the one shape that producers write.
        """
        if not job.timeout_seconds:
            raise InvalidRequest("the job's timeout is not a number of seconds; submit it anew")
        return decode_call(self._connection.hget(keys.job(job.job_id), "data"))

    def wait_for_bell(self, timeout_seconds: float) -> None:
        """Block until somebody submits or requeues a job, or the time is up."""
        self._connection.blpop([keys.BELL], timeout=timeout_seconds)

    def checkpoint(
        self,
        job: HeldJob,
        progress: dict[str, Any],
        *,
        may_yield: bool,
        counts: Increments = NOTHING,
    ) -> Verdict:
        """Publish progress, add `counts` to the counters, and learn whether to go on."""
        is_held, cancel, must_yield = self._scripts["checkpoint"](
            keys=[
                keys.job(job.job_id),
                keys.HELD,
                keys.queue("interactive"),
                keys.WORKERS,
                keys.PENDING_YIELDS,
                keys.COUNTERS,
            ],
            args=[
                job.job_id,
                self._worker,
                json.dumps({"progress": progress}),
                int(may_yield and job.queue != "interactive"),
                json.dumps(counts),
            ],
        )
        return Verdict(bool(is_held), as_text(cancel), bool(must_yield))

    def is_held(self, job: HeldJob) -> bool:
        """Return whether the job is still ours."""
        holder = self._connection.hget(keys.HELD, job.job_id)
        return holder is not None and as_text(holder) == self._worker

    def cancel_request(self, job: HeldJob) -> str:
        """Return the request to cancel the running job, or an empty text."""
        return as_text(self._connection.hget(keys.job(job.job_id), "cancel") or "")

    def finish(self, job: HeldJob, result: dict[str, Any], counts: Increments = NOTHING) -> str:
        """Record the result, and add `counts` to the counters.

        Returns:
            The job's status by this, or an empty text where the job was not ours any more; so do
            the three below.
        """
        return self._settle(
            job,
            "finished",
            self._settings.result_ttl_seconds,
            {"outcome": json.dumps(result), "error": "", "deaths": 0},
            counts,
        )

    def fail(self, job: HeldJob, error_name: str, message: str) -> str:
        """Record why there is no file."""
        error = json.dumps({"name": error_name, "message": message})
        lifetime_seconds = self._settings.failure_ttl_seconds
        counts = {FAILURES.field(error_name): 1}
        return self._settle(job, "failed", lifetime_seconds, {"error": error}, counts)

    def requeue(
        self, job: HeldJob, cause: str = "stop", *, last: bool = False, **fields: int | str
    ) -> str:
        """Put the job back at the front of its queue, or at the back; `fields` change with it.

        One that somebody has asked to cancel meanwhile is cancelled instead; otherwise `cause`, one
        of `REQUEUED`'s, is counted.
        """
        status = "queued-last" if last else "queued"
        counts = {REQUEUED.field(cause): 1}
        return self._settle(job, status, self._settings.failure_ttl_seconds, fields, counts)

    def cancel(self, job: HeldJob, request: str) -> str:
        """Record that the job was cancelled; remove its partial audio unless told to keep it."""
        status = self._settle(job, "canceled", self._settings.failure_ttl_seconds, {})
        if status and request.endswith("drop"):
            shutil.rmtree(journal_dir(self._settings.work_dir, job.job_id), ignore_errors=True)
        return status

    def _settle(
        self,
        job: HeldJob,
        status: str,
        lifetime_seconds: int,
        fields: dict[str, Any],
        counts: Increments = NOTHING,
    ) -> str:
        moment = now()
        answer = self._scripts["settle"](
            keys=[
                keys.job(job.job_id),
                keys.HELD,
                keys.WAITING_CHARACTERS,
                keys.BELL,
                keys.QUEUE_NAMES,
                keys.COUNTERS,
            ],
            args=[
                job.job_id,
                self._worker,
                job.execution_id,
                status,
                lifetime_seconds,
                utcformat(moment),
                int(moment.timestamp()),
                BELL_LENGTH,
                json.dumps(counts),
                *(part for field in fields.items() for part in field),
            ],
        )
        return as_text(answer or "")


def _number(value: bytes | None) -> int:
    """Read a number of up to nine digits; anything else, and nothing at all, counts as 0."""
    text = as_text(value or "")
    return int(text) if _NUMBER.fullmatch(text) else 0
