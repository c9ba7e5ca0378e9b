"""The calls of the Lua scripts: one function per script puts its keys and arguments in order.

Such a function sends nothing. It returns a `ScriptCall`: blocking code runs it, asyncio code and
pipelines pass it to EVAL, so that no keys of a script are listed twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import redis
from rq.utils import now, utcformat

from ..lua import load_script
from ..settings import QUEUES, QueueSettings
from . import keys

BELL_LENGTH = 64
"""Most tokens kept in the bell; more idle workers than this wake within a second anyway."""

Counts = Mapping[str, float]
"""Field of the counters' hash to the amount that is added to it."""

NO_COUNTS: Counts = {}
NO_FIELDS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """One call of a Lua script."""

    script: str
    """File name without ``.lua``."""
    keys: tuple[str, ...]
    arguments: tuple[Any, ...]

    def run(self, connection: redis.Redis) -> Any:
        """Run the script, by its hash where the server knows it, and return its answer."""
        return connection.register_script(load_script(self.script))(self.keys, self.arguments)

    def eval_arguments(self) -> tuple[Any, ...]:
        """Return the arguments of EVAL, for a pipeline or an asyncio connection."""
        return (load_script(self.script), len(self.keys), *self.keys, *self.arguments)


def submit(
    job_id: str,
    queue: str,
    fields: Mapping[str, Any],
    *,
    characters: int,
    again: bool,
    settings: QueueSettings,
    most_characters: int | None = None,
) -> ScriptCall:
    """Enter a job into `queue` unless it exists or too much waits.

    `most_characters` replaces the bound of the settings where the characters were counted anew.
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
        ),
        (
            job_id,
            queue,
            characters,
            settings.max_queued_jobs,
            most_characters or settings.max_queued_characters,
            int(again),
            BELL_LENGTH,
            len(QUEUES),
            *map(keys.queue, QUEUES),
            *_flatten(fields),
        ),
    )


def cancel(
    job_id: str,
    *,
    lifetime_seconds: int,
    force: bool = False,
    keep_partial: bool = False,
    only_own: bool = False,
) -> ScriptCall:
    """Cancel a waiting job, or mark a running one; `only_own` takes back a single submit."""
    request = ("force-" if force else "") + ("keep" if keep_partial else "drop")
    return ScriptCall(
        "cancel",
        (keys.job(job_id), keys.WAITING_CHARACTERS),
        (job_id, request, lifetime_seconds, *_read_clock(), int(only_own)),
    )


def forget(job_id: str) -> ScriptCall:
    """Remove the record of a job that failed or was cancelled."""
    return ScriptCall("forget", (keys.job(job_id), keys.results(job_id)), (job_id,))


def take(
    worker: str,
    queues: Sequence[str],
    *,
    execution_id: str,
    lifetime_seconds: int,
    rotate_every: int,
) -> ScriptCall:
    """Take the next job for `worker`; every `rotate_every`-th take starts at another queue."""
    return ScriptCall(
        "take",
        (keys.HELD, keys.WAITING_CHARACTERS, keys.TAKES, keys.worker(worker), keys.PENDING_YIELDS),
        (worker, execution_id, *_read_clock(), lifetime_seconds, rotate_every, *queues),
    )


def checkpoint(
    job_id: str, worker: str, *, meta: Mapping[str, Any], may_yield: bool, counts: Counts
) -> ScriptCall:
    """Publish a running job's `meta` and ask whether the job goes on."""
    return ScriptCall(
        "checkpoint",
        (
            keys.job(job_id),
            keys.HELD,
            keys.queue("interactive"),
            keys.WORKERS,
            keys.PENDING_YIELDS,
            keys.COUNTERS,
        ),
        (job_id, worker, json.dumps(meta), int(may_yield), json.dumps(counts)),
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
) -> ScriptCall:
    """End the hold of `worker` on a job.

    Without `execution_id` it is the janitor that asks, and the script does nothing while the worker
    lives.
    """
    changed = _requeue_keys(job_id)
    return ScriptCall(
        "settle",
        changed if execution_id else (*changed, keys.worker(worker)),
        (
            job_id,
            worker,
            execution_id,
            status,
            lifetime_seconds,
            *_read_clock(),
            BELL_LENGTH,
            json.dumps(counts),
            *_flatten(fields),
        ),
    )


def restore(job_id: str, *, counter: str) -> ScriptCall:
    """Put a lost job back at the front of its queue and count it in the field `counter`."""
    return ScriptCall("restore", _requeue_keys(job_id), (job_id, BELL_LENGTH, counter))


def recount(*, is_written: bool) -> ScriptCall:
    """Count the waiting characters by the jobs' records; write the counts or return them."""
    return ScriptCall(
        "recount",
        (keys.WAITING_CHARACTERS, *map(keys.queue, QUEUES)),
        (int(is_written), *QUEUES),
    )


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


def claim_card(worker: str, cards: Sequence[str], *, lease_seconds: int) -> ScriptCall:
    """Give `worker` the GPU that the fewest others use, of `cards`, the best first."""
    return ScriptCall("claim_card", (keys.worker(worker), keys.WORKERS), (lease_seconds, *cards))


def _requeue_keys(job_id: str) -> tuple[str, ...]:
    """Return the keys of a script that may put a job back into its queue."""
    return (
        keys.job(job_id),
        keys.HELD,
        keys.WAITING_CHARACTERS,
        keys.BELL,
        keys.QUEUE_NAMES,
        keys.COUNTERS,
    )


def _read_clock() -> tuple[str, int]:
    """Return the time as the scripts want it: RQ's format, and whole seconds."""
    moment = now()
    return utcformat(moment), int(moment.timestamp())


def _flatten(fields: Mapping[str, Any]) -> list[Any]:
    return [part for field in fields.items() for part in field]
