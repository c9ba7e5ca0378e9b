"""The whole queue at one moment: jobs that wait and run, and the workers that are alive."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import redis

from ..errors import QueueUnavailable, UnknownJob
from ..settings import QUEUES
from ..text.owners import is_owner
from . import keys
from .connection import as_text, queue_errors
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info, read_number

WORKER_STATES = ("starting", "idle", "busy")
"""The states of a worker; it is starting until its model is loaded."""

OWN_FIELD = "device"
"""Field that the records of our workers have, of former versions too, and no other program's."""

_LOADS = {
    "jobs": "waiting_jobs",
    "characters": "waiting_characters",
    "running": "running_jobs",
}

_FIELDS = ("hostname", "queues", "device", "card", "host_bytes", "accelerator_bytes")


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker said of itself with its last heartbeat."""

    name: str
    state: str
    """One of `WORKER_STATES`."""
    hostname: str
    queues: tuple[str, ...]
    """The queues that the worker serves, most urgent first."""
    device: str
    """Device of its model, for example cuda:1; empty until the model is loaded."""
    card: str
    """Identity of the GPU that the worker has leased; empty on a CPU."""
    host_bytes: int
    """Memory of its model process."""
    accelerator_bytes: int
    """Memory of its model on the device, at the end of its last job."""


@dataclass(frozen=True, slots=True)
class OwnerLoad:
    """What an owner has in the queues and at the workers."""

    waiting_jobs: int = 0
    waiting_characters: int = 0
    running_jobs: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of jobs by state, and the workers that are alive."""

    waiting: dict[str, int]
    """Queue name to the number of jobs that wait in it."""
    waiting_characters: int
    """Characters of the texts that wait, in all queues together."""
    running: int
    finished: int
    failed: int
    cancelled: int
    workers: tuple[str, ...]
    """Names of the workers whose heartbeat is fresh."""
    owners: dict[str, OwnerLoad] = field(default_factory=dict)
    """Owner to what of theirs waits and runs; those with nothing are not named."""


def read_worker_keys(connection: redis.Redis) -> list[str]:
    """Return the keys of all workers in RQ's set, other programs' and dead ones too, sorted."""
    return sorted(as_text(key) for key in connection.smembers(keys.WORKERS))


def read_worker_fields(connection: redis.Redis, *fields: str) -> dict[str, dict[str, str]]:
    """Return state and `fields` of each worker whose heartbeat is fresh, by its name.

    RQ's set of workers may still name a worker that was killed; its record has expired by then. It
    also names other programs' workers, whose records lack the field that ours have.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    names = ("state", OWN_FIELD, *fields)
    with queue_errors():
        registered = read_worker_keys(connection)
        with connection.pipeline(transaction=False) as pipeline:
            for key in registered:
                pipeline.hmget(key, names)
            answers = pipeline.execute()
    return {
        key.removeprefix(keys.worker("")): {
            name: as_text(value or "") for name, value in zip(names, values, strict=True)
        }
        for key, values in zip(registered, answers, strict=True)
        if values[0] and values[1] is not None
    }


def read_workers(connection: redis.Redis) -> tuple[WorkerInfo, ...]:
    """Return the workers whose heartbeat is fresh, by name; errors as `read_worker_fields`."""
    return tuple(
        WorkerInfo(
            name=name,
            state=record["state"],
            hostname=record["hostname"],
            queues=tuple(map(keys.short_name, filter(None, record["queues"].split(",")))),
            device=record["device"],
            card=record["card"],
            host_bytes=read_number(record["host_bytes"]),
            accelerator_bytes=read_number(record["accelerator_bytes"]),
        )
        for name, record in read_worker_fields(connection, *_FIELDS).items()
    )


def find_workers(connection: redis.Redis) -> tuple[str, ...]:
    """Return the names of the workers whose heartbeat is fresh, sorted."""
    return tuple(read_worker_fields(connection))


def is_preparing(connection: redis.Redis) -> bool:
    """Say whether all workers that are alive wait for what is done once on a machine.

    Where Redis does not answer, nobody is known to.
    """
    records: dict[str, dict[str, str]] = {}
    with suppress(QueueUnavailable):
        records = read_worker_fields(connection, "preparing")
    return bool(records) and all(record["preparing"] for record in records.values())


def find_places(connection: redis.Redis) -> dict[str, str]:
    """Return host and process id of each worker whose heartbeat is fresh, by its name."""
    return {
        name: f"{record['hostname']} {record['pid']}".strip() or name
        for name, record in read_worker_fields(connection, "hostname", "pid").items()
    }


def read_overview(connection: redis.Redis) -> Overview:
    """Count the jobs and find the workers that are alive.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors():
        characters = connection.hvals(keys.WAITING_CHARACTERS)
        return Overview(
            waiting={name: connection.llen(keys.queue(name)) for name in QUEUES},
            waiting_characters=sum(read_number(value) for value in characters),
            running=connection.hlen(keys.HELD),
            finished=sum(connection.zcard(keys.finished(name)) for name in QUEUES),
            failed=sum(connection.zcard(keys.failed(name)) for name in QUEUES),
            cancelled=sum(connection.zcard(keys.cancelled(name)) for name in QUEUES),
            workers=find_workers(connection),
            owners=read_owner_loads(connection),
        )


def read_owner_loads(connection: redis.Redis) -> dict[str, OwnerLoad]:
    """Return what each owner has, by name.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors():
        try:
            counted = connection.hgetall(keys.OWNERS)
        except redis.exceptions.ResponseError as exc:
            if "WRONGTYPE" not in str(exc):
                raise
            counted = {}
    loads: dict[str, dict[str, int]] = {}
    for key, value in counted.items():
        what, _, owner = as_text(key).partition("|")
        if what in _LOADS and is_owner(owner):
            loads.setdefault(owner, {})[_LOADS[what]] = read_number(value)
    return {owner: OwnerLoad(**loads[owner]) for owner in sorted(loads)}


def read_jobs(connection: redis.Redis, job_ids: Iterable[str]) -> dict[str, JobInfo]:
    """Read many jobs in one round trip; jobs without a record, or a key that is none, are left out.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    wanted = list(job_ids)
    found = {}
    with queue_errors(), connection.pipeline(transaction=False) as pipeline:
        for job_id in wanted:
            pipeline.hmget(keys.job(job_id), JOB_INFO_FIELDS)
        for job_id, values in zip(wanted, pipeline.execute(raise_on_error=False), strict=True):
            if isinstance(values, Exception):
                if "WRONGTYPE" in str(values):
                    continue
                raise values
            with suppress(UnknownJob):
                found[job_id] = parse_job_info(job_id, values)
    return found
