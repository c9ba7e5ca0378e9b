"""Every Redis key that this project reads or writes.

The ``rq:`` keys are RQ's and mean what RQ means by them, so that ``rq info`` shows the truth. The
``ktts:`` keys hold what RQ does not record.
"""

from __future__ import annotations

QUEUE_NAMES = "rq:queues"
"""Set of the keys of queues that RQ's tools list."""

HELD = "ktts:held"
"""Hash: job id to the name of the worker that has taken the job and not settled it yet."""

WAITING_CHARACTERS = "ktts:waiting_characters"
"""Hash: queue name to the characters of the texts that wait in it."""

TAKES = "ktts:takes"
"""Counter of jobs taken; every fourth take starts at another queue."""

BELL = "ktts:bell"
"""List that idle workers block on; a token in it means "look again" and never stands for a job."""

WORKERS = "rq:workers"
"""Set of the keys of workers that RQ's tools list; an entry may outlive its worker."""

COUNTERS = "ktts:counters"
"""Hash of counters for the metrics; `worker.metrics.counters` names its fields."""

PENDING_YIELDS = "ktts:pending_yields"
"""Counter of jobs that were just interrupted for an interactive one; it lives five seconds."""


def job(job_id: str) -> str:
    """Return the key of a job's hash."""
    return f"rq:job:{job_id}"


def queue(name: str) -> str:
    """Return the key of the list of waiting job ids."""
    return f"rq:queue:{name}"


def started(name: str) -> str:
    """Return the key of the sorted set of executions that run, by expiry."""
    return f"rq:wip:{name}"


def finished(name: str) -> str:
    """Return the key of the sorted set of finished job ids, by expiry."""
    return f"rq:finished:{name}"


def failed(name: str) -> str:
    """Return the key of the sorted set of failed job ids, by expiry."""
    return f"rq:failed:{name}"


def cancelled(name: str) -> str:
    """Return the key of the sorted set of cancelled job ids, by expiry."""
    return f"rq:canceled:{name}"


def results(job_id: str) -> str:
    """Return the key of the stream that holds a job's results."""
    return f"rq:results:{job_id}"


def worker(name: str) -> str:
    """Return the key of a worker's hash, which exists exactly as long as its heartbeat is fresh."""
    return f"rq:worker:{name}"


def workers_of(queue_name: str) -> str:
    """Return the key of the set of the workers that serve a queue, as RQ's tools list them."""
    return f"rq:workers:{queue_name}"


def idempotency(digest: str) -> str:
    """Return the key of the answer that the web gateway gave under a client's idempotency key."""
    return f"ktts:idempotency:{digest}"


def session(digest: str) -> str:
    """Return the key of a browser's session at the web gateway."""
    return f"ktts:session:{digest}"
