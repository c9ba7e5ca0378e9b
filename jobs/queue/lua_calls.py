"""The calls of the Lua scripts: one function per script puts its keys and arguments in order.

Such a function sends nothing. It returns a `ScriptCall`: blocking code runs it, asyncio code and
pipelines pass it to EVAL, so that no keys of a script are listed twice.
"""

import hashlib
import json
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, cast

import redis
from rq.utils import now, utcformat

from ..lua import load_script
from ..settings import QUEUES, QueueSettings
from ..text.owners import is_owner
from . import keys

BELL_LENGTH = 64
"""Most tokens kept in the bell; more idle workers than this wake within a second anyway."""

MAX_CALLBACKS = 16
"""Most callers that are told of one job."""

DELIVERY_LIFETIME_SECONDS = 7 * 86_400
"""How long what is to be sent is kept where no janitor is there who moves it on."""

MAX_EVENT_BYTES = 8 << 20
"""More than 16 callbacks with the longest URLs and labels have."""

MAX_DEAD_DELIVERIES = 10_000
DEAD_LIFETIME_SECONDS = 30 * 86_400
"""How many deliveries that were given up are kept, and how long after the last of them."""

Counts = Mapping[str, float]
"""Field of the counters' hash to the amount that is added to it."""

_RECOUNT_LOOKS = 3
_READ_TOGETHER = 1000
"""Records that are read in one round trip."""

NO_COUNTS: Counts = {}
NO_FIELDS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """One call of a Lua script."""

    script: str
    """File name without ``.lua``."""
    keys: tuple[str | bytes, ...]
    arguments: tuple[Any, ...]

    def run(self, connection: redis.Redis) -> Any:
        """Run the script, by its hash where the server knows it, and return its answer."""
        return connection.register_script(load_script(self.script))(self.keys, self.arguments)

    def eval_arguments(self) -> tuple[Any, ...]:
        """Return the arguments of EVAL, for a pipeline or an asyncio connection."""
        return (load_script(self.script), len(self.keys), *self.keys, *self.arguments)


def run_all(connection: redis.Redis, calls: Sequence[ScriptCall]) -> list[Any]:
    """Run calls of one script in one round trip and return their answers, in order."""
    if len(calls) == 1:
        return [call.run(connection) for call in calls]
    source = load_script(calls[0].script)
    digest = hashlib.sha1(source.encode()).hexdigest()  # noqa: S324 - what EVALSHA asks for
    with connection.pipeline(transaction=False) as pipeline:
        pipeline.script_load(source)  # in the same round trip: the server may be another one now
        for call in calls:
            pipeline.evalsha(digest, len(call.keys), *call.keys, *call.arguments)
        answers: list[Any] = pipeline.execute()
        return answers[1:]


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job that was seen waiting."""

    job_id: str
    """Bytes that are no UTF-8 are surrogates: anybody may have written them."""
    rq_queue: str
    """RQ's name of its queue."""
    owner: str = ""
    """Among whose jobs it was seen; empty where it was seen in the queue's own list."""

    def take_keys(self) -> tuple[str | bytes, ...]:
        """Return the keys that `take` needs for it."""
        return (
            _raw(keys.job(self.job_id)),
            keys.waiting(self.rq_queue),
            keys.registry("wip", self.rq_queue),
            keys.turns(self.rq_queue),
            keys.owned(self.rq_queue, self.owner),
            keys.owned(self.rq_queue, ""),
        )


def submit(
    job_id: str,
    queue: str,
    fields: Mapping[str, Any],
    *,
    characters: int,
    again: bool,
    settings: QueueSettings,
    owner: str = "",
    callbacks: str = "",
    most_characters: int | None = None,
    replaces: bool = False,
) -> ScriptCall:
    """Enter a job into `queue` unless it exists or too much waits.

    `most_characters` replaces the bound of the settings where the characters were counted anew. The
    answer is "replaces" for a job that has ended; the call is then to be made with `replaces`.
    """
    return ScriptCall(
        "submit",
        (
            keys.job(job_id),
            keys.results(job_id),
            keys.queue(queue),
            keys.QUEUE_NAMES,
            keys.WAITING_CHARACTERS,
            keys.BELL,
            keys.OWNERS,
            keys.turns(keys.rq_name(queue)),
            keys.owned(keys.rq_name(queue), owner),
            keys.WEBHOOK_EVENTS,
            *map(keys.queue, QUEUES),
            *(_of_all_queues("finished", "failed", "canceled") if replaces else ()),
        ),
        (
            job_id,
            keys.rq_name(queue),
            characters,
            settings.max_queued_jobs,
            most_characters or settings.max_queued_characters,
            int(again),
            BELL_LENGTH,
            len(QUEUES),
            owner,
            settings.owner_max_queued_jobs,
            settings.owner_max_queued_characters,
            _read_clock()[0],
            MAX_CALLBACKS,
            callbacks,
            *_flatten(fields),
        ),
    )


def cancel(
    job_id: str,
    *,
    lifetime_seconds: int,
    owner: str = "",
    force: bool = False,
    keep_partial: bool = False,
    only_own: bool = False,
) -> ScriptCall:
    """Cancel a waiting job, or mark a running one; `only_own` takes back a single submit.

    Here and below, `owner` is the job's, by its record.
    """
    request = ("force-" if force else "") + ("keep" if keep_partial else "drop")
    return ScriptCall(
        "cancel",
        (
            keys.job(job_id),
            keys.WAITING_CHARACTERS,
            keys.OWNERS,
            keys.WEBHOOK_EVENTS,
            *_of_all_queues("queue", "canceled"),
            *_turn_keys(owner),
        ),
        (
            keys.PREFIX,
            job_id,
            request,
            lifetime_seconds,
            *_read_clock(),
            int(only_own),
            keys.OWN_PREFIX,
            owner,
        ),
    )


def forget(job_id: str) -> ScriptCall:
    """Remove the record of a job that failed or was cancelled."""
    return ScriptCall(
        "forget",
        (keys.job(job_id), keys.results(job_id), *_of_all_queues("failed", "canceled")),
        (job_id,),
    )


def take(
    worker: str, waiting: Iterable[WaitingJob], *, execution_id: str, most_running: int = 0
) -> ScriptCall:
    """Take the first of the `waiting` jobs for `worker` that still waits.

    One is left of which `most_running` others of its owner's run; 0 is no bound.
    """
    listed = list(waiting)
    return ScriptCall(
        "take",
        (
            keys.worker(worker),
            keys.HELD,
            keys.WAITING_CHARACTERS,
            keys.TAKES,
            keys.PENDING_YIELDS,
            keys.OWNERS,
            *(key for job in listed for key in job.take_keys()),
        ),
        (
            worker,
            execution_id,
            _read_clock()[0],
            keys.rq_name("interactive"),
            most_running,
            *(part for job in listed for part in (_raw(job.job_id), job.rq_queue, job.owner)),
        ),
    )


def refuse(job: WaitingJob, error_name: str, message: str, *, lifetime_seconds: int) -> ScriptCall:
    """End a waiting job that no producer of ours has made."""
    return ScriptCall(
        "refuse",
        (
            _raw(keys.job(job.job_id)),
            keys.waiting(job.rq_queue),
            keys.registry("failed", job.rq_queue),
            _raw(keys.results(job.job_id)),
        ),
        (
            _raw(job.job_id),
            job.rq_queue,
            *_read_clock(),
            lifetime_seconds,
            json.dumps({"name": error_name, "message": message}),
            b64encode(zlib.compress(message.encode())),
        ),
    )


def adopt(job_id: str, queue: str) -> ScriptCall:
    """Move a job from the name that `queue` had in Redis before to its present one."""
    return ScriptCall(
        "adopt",
        (
            _raw(keys.job(job_id)),
            keys.WAITING_CHARACTERS,
            keys.BELL,
            keys.QUEUE_NAMES,
            keys.waiting(queue),
            keys.queue(queue),
            *(
                keys.registry(kind, name)
                for kind in ("finished", "failed", "canceled")
                for name in (queue, keys.rq_name(queue))
            ),
        ),
        (_raw(job_id), queue, keys.rq_name(queue), BELL_LENGTH),
    )


def read_events(most: int) -> ScriptCall:
    """Read the first events for webhooks."""
    return ScriptCall(
        "read_events", (keys.WEBHOOK_EVENTS,), (most, MAX_EVENT_BYTES, 2 * MAX_EVENT_BYTES)
    )


def enter_delivery(
    source: str, entry: bytes, deliveries: Mapping[str, str], *, now: float
) -> ScriptCall:
    """Move an `entry` of the list `source` to the `deliveries` that it makes, by receiver."""
    return ScriptCall(
        "enter_delivery",
        (source, keys.WEBHOOKS_DUE, *map(keys.webhooks, deliveries)),
        (entry, now, DELIVERY_LIFETIME_SECONDS, *_flatten(deliveries)),
    )


def claim_delivery(receiver: str, *, now: float, lease_seconds: float) -> ScriptCall:
    """Lease the next delivery of a receiver, if it is due."""
    return ScriptCall(
        "claim_delivery",
        (keys.WEBHOOKS_DUE, keys.webhooks(receiver)),
        (receiver, now, now + lease_seconds),
    )


def settle_delivery(
    receiver: str, before: bytes, after: str, *, next_due: float, is_dead: bool = False
) -> ScriptCall:
    """End an attempt: the delivery is `after` now, and where that is empty it has arrived."""
    return ScriptCall(
        "settle_delivery",
        (keys.WEBHOOKS_DUE, keys.webhooks(receiver), keys.DEAD_WEBHOOKS),
        (
            receiver,
            before,
            after,
            int(is_dead),
            next_due,
            DELIVERY_LIFETIME_SECONDS,
            MAX_DEAD_DELIVERIES,
            DEAD_LIFETIME_SECONDS,
        ),
    )


def checkpoint(
    job_id: str,
    worker: str,
    *,
    meta: Mapping[str, Any],
    workers: Iterable[str],
    counts: Counts,
    most_running: int = 0,
) -> ScriptCall:
    """Publish a running job's `meta` and ask whether the job goes on.

    It may be asked to yield where `workers`, the keys of all workers, are given.
    """
    others = tuple(workers)
    return ScriptCall(
        "checkpoint",
        (
            keys.job(job_id),
            keys.HELD,
            keys.queue("interactive"),
            keys.PENDING_YIELDS,
            keys.COUNTERS,
            keys.OWNERS,
            keys.turns(keys.rq_name("interactive")),
            *others,
        ),
        (
            job_id,
            worker,
            json.dumps(meta),
            int(bool(others)),
            json.dumps(counts),
            keys.rq_name("interactive"),
            most_running,
        ),
    )


def settle(
    job_id: str,
    worker: str,
    status: str,
    *,
    lifetime_seconds: int,
    counts: Counts = NO_COUNTS,
    fields: Mapping[str, Any] = NO_FIELDS,
    execution_id: str = "",
    owner: str = "",
) -> ScriptCall:
    """End the hold of `worker` on a job.

    Without `execution_id` it is the janitor that asks, and the script does nothing while the worker
    lives.
    """
    return ScriptCall(
        "settle",
        (
            *_requeue_keys(job_id),
            keys.WEBHOOK_EVENTS,
            keys.worker(worker),
            *_of_all_queues("queue", "wip", "finished", "failed", "canceled"),
            *_turn_keys(owner),
        ),
        (
            keys.PREFIX,
            job_id,
            worker,
            execution_id,
            status,
            lifetime_seconds,
            *_read_clock(),
            BELL_LENGTH,
            json.dumps(counts),
            keys.OWN_PREFIX,
            owner,
            *_flatten(fields),
        ),
    )


def restore(job_id: str, *, counter: str, owner: str = "") -> ScriptCall:
    """Put a lost job back at the front of its queue and count it in the field `counter`."""
    return ScriptCall(
        "restore",
        (*_requeue_keys(job_id), *_of_all_queues("queue", "wip"), *_turn_keys(owner)),
        (keys.PREFIX, job_id, BELL_LENGTH, counter, keys.OWN_PREFIX, owner),
    )


def recount(connection: redis.Redis, *, is_written: bool, counts_running: bool = True) -> list[int]:
    """Count the waiting characters by the jobs' records; return the counts and maybe write them.

    Written with them is what owners have and whose turn it is, unless jobs come again and again
    while their records are looked at. A producer may not count what runs (`counts_running`).
    """
    for _ in range(_RECOUNT_LOOKS):
        *counts, is_complete = _recount(
            connection, is_written=is_written, counts_running=counts_running
        )
        if is_complete or not is_written:
            break
    return counts


def _recount(connection: redis.Redis, *, is_written: bool, counts_running: bool) -> list[int]:
    lists, names = tuple(map(keys.queue, QUEUES)), tuple(map(keys.rq_name, QUEUES))
    waiting = [cast("list[bytes]", connection.lrange(key, 0, -1)) for key in lists]
    held = cast("list[bytes]", connection.hkeys(keys.HELD)) if counts_running else []
    seen = [*held, *(job_id for ids in waiting for job_id in ids)]
    known = [""]
    # One by one: a producer has rights to each by itself.
    if any(connection.exists(key) for key in (keys.OWNERS, *map(keys.turns, names))):
        known = sorted({"", *read_owners(connection, seen)})
    job = keys.job("").encode()
    call = ScriptCall(
        "recount",
        (
            keys.WAITING_CHARACTERS,
            keys.OWNERS,
            *lists,
            *map(keys.turns, names),
            *(keys.owned(name, owner) for name in names for owner in known),
            *(job + job_id for job_id in seen),
            *([keys.HELD] if counts_running else []),
        ),
        (int(is_written), len(lists), len(known), len(seen), job, *names, *known),
    )
    counts: list[int] = call.run(connection)
    return counts


def read_owners(connection: redis.Redis, job_ids: Iterable[str | bytes]) -> list[str]:
    """Return the owner of each job by its record; empty where it has none that can be one.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    found: list[str] = []
    wanted = list(job_ids)
    for start in range(0, len(wanted), _READ_TOGETHER):
        some = wanted[start : start + _READ_TOGETHER]
        with connection.pipeline(transaction=False) as pipeline:
            for job_id in some:
                raw = job_id if isinstance(job_id, bytes) else _raw(job_id)
                pipeline.hget(cast("str", keys.job("").encode() + raw), "owner")
            # A key may be no record.
            found += map(parse_owner, pipeline.execute(raise_on_error=False))
    return found


def parse_owner(value: object) -> str:
    """Return the owner that a record names; empty where it names none that can be one."""
    name = value.decode(errors="replace") if isinstance(value, bytes) else value
    return name if isinstance(name, str) and is_owner(name) else ""


def heartbeat(
    worker: str,
    queues: Sequence[str],
    fields: Mapping[str, Any],
    *,
    lease_seconds: int,
    counts: Counts,
) -> ScriptCall:
    """Write a worker's record, which lives for `lease_seconds`, and add its `counts`."""
    return ScriptCall(
        "heartbeat",
        (keys.worker(worker), keys.COUNTERS, keys.WORKERS, *map(keys.workers_of, queues)),
        (lease_seconds, json.dumps(counts), *_flatten(fields)),
    )


def claim_card(
    worker: str, cards: Sequence[str], *, workers: Iterable[str], lease_seconds: int
) -> ScriptCall:
    """Give `worker` the GPU that the fewest others use, of `cards`, the best first.

    `workers` are the keys of all workers.
    """
    return ScriptCall(
        "claim_card", (keys.worker(worker), keys.WORKERS, *workers), (lease_seconds, *cards)
    )


@cache
def _of_all_queues(*kinds: str) -> tuple[str, ...]:
    """Return the keys of these kinds of each queue that may hold jobs of ours."""
    return tuple(keys.registry(kind, name) for name in keys.RQ_NAMES for kind in kinds)


def _requeue_keys(job_id: str) -> tuple[str, ...]:
    """Return the keys of a script that may put a job back into its queue."""
    return (
        keys.job(job_id),
        keys.HELD,
        keys.WAITING_CHARACTERS,
        keys.BELL,
        keys.QUEUE_NAMES,
        keys.COUNTERS,
        keys.OWNERS,
    )


@lru_cache(maxsize=1024)
def _turn_keys(owner: str) -> tuple[str, ...]:
    """Return the keys of each queue that say whose turn it is, where a job is of `owner`."""
    names = tuple(map(keys.rq_name, QUEUES))
    return tuple(
        key
        for name in names
        for key in (keys.turns(name), keys.owned(name, owner), keys.owned(name, ""))
    )


def _read_clock() -> tuple[str, int]:
    """Return the time as the scripts want it: RQ's format, and whole seconds."""
    moment = now()
    return utcformat(moment), int(moment.timestamp())


def _raw(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _flatten(fields: Mapping[str, Any]) -> list[Any]:
    return [part for field in fields.items() for part in field]
