"""Finds what a worker may take, and tells jobs of ours from those that others have put there."""

import logging
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, cast

import redis

from jobs.assembly import ASSEMBLY_TASK
from jobs.errors import InvalidRequest
from jobs.queue import keys, lua_calls
from jobs.queue.connection import as_text
from jobs.queue.job_info import read_number
from jobs.queue.job_record import TASK, read_function_name
from jobs.queue.lua_calls import WaitingJob, parse_owner
from jobs.queue.old_queues import adopt_waiting

WINDOW = 8
"""Jobs of each queue that are looked at in one round trip: other workers take some meanwhile."""

TURNS = 32
"""Owners that are looked at in one round trip: the next ones, unless all of these are held back."""

MAX_KNOWN_FOREIGN = 100_000
"""Ids of other programs' jobs that a worker remembers."""

log = logging.getLogger(__name__)


class WaitingJobs:
    """The queues as one worker sees them; redis errors are raised unchanged."""

    def __init__(self, connection: redis.Redis, worker_name: str, *, most_running: int = 0) -> None:
        """Look for `worker_name`, past owners of whose jobs `most_running` run (0 is no bound)."""
        self._connection = connection
        self._most_running = most_running
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
            for name in queues:
                pipeline.zrange(keys.turns(keys.rq_name(name)), 0, TURNS - 1)
            held, takes, *answers = pipeline.execute(raise_on_error=False)
        for answer in (held, takes, *answers[: 2 * len(queues)]):
            if isinstance(answer, Exception):
                raise answer
        heads, old_ends, turns = (
            answers[start : start + len(queues)] for start in range(0, len(answers), len(queues))
        )
        found = [self._read_held(job_id) for job_id in held if held[job_id] == self._worker]
        take = int(takes or 0) + 1
        shift = 0
        if rotate_every and take % rotate_every == 0 and len(queues) > 1:
            shift = 1 + take // rotate_every % (len(queues) - 1)
        order = [*range(shift, len(queues)), *range(shift)]
        for place in order:
            first = self._pass_foreign(queues[place], heads[place])
            # Somebody may have put there what is no sorted set: then nobody takes turns.
            order = turns[place] if isinstance(turns[place], list) else []
            found += self._take_turns(queues[place], first, order) if order else first
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

    def _take_turns(
        self, queue: str, first: list[WaitingJob], turns: list[bytes]
    ) -> list[WaitingJob]:
        """Return the jobs that come next by the owners' `turns`, of which these are the next.

        Those of nobody are the `first` of the queue's list, and what came while owners took turns.
        """
        rq_name = keys.rq_name(queue)
        owners = lua_calls.read_owners(self._connection, [job.job_id for job in first])
        with self._connection.pipeline(transaction=False) as pipeline:
            for owner in ("", *owners):
                pipeline.zscore(keys.turns(rq_name), owner)
            nobody, *places = pipeline.execute(raise_on_error=False)
        free = self._find_free({"", *owners})
        of_nobody = [
            job
            for job, owner, place in zip(first, owners, places, strict=True)
            if owner in free and (not owner or place is None)
        ]
        names = list(dict.fromkeys(map(parse_owner, turns)))
        if "" not in names:
            # Their turn is later, or it has never come.
            names.insert(0 if nobody is None else len(names), "")
        start = 0
        while turns:
            if found := self._find_owned(rq_name, names, of_nobody):
                return found
            start += TURNS
            page = self._connection.zrange(keys.turns(rq_name), start, start + TURNS - 1)
            turns = cast("list[bytes]", page)
            names, of_nobody = [name for name in map(parse_owner, turns) if name], []
        return []

    def _find_owned(
        self, rq_name: str, names: list[str], of_nobody: list[WaitingJob]
    ) -> list[WaitingJob]:
        """Return the next jobs of the first owners that have some: all first ones, then second."""
        free = self._find_free(set(names))
        wanted = [name for name in names if name in free]
        for start in range(0, len(wanted), WINDOW):
            some = wanted[start : start + WINDOW]
            with self._connection.pipeline(transaction=False) as pipeline:
                for name in some:
                    pipeline.lrange(keys.owned(rq_name, name), 0, WINDOW - 1)
                answers = pipeline.execute(raise_on_error=False)
            owned = []
            for name, answer in zip(some, answers, strict=True):
                jobs = [] if name else list(of_nobody)
                known = {job.job_id for job in jobs}
                for raw in answer if isinstance(answer, list) else []:
                    job_id = raw.decode(errors="surrogateescape")
                    if job_id not in known and job_id not in self._foreign:
                        jobs.append(WaitingJob(job_id, rq_name, name))
                owned.append(jobs)
            if found := [job for turn in zip_longest(*owned) for job in turn if job is not None]:
                return found
        return []

    def _find_free(self, owners: set[str]) -> set[str]:
        """Return those of whom not as many jobs run as may."""
        if not self._most_running:
            return owners
        listed = list(owners)
        fields = [f"running|{name}" for name in listed]
        try:
            counts = self._connection.hmget(keys.OWNERS, fields)
        except redis.exceptions.ResponseError:
            return owners  # no hash; the script makes it one
        return {
            name
            for name, count in zip(listed, counts, strict=True)
            if not name or read_number(count) < self._most_running
        }

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
