"""Watch many jobs with one poll: whoever follows a job looks at what the last one brought."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jobs.errors import QueueUnavailable, UnknownJob
from jobs.queue import keys
from jobs.queue.async_queue import AsyncSpeechQueue
from jobs.queue.connection import queue_errors
from jobs.queue.job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info

POLL_SECONDS = 0.25

OUTAGE_SECONDS = 30.0
"""A server that is away for longer ends what follows a job; the client may connect again."""


class JobView:
    """One follower's view of a job."""

    def __init__(self, watch: JobWatch, job_id: str) -> None:
        """Look at `job_id` through `watch`."""
        self._watch = watch
        self._job_id = job_id

    @property
    def facts(self) -> JobInfo:
        """What the last poll said.

        Raises:
            UnknownJob: the job's record is gone.
            QueueUnavailable: Redis has not answered for `OUTAGE_SECONDS`.
        """
        return self._watch.latest(self._job_id)

    async def next_poll(self) -> None:
        """Wait until somebody has looked again."""
        await self._watch.next_poll()


class JobWatch:
    """Polls all jobs that somebody follows, in one round trip, for as long as somebody does."""

    def __init__(self, queue: AsyncSpeechQueue) -> None:
        """Poll the server of `queue`."""
        self._queue = queue
        self._followers: Counter[str] = Counter()
        self._latest: dict[str, JobInfo | Exception] = {}
        self._polled = asyncio.Event()
        self._polling: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def follow(self, job_id: str) -> AsyncIterator[JobView]:
        """Keep an eye on a job inside the block.

        Raises:
            UnknownJob: there is none.
            QueueUnavailable: Redis does not answer.
        """
        facts = await self._queue.job(job_id).facts()
        self._followers[job_id] += 1
        self._latest[job_id] = facts
        if self._polling is None:
            self._polling = asyncio.create_task(self._poll())
        try:
            yield JobView(self, job_id)
        finally:
            self._followers[job_id] -= 1
            if not self._followers[job_id]:
                del self._followers[job_id], self._latest[job_id]

    def latest(self, job_id: str) -> JobInfo:
        """Return what was last read of a job that is followed; raises what reading it raised."""
        found = self._latest[job_id]
        if isinstance(found, Exception):
            raise found
        return found

    async def next_poll(self) -> None:
        """Wait for the poll that is to come."""
        await self._polled.wait()

    async def _poll(self) -> None:
        seconds_away = 0.0
        while self._followers:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._read()
                seconds_away = 0.0
            except QueueUnavailable as exc:
                seconds_away += POLL_SECONDS
                if seconds_away >= OUTAGE_SECONDS:
                    self._latest = dict.fromkeys(self._followers, exc)
            polled, self._polled = self._polled, asyncio.Event()
            polled.set()
        self._polling = None

    async def _read(self) -> None:
        job_ids = list(self._followers)
        pipeline: Any = self._queue.connection.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.hmget(keys.job(job_id), JOB_INFO_FIELDS)
        with queue_errors():
            answers = await pipeline.execute()
        for job_id, values in zip(job_ids, answers, strict=True):
            if job_id in self._followers:
                self._latest[job_id] = _parse(job_id, values)


def _parse(job_id: str, values: list[bytes | None]) -> JobInfo | Exception:
    try:
        return parse_job_info(job_id, values)
    except UnknownJob as exc:
        return exc
