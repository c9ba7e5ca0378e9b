"""Looks once, before the first job is taken, at what else lives on the queue's server."""

from collections.abc import Collection, Iterator

import redis

from jobs.errors import StartupError
from jobs.queue import keys
from jobs.queue.causes import explain, refuses_slots
from jobs.queue.connection import as_text
from jobs.queue.overview import OWN_FIELD, read_worker_keys

MOST_SCANS = 100
"""Round trips of 1000 keys each in which queues under another prefix are looked for."""


def refuse_slots(connection: redis.Redis) -> None:
    """Check that the server takes keys of ours together; one that is away is taken to.

    Raises:
        StartupError: the server is in cluster mode and our keys are in several slots.
    """
    try:
        connection.exists(keys.BELL, keys.HELD, keys.WORKERS)
    except redis.exceptions.RedisError as exc:
        if refuses_slots(exc):
            raise StartupError(explain(exc)) from exc


def find_dangers(connection: redis.Redis, queues: Collection[str]) -> Iterator[str]:
    """Yield one line for each thing on the server that may lose or take the jobs of `queues`.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    yield from _find_foreign_workers(connection, {keys.rq_name(name) for name in queues})
    yield from _find_other_prefixes(connection)
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


def _find_other_prefixes(connection: redis.Redis) -> Iterator[str]:
    """Look through a part of the server's keys: there may be very many of other programs."""
    cursor, found = 0, set()
    for _ in range(MOST_SCANS):
        try:
            cursor, some = connection.scan(cursor, match="*:queue:ktts:*", count=1000, _type="LIST")
        except redis.exceptions.ResponseError:
            break  # a user who may not look
        found |= {as_text(key).rpartition(":queue:ktts:")[0] for key in some}
        if cursor == 0:
            break
    for prefix in sorted(found - {keys.PREFIX}):
        yield (
            f"jobs of ours wait under the prefix {prefix}, which this worker does not serve; set "
            "RQ_KEY_PREFIX alike for producers and workers"
        )


def _read_policy(connection: redis.Redis) -> str:
    try:
        return str(connection.info("memory").get("maxmemory_policy", ""))
    except redis.exceptions.ResponseError:
        return ""  # a user who may not ask
