"""Looks once, before the first job is taken, at what else lives on the queue's server."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import redis

from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.overview import OWN_FIELD, read_worker_keys


def find_dangers(connection: redis.Redis, queues: Collection[str]) -> Iterator[str]:
    """Yield one line for each thing on the server that may lose or take the jobs of `queues`.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    yield from _find_foreign_workers(connection, {keys.rq_name(name) for name in queues})
    policy = _read_policy(connection)
    if policy not in {"", "noeviction"}:
        yield (
            f"Redis throws jobs away when its memory is short (maxmemory-policy {policy}); set "
            "maxmemory-policy noeviction"
        )


def _find_foreign_workers(connection: redis.Redis, rq_names: set[str]) -> Iterator[str]:
    for key in read_worker_keys(connection):
        served, own = connection.hmget(key, "queues", OWN_FIELD)
        shared = rq_names.intersection(as_text(served or "").split(","))
        if shared and own is None:
            yield (
                f"another program's worker serves the same queue: {key} takes jobs from "
                f"{', '.join(sorted(shared))} and fails those that it does not know; stop it or "
                "give it other queues"
            )


def _read_policy(connection: redis.Redis) -> str:
    try:
        return str(connection.info("memory").get("maxmemory_policy", ""))
    except redis.exceptions.ResponseError:
        return ""  # a user who may not ask
