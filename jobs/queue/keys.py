"""Every Redis key that this project reads or writes, in one place.

The ``rq:`` keys are RQ's own and keep its meaning, so that ``rq info`` shows the truth; the
``ktts:`` keys add what RQ does not record.
"""

from __future__ import annotations

QUEUE_NAMES = "rq:queues"
"""Set of queue keys that RQ's tools list."""

HELD = "ktts:held"
"""Hash: job id to the name of the worker that took it and has not finished with it."""

WAITING_CHARACTERS = "ktts:waiting_characters"
"""Hash: queue name to the characters of text that wait in it."""

TAKES = "ktts:takes"
"""Counter of dequeues; every fourth one starts at another queue."""

BELL = "ktts:bell"
"""List that idle workers block on; a token means "look again", never a job."""


WORKERS = "rq:workers"
"""Set of worker keys that RQ's tools list; an entry may outlive its worker."""

COUNTERS = "ktts:counters"
"""Hash: what has happened so far, for the metrics; `worker.metrics.counters` names its fields."""

PENDING_YIELDS = "ktts:pending_yields"
"""Counter of running jobs that have just made way for an interactive one; lives five seconds."""


def job(job_id: str) -> str:
    """Return the key of the hash that is the job."""
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
    """Return the key of a worker's hash; it exists exactly as long as its heartbeat is fresh."""
    return f"rq:worker:{name}"


def workers_of(queue_name: str) -> str:
    """Return the key of the set of worker keys that serve a queue, as RQ's tools list them."""
    return f"rq:workers:{queue_name}"


def idempotency(digest: str) -> str:
    """Return the key of the answer that the web gateway gave under a client's own key."""
    return f"ktts:idempotency:{digest}"
