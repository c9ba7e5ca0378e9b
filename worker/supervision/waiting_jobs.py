"""Finds what a worker may take, and tells jobs of ours from those that others have put there."""

import logging
from collections.abc import Sequence
from typing import Any

import redis

from jobs.assembly import ASSEMBLY_TASK
from jobs.errors import InvalidRequest
from jobs.queue import keys, lua_calls
from jobs.queue.connection import as_text
from jobs.queue.job_record import TASK, read_function_name
from jobs.queue.lua_calls import WaitingJob
from jobs.queue.old_queues import adopt_waiting

WINDOW = 8
"""Jobs of each queue that are looked at in one round trip: other workers take some meanwhile."""

MAX_KNOWN_FOREIGN = 100_000
"""Ids of other programs' jobs that a worker remembers."""

log = logging.getLogger(__name__)


class WaitingJobs:
    """The queues as one worker sees them; redis errors are raised unchanged."""

    def __init__(self, connection: redis.Redis, worker_name: str) -> None:
        """Look for `worker_name`."""
        self._connection = connection
        self._worker = worker_name.encode()
        self._foreign: set[str] = set()
        self._old_ends: list[bytes | None] = []

    def find(self, queues: Sequence[str], *, rotate_every: int) -> list[WaitingJob]:
        """Return jobs that wait, the one to be taken first before the others.

        A job that this worker holds already, because the answer got lost, is the first. Every
        `rotate_every`-th take starts at another queue, so that bulk work is never starved.
        """
        with self._connection.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(keys.HELD)
            pipeline.get(keys.TAKES)
            for name in queues:
                pipeline.lrange(keys.queue(name), 0, WINDOW - 1)
            for name in queues:
                pipeline.lindex(keys.waiting(name), -1)
            held, takes, *answers = pipeline.execute()
        heads, old_ends = answers[: len(queues)], answers[len(queues) :]
        found = [self._read_held(job_id) for job_id in held if held[job_id] == self._worker]
        take = int(takes or 0) + 1
        shift = 0
        if rotate_every and take % rotate_every == 0 and len(queues) > 1:
            shift = 1 + take // rotate_every % (len(queues) - 1)
        order = [*range(shift, len(queues)), *range(shift)]
        for place in order:
            found += self._pass_foreign(queues[place], heads[place])
        if not found and any(old_ends) and old_ends != self._old_ends:
            self._old_ends = old_ends
            if adopt_waiting(self._connection, queues):
                return self.find(queues, rotate_every=rotate_every)
        return found

    def turn_away(self, job: WaitingJob, lifetime_seconds: int) -> None:
        """Leave another program's job where it is; let one fail that asks for work of ours."""
        key = keys.job(job.job_id).encode(errors="surrogateescape")
        data = self._connection.hget(key, "data")
        function = read_function_name(data)
        if function and function not in {TASK, ASSEMBLY_TASK}:
            if len(self._foreign) >= MAX_KNOWN_FOREIGN:
                self._foreign.clear()
            self._foreign.add(job.job_id)
            log.warning(
                "job %r in queue %s is another program's (%.80s); it is left there",
                job.job_id,
                job.rq_queue,
                function,
            )
            return
        why = (
            f"refused: no producer of ours has made this job; {function or 'its function'} is not "
            "to be enqueued by RQ: submit with jobs.SpeechQueue, `ktts submit` or HTTP "
            "(docs/rq.md)"
        )
        lua_calls.refuse(job, InvalidRequest.__name__, why, lifetime_seconds=lifetime_seconds).run(
            self._connection
        )
        log.warning("job %r in queue %s %s", job.job_id, job.rq_queue, why)

    def _read_held(self, job_id: bytes) -> WaitingJob:
        origin = self._connection.hget(keys.job(as_text(job_id)), "origin")
        return WaitingJob(as_text(job_id), as_text(origin or keys.rq_name("default")))

    def _pass_foreign(self, queue: str, head: Any) -> list[WaitingJob]:
        """Return the first jobs of a queue that are not known to be another program's."""
        start = 0
        while head:
            ids = [job_id.decode(errors="surrogateescape") for job_id in head]
            if ours := [job_id for job_id in ids if job_id not in self._foreign]:
                return [WaitingJob(job_id, keys.rq_name(queue)) for job_id in ours]
            start += len(head)
            head = self._connection.lrange(keys.queue(queue), start, start + 1000)
        return []
