"""The whole queue at one moment: what waits, what runs, who works."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import redis

from ..errors import UnknownJob
from ..settings import QUEUES
from . import keys
from .connection import as_text, queue_errors
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info

WORKER_STATES = ("starting", "idle", "busy")
"""What a worker may be doing."""

_FIELDS = ("state", "hostname", "queues", "device", "card", "host_bytes", "accelerator_bytes")


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """One worker at its last heartbeat."""

    name: str
    state: str
    """One of `WORKER_STATES`; starting until its model is loaded."""
    hostname: str
    queues: tuple[str, ...]
    """The queues that it serves, most urgent first."""
    device: str
    """Where its model runs, for example cuda:1; empty until it is loaded."""
    card: str
    """Identity of the card that it has claimed; empty on a processor."""
    host_bytes: int
    """Memory of its model process."""
    accelerator_bytes: int
    """Memory that its model holds on the device, at the end of its last job."""


def read_workers(connection: redis.Redis) -> tuple[WorkerInfo, ...]:
    """Return the workers whose heartbeat is fresh, by name.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors():
        registered = sorted(as_text(key) for key in connection.smembers(keys.WORKERS))
        with connection.pipeline(transaction=False) as pipeline:
            for key in registered:
                pipeline.hmget(key, _FIELDS)
            answers = pipeline.execute()
    found = []
    for key, values in zip(registered, answers, strict=True):
        record = {field: as_text(value or "") for field, value in zip(_FIELDS, values, strict=True)}
        if record["state"]:  # the set may name one that was killed; its record is gone by then
            found.append(_parse_worker(key.removeprefix(keys.worker("")), record))
    return tuple(found)


def _parse_worker(name: str, record: dict[str, str]) -> WorkerInfo:
    return WorkerInfo(
        name=name,
        state=record["state"],
        hostname=record["hostname"],
        queues=tuple(filter(None, record["queues"].split(","))),
        device=record["device"],
        card=record["card"],
        host_bytes=int(record["host_bytes"] or 0),
        accelerator_bytes=int(record["accelerator_bytes"] or 0),
    )


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of jobs by state, and the workers whose heartbeat is fresh."""

    waiting: dict[str, int]
    """Queue name to the jobs that wait in it."""
    waiting_characters: int
    """Characters of text that wait, all queues together."""
    running: int
    finished: int
    failed: int
    cancelled: int
    workers: tuple[str, ...]
    """Names of the workers that are alive."""


def read_overview(connection: redis.Redis) -> Overview:
    """Count jobs and find the workers that are alive.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors():
        characters = connection.hvals(keys.WAITING_CHARACTERS)
        return Overview(
            waiting={name: connection.llen(keys.queue(name)) for name in QUEUES},
            waiting_characters=sum(int(as_text(value)) for value in characters),
            running=connection.hlen(keys.HELD),
            finished=sum(connection.zcard(keys.finished(name)) for name in QUEUES),
            failed=sum(connection.zcard(keys.failed(name)) for name in QUEUES),
            cancelled=sum(connection.zcard(keys.cancelled(name)) for name in QUEUES),
            workers=find_workers(connection),
        )


def find_workers(connection: redis.Redis) -> tuple[str, ...]:
    """Return the names of the workers that are alive, sorted.

    RQ's set of workers may still name one that was killed; its hash is gone by then.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors():
        registered = sorted(as_text(key) for key in connection.smembers(keys.WORKERS))
        return tuple(
            key.removeprefix(keys.worker("")) for key in registered if connection.exists(key)
        )


def find_places(connection: redis.Redis) -> dict[str, str]:
    """Return where each worker that is alive runs, by its name: host and process id.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    names = find_workers(connection)
    with queue_errors(), connection.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hmget(keys.worker(name), "hostname", "pid")
        answers = pipeline.execute()
    return {
        name: " ".join(as_text(value) for value in values if value) or name
        for name, values in zip(names, answers, strict=True)
    }


def read_jobs(connection: redis.Redis, job_ids: Iterable[str]) -> dict[str, JobInfo]:
    """Read many jobs in one round trip; one without a record is left out.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    wanted = list(job_ids)
    with queue_errors(), connection.pipeline(transaction=False) as pipeline:
        for job_id in wanted:
            pipeline.hmget(keys.job(job_id), JOB_INFO_FIELDS)
        answers = pipeline.execute()
    found = {}
    for job_id, values in zip(wanted, answers, strict=True):
        with suppress(UnknownJob):
            found[job_id] = parse_job_info(job_id, values)
    return found
