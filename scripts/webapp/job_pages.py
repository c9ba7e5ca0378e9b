"""Jobs page by page, without reading the ids of all hundred thousand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import redis

from jobs.queue import keys
from jobs.queue.connection import as_text, queue_errors
from jobs.queue.job_info import JobInfo
from jobs.queue.lua_calls import read_owners
from jobs.queue.overview import read_jobs
from jobs.request import SpeechStatus
from jobs.settings import QUEUES

_REGISTRIES: dict[SpeechStatus, Callable[[str], str]] = {
    SpeechStatus.FINISHED: keys.finished,
    SpeechStatus.FAILED: keys.failed,
    SpeechStatus.CANCELLED: keys.cancelled,
}


MOST_PASSED = 5_000
"""Jobs of all owners that are looked at for a page of one's."""


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of the jobs, and where the next ones begin."""

    jobs: tuple[JobInfo, ...]
    next_start: int | None
    """None where there are no more."""


def read_page(
    connection: redis.Redis,
    status: SpeechStatus | None,
    start: int,
    count: int,
    *,
    owner: str | None = None,
) -> JobPage:
    """Return the jobs from place `start`: running, waiting in order, then ended, the latest first.

    Places are those of this moment: jobs that change state between two pages may be seen twice or
    not at all.

    Args:
        connection: To the queue's server.
        status: Only jobs of this state.
        start: Place of the first one, from 0.
        count: Most jobs in the page.
        owner: Only jobs of this owner, among the next `MOST_PASSED` of all.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    seen = count if owner is None else MOST_PASSED
    with queue_errors():
        found = list(islice(_job_ids(connection, status, start, seen + 1), seen + 1))
        has_more, shown = len(found) > seen, found[:seen]
        if owner is not None:
            owners = read_owners(connection, shown)
            places = [place for place, name in enumerate(owners) if name == owner]
            if len(places) > count:
                has_more, seen = True, places[count]
            shown = [shown[place] for place in places[:count]]
    facts = read_jobs(connection, shown)
    return JobPage(jobs=tuple(facts.values()), next_start=start + seen if has_more else None)


def _job_ids(connection: Any, status: SpeechStatus | None, start: int, count: int) -> Iterator[str]:
    """Yield at least `count` ids from `start`, where there are so many."""
    for wanted in SpeechStatus if status is None else [status]:
        if wanted is SpeechStatus.RUNNING:
            held = sorted(as_text(job_id) for job_id in connection.hkeys(keys.HELD))
            yield from held[start : start + count]
            start = max(0, start - len(held))
            continue
        for name in QUEUES:
            if wanted is SpeechStatus.QUEUED:
                length = connection.llen(keys.queue(name))
                read, key = connection.lrange, keys.queue(name)
            elif wanted not in _REGISTRIES:
                continue
            else:
                key = _REGISTRIES[wanted](name)
                length = connection.zcard(key)
                read = connection.zrevrange
            if start < length:
                yield from map(as_text, read(key, start, start + count - 1))
            start = max(0, start - length)
