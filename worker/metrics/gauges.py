"""The state of queues, jobs, workers and Redis itself at this moment, as metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import redis
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.overview import WORKER_STATES, WorkerInfo, read_jobs, read_workers
from jobs.settings import QUEUES

Samples = Iterable[tuple[Sequence[str], float]]
"""Values of the labels, and the number."""


def make_gauge(name: str, text: str, value: float) -> Metric:
    """Return a gauge without labels."""
    return GaugeMetricFamily(f"ktts_{name}", text, value=value)


def read_gauges(connection: redis.Redis) -> Iterator[Metric]:
    """Yield all gauges.

    Raises:
        redis.exceptions.RedisError: Redis does not answer.
        QueueUnavailable: the same, from a function of `jobs.queue`.
    """
    workers = read_workers(connection)
    waiting_characters = _read_characters(connection)
    yield from _queues(connection, waiting_characters)
    yield from _jobs(connection, {worker.name for worker in workers})
    yield _backlog(connection, sum(waiting_characters.values()))
    yield from _workers(workers)
    yield from _redis(connection)


def _read_characters(connection: redis.Redis) -> dict[str, float]:
    waiting = connection.hgetall(keys.WAITING_CHARACTERS)
    return {as_text(name): float(value) for name, value in waiting.items()}


def _queues(connection: redis.Redis, characters: dict[str, float]) -> Iterator[Metric]:
    yield _labelled(
        "waiting_jobs",
        "Jobs that wait.",
        ["queue"],
        (([name], connection.llen(keys.queue(name))) for name in QUEUES),
    )
    yield _labelled(
        "waiting_characters",
        "Characters of text that wait.",
        ["queue"],
        (([name], characters.get(name, 0)) for name in QUEUES),
    )
    yield _labelled(
        "oldest_waiting_seconds",
        "How long ago the job that is next in the queue was submitted; 0 where none waits.",
        ["queue"],
        (([name], _oldest_seconds(connection, name)) for name in QUEUES),
    )


def _oldest_seconds(connection: redis.Redis, queue: str) -> float:
    job_id = connection.lindex(keys.queue(queue), 0)
    if job_id is None:
        return 0.0
    submitted = connection.hget(keys.job(as_text(job_id)), "enqueued_at")
    if submitted is None:
        return 0.0
    age = datetime.now(UTC) - datetime.fromisoformat(as_text(submitted))
    return max(0.0, age.total_seconds())  # the producer's clock may be ahead of ours


def _jobs(connection: redis.Redis, living: set[str]) -> Iterator[Metric]:
    holders = [as_text(name) for name in connection.hvals(keys.HELD)]
    orphans = sum(name not in living for name in holders)
    yield make_gauge("running_jobs", "Jobs that a worker holds.", len(holders))
    yield make_gauge(
        "orphaned_jobs",
        "Of these, jobs of workers without a heartbeat; a janitor takes them back.",
        orphans,
    )
    yield _labelled(
        "dead_jobs",
        "Jobs that failed for good and whose record is kept, for `ktts retry` or a person.",
        ["queue"],
        (([name], connection.zcard(keys.failed(name))) for name in QUEUES),
    )


def _backlog(connection: redis.Redis, waiting_characters: float) -> Metric:
    job_ids = map(as_text, connection.hkeys(keys.HELD))
    running = read_jobs(connection, job_ids).values()
    left = sum(max(0, job.characters - job.progress.characters) for job in running)
    return make_gauge(
        "backlog_characters",
        "Characters that are still to be spoken: those that wait, and the rest of running jobs.",
        waiting_characters + left,
    )


def _workers(workers: Sequence[WorkerInfo]) -> Iterator[Metric]:
    states = Counter(worker.state for worker in workers)
    yield _labelled(
        "workers",
        "Workers that are alive, by what they do.",
        ["state"],
        (([state], states[state]) for state in WORKER_STATES),
    )
    yield _labelled(
        "card_workers",
        "Workers that have claimed a card.",
        ["card"],
        (([card], count) for card, count in Counter(w.card for w in workers).items() if card),
    )
    yield _labelled(
        "worker_memory_bytes",
        "Memory of a worker's model process: on the host, and on its accelerator.",
        ["worker", "hostname", "device", "kind"],
        (
            ([worker.name, worker.hostname, worker.device, kind], size)
            for worker in workers
            for kind, size in (
                ("host", worker.host_bytes),
                ("accelerator", worker.accelerator_bytes),
            )
        ),
    )


def _redis(connection: redis.Redis) -> Iterator[Metric]:
    facts = connection.info()
    try:
        fsync = as_text(connection.config_get("appendfsync").get("appendfsync") or "unknown")
    except redis.exceptions.ResponseError:
        fsync = "unknown"  # hosted servers often forbid CONFIG
    yield make_gauge("redis_up", "Redis answers.", 1)
    yield make_gauge("redis_memory_used_bytes", "Memory of Redis.", facts["used_memory"])
    yield make_gauge(
        "redis_memory_limit_bytes",
        "Bound of that memory; 0 where there is none.",
        facts["maxmemory"],
    )
    yield make_gauge("redis_aof_enabled", "Redis writes an append-only file.", facts["aof_enabled"])
    for name, key, text in (
        ("redis_aof_write_ok", "aof_last_write_status", "The last write to that file went well."),
        ("redis_save_ok", "rdb_last_bgsave_status", "The last snapshot went well."),
    ):
        yield make_gauge(name, text, facts.get(key) == "ok")
    yield make_gauge(
        "redis_unsaved_changes",
        "Changes since the last snapshot.",
        facts["rdb_changes_since_last_save"],
    )
    yield InfoMetricFamily(
        "ktts_redis_configuration",
        "How Redis keeps what it is told.",
        value={
            "version": str(facts.get("valkey_version") or facts["redis_version"]),
            "appendfsync": fsync,
            "maxmemory_policy": str(facts["maxmemory_policy"]),
        },
    )


def _labelled(name: str, text: str, labels: Sequence[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(f"ktts_{name}", text, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
