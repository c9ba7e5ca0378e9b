"""A job as it goes into Redis: RQ's own hash, and our fields beside it."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from ..assembly import ASSEMBLY_TASK, AssemblyRequest
from ..errors import InvalidRequest
from ..request import SpeechRequest
from ..settings import QueueSettings
from .outbox import OutboxEntry

MAX_CALL_BYTES = 256 << 20
"""Largest job that is unpacked; a small payload may claim to be any size."""


def decode_call(data: bytes | str | None) -> tuple[str, dict[str, Any]]:
    """Return the function's name and its arguments; nothing in it is executed or imported.

    Raises:
        InvalidRequest: it is something else, for example a pickle.
    """
    if not isinstance(data, bytes):
        raise InvalidRequest("the job has no payload; submit it anew")
    unpacker = zlib.decompressobj()
    try:
        document = unpacker.decompress(data, MAX_CALL_BYTES)
        if unpacker.unconsumed_tail:
            raise InvalidRequest(f"the job's payload unpacks to more than {MAX_CALL_BYTES} bytes")
        name, _, positional, named = json.loads(document)
    except (zlib.error, ValueError, TypeError, RecursionError) as exc:
        raise InvalidRequest(
            f"the job's payload is not the JSON call that producers write: {exc}"
        ) from exc
    if not isinstance(name, str) or positional or not isinstance(named, dict):
        raise InvalidRequest("the job's payload is not a named function with named arguments")
    return name, named


TASK = "worker.tasks.synthesize_speech"
"""The function that speaks, by name; producers never import it."""

MAX_RETRIES = 3
"""Runs after the first that an error which can pass (a full disk) is worth."""

PESSIMISTIC_CHARACTERS_PER_SECOND = 2.0
"""A job may take its characters over this; the slowest known processor makes about 10."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """What a worker is to call, and what is known of it before."""

    job_id: str
    task: str
    arguments: dict[str, Any]
    queue: str
    characters: int
    """Of the text that it speaks or assembles."""
    voice: str
    """Empty where there is more than one."""
    output_file: str
    again: bool = False
    """Replace the record of a job that has finished."""


def speech_record(request: SpeechRequest, entry: OutboxEntry) -> JobRecord:
    """Order `request` as `entry` promises it."""
    return JobRecord(
        job_id=entry.job_id,
        task=TASK,
        arguments={"request": entry.request, "run": entry.run, "overwrite": entry.overwrite},
        queue=entry.queue,
        characters=len(request.text),
        voice=request.voice,
        output_file=request.output_file,
        again=bool(entry.run),
    )


def assembly_record(
    request: AssemblyRequest, *, characters: int, queue: str, again: bool = False
) -> JobRecord:
    """Order one file of a book; its time limit grows with its parts' `characters`."""
    return JobRecord(
        job_id=request.job_id,
        task=ASSEMBLY_TASK,
        arguments={"request": request.model_dump(mode="json")},
        queue=queue,
        characters=characters,
        voice="",
        output_file=request.output_file,
        again=again,
    )


def write_record(
    order: JobRecord, connection: redis.Redis, settings: QueueSettings
) -> dict[str, Any]:
    """Return the fields of the job's hash; nothing is sent."""
    job = Job.create(
        order.task,
        kwargs=order.arguments,
        id=order.job_id,
        connection=connection,
        status=JobStatus.QUEUED,
        description=f"{order.task.rpartition('.')[2]}: {order.characters} characters",
        timeout=int(120 + order.characters / PESSIMISTIC_CHARACTERS_PER_SECOND),
        result_ttl=settings.result_ttl_seconds,
        failure_ttl=settings.failure_ttl_seconds,
        serializer=JSONSerializer,
    )
    job.origin = order.queue
    job.enqueued_at = datetime.now(UTC)
    job.retries_left = MAX_RETRIES
    ours = {
        "characters": order.characters,
        "voice": order.voice,
        "output_file": order.output_file,
        "submits": 1,
    }
    return job.to_dict() | ours
