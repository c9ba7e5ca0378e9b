"""The state of queues, jobs, workers and Redis itself at this moment, as metrics."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import redis
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from jobs.queue import keys
from jobs.queue.connection import as_text
from jobs.queue.job_info import read_number
from jobs.queue.overview import (
    WORKER_STATES,
    WorkerInfo,
    read_jobs,
    read_owner_loads,
    read_workers,
)
from jobs.settings import QUEUES, QueueSettings
from jobs.telemetry.build_info import read_labels
from worker.metrics.counters import UNREADABLE
from worker.volume import MountWatch, inspect_volume

OTHERS = "(others)"
"""Label of all owners that have none of their own; no owner can be called so."""

Samples = Iterable[tuple[Sequence[str], float]]
"""Values of the labels, and the number."""


def make_gauge(name: str, text: str, value: float) -> Metric:
    """Return a gauge without labels."""
    return GaugeMetricFamily(f"ktts_{name}", text, value=value)


def read_gauges(connection: redis.Redis, owners: Collection[str] = ()) -> Iterator[Metric]:
    """Yield all gauges.

    Args:
        connection: To the queue's server.
        owners: Those with a label of their own; the others are counted together.

    Raises:
        redis.exceptions.RedisError: Redis does not answer.
        QueueUnavailable: the same, from a function of `jobs.queue`.
    """
    workers = read_workers(connection)
    waiting = connection.hgetall(keys.WAITING_CHARACTERS)
    characters = {
        keys.short_name(as_text(name)): read_number(value) for name, value in waiting.items()
    }
    yield from _queues(connection, characters)
    yield from _jobs(connection, {worker.name for worker in workers}, sum(characters.values()))
    yield make_gauge(
        "unreadable_jobs",
        "Records in a state that no program of ours writes, as the janitor counted them last.",
        read_number(connection.hget(keys.COUNTERS, UNREADABLE)),
    )
    yield make_gauge(
        "webhooks_waiting",
        "Jobs and books of which a receiver is still to be told.",
        connection.llen(keys.WEBHOOK_EVENTS) + connection.zcard(keys.WEBHOOKS_DUE),
    )
    yield make_gauge(
        "webhooks_dead", "Webhooks that were given up.", connection.llen(keys.DEAD_WEBHOOKS)
    )
    yield from _owners(connection, owners)
    yield from _workers(workers)
    yield from _redis(connection)


def read_build() -> Metric:
    """Return which version, commit and model this process has."""
    return InfoMetricFamily("ktts_build", "What answers here.", value=read_labels())


class Volumes:
    """The output and work directories of some settings, as this process sees them."""

    def __init__(self, settings: QueueSettings | None) -> None:
        """Look where they lie now; without settings there are none."""
        named = {"output": settings.output_dir, "work": settings.work_dir} if settings else {}
        self._watched = {name: (path, MountWatch([path])) for name, path in named.items()}

    def read(self) -> Iterator[Metric]:
        """Yield whether files can be written to them, and what room is left."""
        states = {
            name: (inspect_volume(path), watch.find_gone())
            for name, (path, watch) in self._watched.items()
        }
        yield _labelled(
            "volume_up",
            "Files can be written to the volume.",
            ["volume"],
            (([name], state.writable and not gone) for name, (state, gone) in states.items()),
        )
        yield _labelled(
            "volume_free_bytes",
            "Space that is left on it.",
            ["volume"],
            (([name], state.free_bytes) for name, (state, _) in states.items()),
        )


def _queues(connection: redis.Redis, characters: dict[str, int]) -> Iterator[Metric]:
    yield _per_queue("waiting_jobs", "Jobs that wait.", lambda name: _length(connection, name))
    yield _per_queue(
        "waiting_characters",
        "Characters of text that wait.",
        lambda name: characters.get(name, 0),
    )
    yield _per_queue(
        "oldest_waiting_seconds",
        "How long ago the job that is next in the queue was submitted; 0 where none waits.",
        lambda name: _oldest_seconds(connection, name),
    )
    yield _per_queue(
        "dead_jobs",
        "Jobs that failed for good and whose record is kept, for `ktts retry` or a person.",
        lambda name: float(connection.zcard(keys.failed(name))),
    )


def _length(connection: redis.Redis, queue: str) -> float:
    return float(connection.llen(keys.queue(queue)))


def _oldest_seconds(connection: redis.Redis, queue: str) -> float:
    first = map(as_text, connection.lrange(keys.queue(queue), 0, 0))
    for job in read_jobs(connection, first).values():
        if job.enqueued_at:
            age = datetime.now(UTC) - job.enqueued_at
            return max(0.0, age.total_seconds())  # the producer's clock may be ahead of ours
    return 0.0


def _jobs(connection: redis.Redis, living: set[str], waiting_characters: float) -> Iterator[Metric]:
    held = {as_text(job): as_text(name) for job, name in connection.hgetall(keys.HELD).items()}
    yield make_gauge("running_jobs", "Jobs that a worker holds.", len(held))
    yield make_gauge(
        "orphaned_jobs",
        "Of these, jobs of workers without a heartbeat; a janitor takes them back.",
        sum(name not in living for name in held.values()),
    )
    running = read_jobs(connection, held).values()
    left = sum(max(0, job.characters - job.progress.characters) for job in running)
    yield make_gauge(
        "backlog_characters",
        "Characters that are still to be spoken: those that wait, and the rest of running jobs.",
        waiting_characters + left,
    )


def _owners(connection: redis.Redis, known: Collection[str]) -> Iterator[Metric]:
    """Yield what owners have; anybody may name any number of them, so that few have labels."""
    sums = {name: Counter[str]() for name in known}
    for name, load in read_owner_loads(connection).items():
        sums.setdefault(name if name in known else OTHERS, Counter()).update(asdict(load))
    for field, text in (
        ("waiting_jobs", "Jobs that wait and have an owner."),
        ("waiting_characters", "Characters of their texts."),
        ("running_jobs", "Jobs with an owner that a worker holds."),
    ):
        samples = (([name], count[field]) for name, count in sums.items())
        yield _labelled(f"owner_{field}", text, ["owner"], samples)


def _workers(workers: Sequence[WorkerInfo]) -> Iterator[Metric]:
    states = Counter(worker.state for worker in workers)
    gpus = Counter(worker.card for worker in workers if worker.card)
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
        (([gpu], count) for gpu, count in gpus.items()),
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
    info = connection.info()
    try:
        fsync = as_text(connection.config_get("appendfsync").get("appendfsync") or "unknown")
    except redis.exceptions.ResponseError:
        fsync = "unknown"  # hosted servers often forbid CONFIG
    for name, text, value in (
        ("redis_up", "Redis answers.", 1),
        ("redis_memory_used_bytes", "Memory of Redis.", info["used_memory"]),
        (
            "redis_memory_limit_bytes",
            "Bound of that memory; 0 where there is none.",
            info["maxmemory"],
        ),
        ("redis_aof_enabled", "Redis writes an append-only file.", info["aof_enabled"]),
        (
            "redis_aof_write_ok",
            "The last write to that file went well.",
            info.get("aof_last_write_status") == "ok",
        ),
        (
            "redis_save_ok",
            "The last snapshot went well.",
            info.get("rdb_last_bgsave_status") == "ok",
        ),
        (
            "redis_unsaved_changes",
            "Changes since the last snapshot.",
            info["rdb_changes_since_last_save"],
        ),
    ):
        yield make_gauge(name, text, value)
    yield InfoMetricFamily(
        "ktts_redis_configuration",
        "How Redis keeps what it is told.",
        value={
            "version": str(info.get("valkey_version") or info["redis_version"]),
            "appendfsync": fsync,
            "maxmemory_policy": str(info["maxmemory_policy"]),
        },
    )


def _per_queue(name: str, text: str, read: Callable[[str], float]) -> Metric:
    return _labelled(name, text, ["queue"], (([queue], read(queue)) for queue in QUEUES))


def _labelled(name: str, text: str, labels: Sequence[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(f"ktts_{name}", text, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
