"""Jobs under the names that the queues had in Redis before: `default` itself, which is everybody's.

Producers and workers of an earlier version use them until they are replaced. What waits there and
is ours is moved to the present names; other programs' jobs are left where they are.
"""

from collections.abc import Iterable
from typing import Any

import redis

from ..settings import QUEUES
from . import keys, lua_calls

_BATCH = 1000
"""Jobs per round trip."""


def adopt_waiting(connection: redis.Redis, queues: Iterable[str] = QUEUES) -> int:
    """Move the jobs of ours that wait; return how many.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    return sum(
        _adopt(connection, queue, connection.lrange(keys.waiting(queue), 0, -1)) for queue in queues
    )


def adopt_ended(connection: redis.Redis) -> int:
    """Move the jobs of ours that have ended; return how many.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    return sum(
        _adopt(connection, queue, connection.zrange(keys.registry(kind, queue), 0, -1))
        for queue in QUEUES
        for kind in ("finished", "failed", "canceled")
    )


def _adopt(connection: redis.Redis, queue: str, job_ids: Any) -> int:
    moved = 0
    for start in range(0, len(job_ids), _BATCH):
        some = job_ids[start : start + _BATCH]
        with connection.pipeline(transaction=False) as pipeline:
            for job_id in some:
                pipeline.hget(keys.job("").encode() + job_id, "characters")
            answers = pipeline.execute(raise_on_error=False)  # a record that is no hash is not ours
            ours = [
                job_id
                for job_id, characters in zip(some, answers, strict=True)
                if isinstance(characters, bytes)
            ]
            for job_id in ours:
                call = lua_calls.adopt(job_id.decode(errors="surrogateescape"), queue)
                pipeline.eval(*call.eval_arguments())
            moved += sum(pipeline.execute()) if ours else 0
    return moved
