"""One submitted job, for a producer that runs on asyncio: `SpeechJob` with ``await``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import redis.asyncio

from . import keys
from .connection import queue_errors
from .facts import FACT_FIELDS, JobFacts, parse_facts, read_status, result_of
from .handle import POLL_SECONDS, cancel_words
from .lua import load_script
from .request import SpeechProgress, SpeechResult, SpeechStatus
from .settings import QueueSettings


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

    async def facts(self) -> JobFacts:
        """Read all that is known, in one round trip.

        Raises:
            UnknownJob: the record is gone.
            QueueUnavailable: Redis does not answer.
        """
        # redis-py types one method for both worlds; here it is always awaited.
        connection: Any = self._connection
        with queue_errors():
            values = await connection.hmget(keys.job(self.id), FACT_FIELDS)
        return parse_facts(self.id, values)

    async def status(self) -> SpeechStatus:
        """Return where the job stands."""
        return (await self.facts()).status

    async def progress(self) -> SpeechProgress:
        """Return how far it is; all zeros before a worker has begun."""
        return (await self.facts()).progress

    async def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobFacts], None] | None = None,
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
        seen: JobFacts | None = None
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
