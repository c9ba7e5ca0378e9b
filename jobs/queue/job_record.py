"""A job's record in Redis: RQ's own hash with this project's fields beside RQ's."""

import json
import pickletools
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from ..errors import InvalidRequest
from ..settings import QueueSettings
from ..telemetry.trace import TRACEPARENT
from . import keys

TASK = "worker.tasks.synthesize_speech"
"""Name of the function that speaks; producers never import it."""

MAX_CALL_BYTES = 256 << 20
"""Largest call that is unpacked: a small compressed payload may unpack to any size."""

_NAME_BYTES = 4096
"""So much of a payload is looked through for the name of its function."""

_JSON_NAME = re.compile(rb'\s*\[\s*("(?:[^"\\]|\\.)*")')

MAX_RETRIES = 3
"""Further runs after an error that may pass, for example a full disk."""

PESSIMISTIC_CHARACTERS_PER_SECOND = 2.0
"""A job's time limit is its characters over this; the slowest known processor speaks about 10."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """The function that a worker calls, and what producers and workers know of the job before."""

    job_id: str
    task: str
    arguments: dict[str, Any]
    queue: str
    characters: int
    """Characters of the text that the job speaks or assembles."""
    voice: str
    """Empty if the job has more than one."""
    output_file: str
    source: str = ""
    """Name of the file that the text comes from, for people."""
    traceparent: str = ""
    """The producer's, of a job whose request holds none."""
    callbacks: str = ""
    """Who is told of the end: lines of `jobs.callback.write_callback`."""
    again: bool = False
    """Replace the record of a job that has finished."""
    owner: str = ""
    """Whose it is; empty where nobody is named."""

    def fields(self, connection: redis.Redis, settings: QueueSettings) -> dict[str, Any]:
        """Return the fields of the job's hash; `connection` is not used, but RQ wants one."""
        job = Job.create(
            self.task,
            kwargs=self.arguments,
            id=self.job_id,
            connection=connection,
            status=JobStatus.QUEUED,
            description=f"{self.task.rpartition('.')[2]}: {self.characters} characters",
            timeout=int(120 + self.characters / PESSIMISTIC_CHARACTERS_PER_SECOND),
            result_ttl=settings.result_ttl_seconds,
            failure_ttl=settings.failure_ttl_seconds,
            serializer=JSONSerializer,
        )
        job.origin = keys.rq_name(self.queue)
        job.enqueued_at = datetime.now(UTC)
        job.retries_left = MAX_RETRIES
        return job.to_dict() | {
            "characters": self.characters,
            "voice": self.voice,
            "output_file": self.output_file,
            "submits": 1,
            **({"source": self.source} if self.source else {}),
            **({TRACEPARENT: self.traceparent} if self.traceparent else {}),
            **({"owner": self.owner} if self.owner else {}),
            **({"callbacks": self.callbacks} if self.callbacks else {}),
        }


def read_function_name(data: bytes | str | None) -> str:
    """Return the name of the function in any RQ job's payload, or an empty text.

    A pickle is looked through and never loaded: its first text is the name.
    """
    if not isinstance(data, bytes):
        return ""
    try:
        start = zlib.decompressobj().decompress(data, _NAME_BYTES)
        if named := _JSON_NAME.match(start):
            return str(json.loads(named[1]))
        texts = (value for _, value, _ in pickletools.genops(start) if isinstance(value, str))
        return next(texts, "")
    except (zlib.error, ValueError, IndexError):
        return ""


def decode_call(data: bytes | str | None) -> tuple[str, dict[str, Any]]:
    """Return the name of the job's function and its arguments; nothing is executed or imported.

    Raises:
        InvalidRequest: the payload is something else, for example a pickle.
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
