"""The workers that are alive, as their heartbeats describe them."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from . import keys
from .connection import as_text, queue_errors

WORKER_STATES = ("starting", "idle", "busy")
"""What a worker may be doing."""

_FIELDS = ("state", "hostname", "queues", "device", "card", "host_bytes", "accelerator_bytes")


@dataclass(frozen=True, slots=True)
class WorkerFacts:
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


def read_workers(connection: redis.Redis) -> tuple[WorkerFacts, ...]:
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


def _parse_worker(name: str, record: dict[str, str]) -> WorkerFacts:
    return WorkerFacts(
        name=name,
        state=record["state"],
        hostname=record["hostname"],
        queues=tuple(filter(None, record["queues"].split(","))),
        device=record["device"],
        card=record["card"],
        host_bytes=int(record["host_bytes"] or 0),
        accelerator_bytes=int(record["accelerator_bytes"] or 0),
    )
