"""What every route stands on: the settings, the queue and the watch over running jobs."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from jobs.errors import OutputError, QueueUnavailable, UnknownJob
from jobs.queue.async_queue import AsyncSpeechQueue
from scripts.webapp.book_cache import BookCache
from scripts.webapp.guard.access import OWNER
from scripts.webapp.streaming.job_poller import JobWatch
from scripts.webapp.uploads import spool_in
from scripts.webapp.web_settings import WebSettings

CHARACTERS_PER_SECOND = 100.0
"""About what one worker speaks on two plain cores; only to say when to come again."""

MAX_RETRY_SECONDS = 600

_JOB_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Gateway:
    """The open gateway."""

    settings: WebSettings
    queue: AsyncSpeechQueue
    watch: JobWatch
    books: BookCache

    async def seconds_until_room(self) -> int:
        """Estimate when a queue that is full takes the next job: one waiting job from now."""
        try:
            overview = await self.queue.overview()
        except QueueUnavailable:
            return MAX_RETRY_SECONDS
        waiting = sum(overview.waiting.values())
        if not overview.workers or not waiting:
            return 60 if waiting else 1
        mean_characters = overview.waiting_characters / waiting
        seconds = mean_characters / CHARACTERS_PER_SECOND / len(overview.workers)
        return max(1, min(round(seconds), MAX_RETRY_SECONDS))


@asynccontextmanager
async def open_gateway(settings: WebSettings) -> AsyncIterator[Gateway]:
    """Yield the gateway; its connections end with the block."""
    with suppress(OutputError):  # a volume that is not there yet; small books need no file
        spool_in(settings.work_dir)
    async with AsyncSpeechQueue(settings) as queue:
        yield Gateway(settings, queue, JobWatch(queue), BookCache(queue.blocking))


def get_gateway(request: Request) -> Gateway:
    """Return the gateway of the application that got the request."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def check_job_id(job_id: str) -> str:
    """Return an id that is one; raises UnknownJob for what could be a path or another key."""
    if not _JOB_ID.fullmatch(job_id):
        raise UnknownJob(f"{job_id!r} is no job's id; those are 32 hexadecimal digits")
    return job_id


def choose_owner(given: str | None, gateway: Gateway) -> str:
    """Return whose a request is: as it says, else the token's owner, else the gateway's."""
    return given or OWNER.get() or gateway.settings.owner


OpenGateway = Annotated[Gateway, Depends(get_gateway)]
JobId = Annotated[str, Depends(check_job_id)]
