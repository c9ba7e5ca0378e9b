"""What a worker writes into Redis about the jobs it takes; each step is one Lua script."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import redis
from rq.utils import now, utcformat

from jobs import keys
from jobs.connection import as_text
from jobs.errors import InvalidRequest
from jobs.journal import journal_dir
from jobs.lua import load_script
from jobs.queue import BELL_LENGTH
from worker.settings import WorkerSettings

ROTATE_EVERY = 4
"""Every fourth take starts at another queue, so that a busy interactive queue starves nobody."""


MAX_CALL_BYTES = 256 << 20
"""Largest job that is unpacked; a small payload may claim to be any size."""


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that this worker has taken."""

    job_id: str
    queue: str
    execution_id: str
    timeout_seconds: int
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


class Ledger:
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
        """Take the next job, or return None where nothing waits."""
        execution_id = uuid4().hex
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
                utcformat(now()),
                ROTATE_EVERY if rotate else 0,
                *queues,
            ],
        )
        if not answer:
            return None
        queue, job_id = map(as_text, answer)
        fields = ("timeout", "retries_left", "deaths", "chunks_at_death")
        values = self._connection.hmget(keys.job(job_id), fields)
        return HeldJob(job_id, queue, execution_id, *map(_number, values))

    def read_call(self, job: HeldJob) -> tuple[str, dict[str, Any]]:
        """Return the function that the job names and its arguments.

        Raises:
            InvalidRequest: it is not JSON of the one shape that producers write.
        """
        return decode_call(self._connection.hget(keys.job(job.job_id), "data"))

    def wait_for_bell(self, timeout_seconds: float) -> None:
        """Block until somebody submits or requeues a job, or the time is up."""
        self._connection.blpop([keys.BELL], timeout=timeout_seconds)

    def checkpoint(self, job: HeldJob, progress: dict[str, Any], *, may_yield: bool) -> Verdict:
        """Publish progress and learn whether to go on."""
        is_held, cancel, must_yield = self._scripts["checkpoint"](
            keys=[
                keys.job(job.job_id),
                keys.HELD,
                keys.queue("interactive"),
                keys.WORKERS,
                keys.PENDING_YIELDS,
            ],
            args=[
                job.job_id,
                self._worker,
                json.dumps({"progress": progress}),
                int(may_yield and job.queue != "interactive"),
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

    def finish(self, job: HeldJob, result: dict[str, Any]) -> bool:
        """Record the result; False where the job was not ours any more."""
        return self._settle(
            job,
            "finished",
            self._settings.result_ttl_seconds,
            {"outcome": json.dumps(result), "error": "", "deaths": 0},
        )

    def fail(self, job: HeldJob, error_name: str, message: str) -> bool:
        """Record why there is no file."""
        error = json.dumps({"name": error_name, "message": message})
        return self._settle(job, "failed", self._settings.failure_ttl_seconds, {"error": error})

    def requeue(self, job: HeldJob, **fields: int | str) -> bool:
        """Put the job back at the front of its queue; `fields` are changed with it."""
        return self._settle(job, "queued", 0, fields)

    def cancel(self, job: HeldJob, request: str) -> bool:
        """Record that the job was cancelled; remove its partial audio unless told to keep it."""
        if not self._settle(job, "canceled", self._settings.failure_ttl_seconds, {}):
            return False
        if request.endswith("drop"):
            shutil.rmtree(journal_dir(self._settings.work_dir, job.job_id), ignore_errors=True)
        return True

    def _settle(
        self, job: HeldJob, status: str, lifetime_seconds: int, fields: dict[str, Any]
    ) -> bool:
        moment = now()
        answer = self._scripts["settle"](
            keys=[
                keys.job(job.job_id),
                keys.HELD,
                keys.WAITING_CHARACTERS,
                keys.BELL,
                keys.QUEUE_NAMES,
            ],
            args=[
                job.job_id,
                self._worker,
                status,
                lifetime_seconds,
                utcformat(moment),
                int(moment.timestamp()),
                BELL_LENGTH,
                *(part for field in fields.items() for part in field),
            ],
        )
        return bool(answer)


def decode_call(data: bytes) -> tuple[str, dict[str, Any]]:
    """Read RQ's packed call as JSON; nothing in it is executed or imported.

    Raises:
        InvalidRequest: it is something else, for example a pickle.
    """
    unpacker = zlib.decompressobj()
    try:
        document = unpacker.decompress(data, MAX_CALL_BYTES)
        if unpacker.unconsumed_tail:
            raise InvalidRequest(f"the job's payload unpacks to more than {MAX_CALL_BYTES} bytes")
        name, _, positional, named = json.loads(document)
    except (zlib.error, json.JSONDecodeError, UnicodeDecodeError, TypeError, RecursionError) as exc:
        raise InvalidRequest(
            f"the job's payload is not the JSON call that producers write: {exc}"
        ) from exc
    if not isinstance(name, str) or positional or not isinstance(named, dict):
        raise InvalidRequest("the job's payload is not a named function with named arguments")
    return name, named


def _number(value: bytes | str | None) -> int:
    """Read a field that RQ or we wrote as a number; anything else counts as absent."""
    text = as_text(value or "")
    return int(text) if text.isdecimal() else 0
