"""The door for producers that run on asyncio.

Waiting is asyncio's own, so that a thousand tasks may wait at once. Submitting may write to an
outbox on disk; it is `SpeechQueue`'s, in a thread.
"""

from __future__ import annotations

import asyncio
from typing import Self

from .async_handle import AsyncSpeechJob
from .connection import open_async_connection, open_connection
from .handle import SpeechJob
from .overview import Overview
from .queue import SpeechQueue
from .request import SpeechRequest
from .settings import QueueSettings


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
