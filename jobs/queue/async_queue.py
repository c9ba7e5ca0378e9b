"""The queue for producers that run on asyncio.

Waiting uses asyncio, so that a thousand tasks may wait at once. Submitting may write to an outbox
on disk: `SpeechQueue` does it in a thread.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Self

from ..request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import keys, lua_calls
from .connection import open_async_connection, open_connection, queue_errors
from .job import POLL_SECONDS, JobHandle, SpeechJob
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info, read_status, result_of
from .overview import Overview
from .queue import SpeechQueue


# Any: redis-py types one method for blocking and asyncio connections; here each call is awaited.
class AsyncSpeechJob(JobHandle[Any]):
    """A handle on a job, as `SpeechJob`; its methods are awaited and raise the same errors."""

    async def facts(self) -> JobInfo:
        """Read everything that Redis knows of the job, in one round trip."""
        with queue_errors():
            values = await self._connection.hmget(keys.job(self.id), JOB_INFO_FIELDS)
        return parse_job_info(self.id, values)

    async def status(self) -> SpeechStatus:
        """Return the job's state."""
        return (await self.facts()).status

    async def progress(self) -> SpeechProgress:
        """Return the job's progress: all zeros until a worker has started it."""
        return (await self.facts()).progress

    async def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobInfo], None] | None = None,
    ) -> SpeechResult:
        """Wait until the job has ended and return its result; arguments as `SpeechJob.wait`.

        The job itself goes on where the waiting task is cancelled.
        """
        seen: JobInfo | None = None
        try:
            async with asyncio.timeout(timeout_seconds):
                while seen is None or not seen.status.is_terminal:
                    if seen is not None:
                        await asyncio.sleep(POLL_SECONDS)
                    info = await self.facts()
                    if on_progress is not None and info != seen:
                        on_progress(info)
                    seen = info
        except TimeoutError as exc:
            state = seen.status if seen else "unknown"
            raise TimeoutError(f"job {self.id} is still {state} after {timeout_seconds} s") from exc
        return result_of(seen)

    async def result(self) -> SpeechResult:
        """Return the result of a finished job."""
        return result_of(await self.facts())

    async def cancel(self, *, force: bool = False, keep_partial: bool = False) -> SpeechStatus:
        """Cancel the job and return its status before; see `SpeechJob.cancel`."""
        return await self._end(force=force, keep_partial=keep_partial)

    async def withdraw(self) -> SpeechStatus:
        """Take back one submit and return the status before; see `SpeechJob.withdraw`."""
        return await self._end(only_own=True)

    async def _end(self, **how: bool) -> SpeechStatus:
        with queue_errors():
            owner = lua_calls.parse_owner(await self._connection.hget(keys.job(self.id), "owner"))
            call = self._cancel_call(owner, **how)
            before = await self._connection.eval(*call.eval_arguments())
        return read_status(self.id, before)


class AsyncSpeechQueue:
    """Submit requests and find jobs again; used in an ``async with``.

    Nothing is sent before the first call. Calls raise QueueUnavailable if no server answers.
    """

    def __init__(self, settings: QueueSettings | None = None, *, owner: str | None = None) -> None:
        """Use the server that the settings name; `owner` as `SpeechQueue` takes it.

        Raises:
            QueueUnavailable: the server's address is not an address.
            InvalidRequest: nobody can be called so.
        """
        self.settings = settings or QueueSettings()
        self.connection = open_async_connection(self.settings.redis_url)
        self.blocking = SpeechQueue(
            open_connection(self.settings.redis_url), self.settings, owner=owner
        )
        """The same queue for code that runs in a thread."""

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
        """Put one request into `queue` and return its job; see `SpeechQueue.submit`.

        The job may be submitted although the submitting task was cancelled meanwhile.
        """
        job = await asyncio.to_thread(
            self.blocking.submit, request, queue=queue, again=again, overwrite=overwrite
        )
        return self._handle(job)

    async def retry(self, job_id: str) -> AsyncSpeechJob:
        """Submit a failed or cancelled job once more; see `SpeechQueue.retry`."""
        return self._handle(await asyncio.to_thread(self.blocking.retry, job_id))

    async def overview(self) -> Overview:
        """Return the counts of jobs by state and the workers that are alive."""
        return await asyncio.to_thread(self.blocking.overview)

    def job(self, job_id: str) -> AsyncSpeechJob:
        """Return a handle; its calls raise UnknownJob if there is no such job."""
        return AsyncSpeechJob(job_id, self.connection, self.settings)

    def _handle(self, job: SpeechJob) -> AsyncSpeechJob:
        return AsyncSpeechJob(job.id, self.connection, self.settings, is_new=job.is_new)
