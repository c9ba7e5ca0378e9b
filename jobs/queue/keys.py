"""Every Redis key that this project reads or writes.

Keys that begin with RQ's prefix are RQ's and mean what RQ means by them, so that ``rq info`` shows
the truth. The others hold what RQ does not record. The environment's RQ_KEY_PREFIX is read by RQ;
another prefix than RQ's own stands before our keys too, so that a ``{prefix}`` puts all keys into
one slot of a cluster.

RQ knows each of our queues by a name that nobody else has: ``ktts:default`` for ``default``. The
functions below take our short names, except where they say RQ's.
"""

from rq.defaults import RQ_KEY_PREFIX

from ..settings import QUEUES

PREFIX = RQ_KEY_PREFIX
"""What all keys of RQ begin with; ``rq`` unless the environment says otherwise."""

_OWN = "ktts" if PREFIX == "rq" else f"{PREFIX}:ktts"
_NAMESPACE = "ktts:"

QUEUE_NAMES = f"{PREFIX}:queues"
"""Set of the keys of queues that RQ's tools list."""

HELD = f"{_OWN}:held"
"""Hash: job id to the name of the worker that has taken the job and not settled it yet."""

WAITING_CHARACTERS = f"{_OWN}:waiting_characters"
"""Hash: RQ's name of a queue to the characters of the texts that wait in it."""

TAKES = f"{_OWN}:takes"
"""Counter of jobs taken; every fourth take starts at another queue."""

BELL = f"{_OWN}:bell"
"""List that idle workers block on; a token in it means "look again" and never stands for a job."""

WORKERS = f"{PREFIX}:workers"
"""Set of the keys of workers that RQ's tools list; an entry may outlive its worker."""

COUNTERS = f"{_OWN}:counters"
"""Hash of counters for the metrics; `worker.metrics.counters` names its fields."""

PENDING_YIELDS = f"{_OWN}:pending_yields"
"""Counter of jobs that were just interrupted for an interactive one; it lives five seconds."""

OWNERS = f"{_OWN}:owners"
"""Hash: ``jobs|NAME``, ``characters|NAME`` and ``running|NAME`` to what an owner has; no zeros."""

OWN_PREFIX = _OWN
"""What all keys that are not RQ's begin with."""

WEBHOOK_EVENTS = f"{_OWN}:webhook_events"
"""List of what has happened to jobs and batches that somebody is to be told of (JSON)."""

WEBHOOKS_DUE = f"{_OWN}:webhooks_due"
"""Sorted set: name of a receiver and a job to the time (s) when its next delivery is due."""

DEAD_WEBHOOKS = f"{_OWN}:dead_webhooks"
"""List of deliveries that were given up (JSON)."""

_TAG, _END, _ = PREFIX.partition("{")[2].partition("}")

HAS_HASH_TAG = bool(_TAG and _END)
"""All keys are in one slot of a cluster."""


def rq_name(queue: str) -> str:
    """Return the name under which RQ knows our queue."""
    return _NAMESPACE + queue


def short_name(rq_queue: str) -> str:
    """Return our name of a queue that RQ knows as `rq_queue`; an old name is the same in both."""
    return rq_queue.removeprefix(_NAMESPACE)


RQ_NAMES = (*map(rq_name, QUEUES), *QUEUES)
"""RQ's names of all queues that hold jobs of ours: the present ones, then those used before."""


def job(job_id: str) -> str:
    """Return the key of a job's hash."""
    return f"{PREFIX}:job:{job_id}"


def queue(name: str) -> str:
    """Return the key of the list of waiting job ids."""
    return waiting(rq_name(name))


def waiting(rq_queue: str) -> str:
    """Return the same for a queue by RQ's name."""
    return f"{PREFIX}:queue:{rq_queue}"


def started(name: str) -> str:
    """Return the key of the sorted set of executions that run, by expiry."""
    return registry("wip", rq_name(name))


def finished(name: str) -> str:
    """Return the key of the sorted set of finished job ids, by expiry."""
    return registry("finished", rq_name(name))


def failed(name: str) -> str:
    """Return the key of the sorted set of failed job ids, by expiry."""
    return registry("failed", rq_name(name))


def cancelled(name: str) -> str:
    """Return the key of the sorted set of cancelled job ids, by expiry."""
    return registry("canceled", rq_name(name))


def registry(kind: str, rq_queue: str) -> str:
    """Return the key of a sorted set of a queue by RQ's names: wip, finished, failed, canceled."""
    return f"{PREFIX}:{kind}:{rq_queue}"


def results(job_id: str) -> str:
    """Return the key of the stream that holds a job's results."""
    return f"{PREFIX}:results:{job_id}"


def worker(name: str) -> str:
    """Return the key of a worker's hash, which exists exactly as long as its heartbeat is fresh."""
    return f"{PREFIX}:worker:{name}"


def workers_of(queue_name: str) -> str:
    """Return the key of the set of the workers that serve a queue, as RQ's tools list them."""
    return f"{PREFIX}:workers:{rq_name(queue_name)}"


def turns(rq_queue: str) -> str:
    """Return the key of the sorted set of owners with jobs in a queue by RQ's name, by turn."""
    return f"{_OWN}:turns:{rq_queue}"


def owned(rq_queue: str, owner: str) -> str:
    """Return the key of the list of the waiting jobs of one owner, or of nobody."""
    return f"{_OWN}:owned:{rq_queue}:{owner}"


def idempotency(digest: str) -> str:
    """Return the key of the answer that the web gateway gave under a client's idempotency key."""
    return f"{_OWN}:idempotency:{digest}"


def webhooks(receiver: str) -> str:
    """Return the key of the list of deliveries to one receiver of one job, in order."""
    return f"{_OWN}:webhooks:{receiver}"


def session(digest: str) -> str:
    """Return the key of a browser's session at the web gateway."""
    return f"{_OWN}:session:{digest}"
