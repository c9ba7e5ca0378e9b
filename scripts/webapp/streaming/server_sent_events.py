"""A job's life as server-sent events: queued, started, progress, finished, failed, cancelled.

Each event is the job's whole state, so that one who was away misses nothing that still matters. An
event's id names the state; a client that comes back with the last one gets only what is new.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from jobs.errors import QueueUnavailable, UnknownJob
from jobs.queue.job_info import JobInfo
from jobs.request import SpeechStatus
from scripts.webapp.schemas.job_documents import JobDocument
from scripts.webapp.streaming.job_poller import JobView

PING_SECONDS = 15.0
"""A comment after this long, so that nobody between takes the connection for dead."""

RECONNECT_MILLISECONDS = 2_000

_NAMES = {SpeechStatus.RUNNING: "started"}


async def stream_events(view: JobView, seen: str) -> AsyncIterator[str]:
    """Yield the events of a job until it has ended, as the protocol writes them.

    Args:
        view: Of the job.
        seen: Id of the last event that the client has; empty where it has none.
    """
    yield f"retry: {RECONNECT_MILLISECONDS}\n\n"
    said = time.monotonic()
    while True:
        try:
            facts = view.facts
        except (UnknownJob, QueueUnavailable):
            return  # the client comes again and is told why
        state = event_id(facts)
        if state != seen:
            yield _write(facts, seen)
            seen, said = state, time.monotonic()
        if facts.status.is_terminal:
            return
        if time.monotonic() - said >= PING_SECONDS:
            yield ": still here\n\n"
            said = time.monotonic()
        await view.next_poll()


def event_id(facts: JobInfo) -> str:
    """Return the name of the state that a job is in."""
    return f"{facts.status}-{facts.progress.chunks}"


def _write(facts: JobInfo, seen: str) -> str:
    name = _NAMES.get(facts.status, facts.status.value)
    if facts.status is SpeechStatus.RUNNING and seen.startswith(SpeechStatus.RUNNING):
        name = "progress"
    data = JobDocument.of(facts).model_dump_json()
    return f"id: {event_id(facts)}\nevent: {name}\ndata: {data}\n\n"
