"""The door for producers that run on asyncio.

Waiting is asyncio's own, so that a thousand tasks may wait at once. Submitting may write to an
outbox on disk; it is `SpeechQueue`'s, in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

import redis.asyncio

from ..lua import load_script
from ..request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import keys
from .connection import open_async_connection, open_connection, queue_errors
from .job import POLL_SECONDS, SpeechJob, cancel_words
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info, read_status, result_of
from .overview import Overview
from .queue import SpeechQueue


class AsyncSpeechJob:
    """A handle on a job; cheap, holds nothing but the id and the connection."""

    def __init__(
        self,
        job_id: str,
        connection: redis.asyncio.Redis,
        settings: QueueSettings,
        *,
        is_new: bool = False,
    ) -> None:
        """Refer to a job that was submitted; nothing is read yet."""
        self.id = job_id
        self.is_new = is_new
        """True where the submit that returned this handle put the job into its queue."""
        self._connection = connection
        self._settings = settings

    def __repr__(self) -> str:
        return f"AsyncSpeechJob({self.id!r})"

    async def facts(self) -> JobInfo:
        """Read all that is known, in one round trip.

        Raises:
            UnknownJob: the record is gone.
            QueueUnavailable: Redis does not answer.
        """
        # redis-py types one method for both worlds; here it is always awaited.
        connection: Any = self._connection
        with queue_errors():
            values = await connection.hmget(keys.job(self.id), JOB_INFO_FIELDS)
        return parse_job_info(self.id, values)

    async def status(self) -> SpeechStatus:
        """Return where the job stands."""
        return (await self.facts()).status

    async def progress(self) -> SpeechProgress:
        """Return how far it is; all zeros before a worker has begun."""
        return (await self.facts()).progress

    async def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobInfo], None] | None = None,
    ) -> SpeechResult:
        """Wait until the job has ended and return its result; other tasks run meanwhile.

        Args:
            timeout_seconds: Give up after this long; the job goes on, as it does when the waiting
                task is cancelled.
            on_progress: Called whenever something has changed.

        Raises:
            TimeoutError: it has not ended in time.
            JobFailed: it ended without a file.
            Cancelled: somebody cancelled it.
        """
        seen: JobInfo | None = None
        try:
            async with asyncio.timeout(timeout_seconds):
                while seen is None or not seen.status.is_terminal:
                    if seen is not None:
                        await asyncio.sleep(POLL_SECONDS)
                    facts = await self.facts()
                    if on_progress is not None and facts != seen:
                        on_progress(facts)
                    seen = facts
        except TimeoutError as exc:
            state = seen.status if seen else "unknown"
            raise TimeoutError(f"job {self.id} is still {state} after {timeout_seconds} s") from exc
        return result_of(seen)

    async def result(self) -> SpeechResult:
        """Return the result of a job that has finished.

        Raises:
            JobFailed: it ended without a file, or has not ended yet.
            Cancelled: somebody cancelled it.
        """
        return result_of(await self.facts())

    async def cancel(self, *, force: bool = False, keep_partial: bool = False) -> SpeechStatus:
        """Ask for the job to end and return its status before; see `SpeechJob.cancel`."""
        words = cancel_words(self.id, self._settings, force=force, keep_partial=keep_partial)
        return await self._end(words)

    async def withdraw(self) -> SpeechStatus:
        """Take back one submit and return the status before; see `SpeechJob.withdraw`."""
        return await self._end(cancel_words(self.id, self._settings, only_own=True))

    async def _end(self, words: list[str | int]) -> SpeechStatus:
        connection: Any = self._connection
        with queue_errors():
            before = await connection.eval(load_script("cancel"), 2, *words)
        return read_status(self.id, before)


class AsyncSpeechQueue:
    """Submit requests, find jobs again; used in an ``async with``.

    Nothing is sent before the first call. Calls raise QueueUnavailable where no server answers.
    """

    def __init__(self, settings: QueueSettings | None = None) -> None:
        """Use the server that the settings name.

        Raises:
            QueueUnavailable: its address is none.
        """
        self.settings = settings or QueueSettings()
        self.connection = open_async_connection(self.settings.redis_url)
        self.blocking = SpeechQueue(open_connection(self.settings.redis_url), self.settings)
        """The same door for code that runs in a thread."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.aclose()
        await asyncio.to_thread(self.blocking.connection.close)

    async def submit(
        self,
        request: SpeechRequest,
        *,
        queue: str = "default",
        again: bool = False,
        overwrite: bool = False,
    ) -> AsyncSpeechJob:
        """Put one request into `queue` and return its job; arguments and errors as `SpeechQueue`.

        A task that is cancelled meanwhile may leave the job submitted.
        """
        job = await asyncio.to_thread(
            self.blocking.submit, request, queue=queue, again=again, overwrite=overwrite
        )
        return self._handle(job)

    async def retry(self, job_id: str) -> AsyncSpeechJob:
        """Submit a failed or cancelled job once more; errors as `SpeechQueue.retry`."""
        return self._handle(await asyncio.to_thread(self.blocking.retry, job_id))

    async def overview(self) -> Overview:
        """Return the counts of jobs by state and the workers that are alive."""
        return await asyncio.to_thread(self.blocking.overview)

    def job(self, job_id: str) -> AsyncSpeechJob:
        """Return a handle; its calls raise UnknownJob where there is no such job."""
        return AsyncSpeechJob(job_id, self.connection, self.settings)

    def _handle(self, job: SpeechJob) -> AsyncSpeechJob:
        return AsyncSpeechJob(job.id, self.connection, self.settings, is_new=job.is_new)
