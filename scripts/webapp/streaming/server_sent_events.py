"""A job's life as server-sent events: queued, started, progress, finished, failed, cancelled.

Each event is the job's whole state, so that one who was away misses nothing that still matters. An
event's id names the state; a client that comes back with the last one gets only what is new.
"""

from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

from jobs.errors import QueueUnavailable, UnknownJob
from jobs.queue.job_info import JobInfo
from jobs.request import SpeechStatus
from scripts.webapp.schemas.job_documents import JobDocument
from scripts.webapp.streaming.job_poller import JobView

RECONNECT_MILLISECONDS = 2_000

_NAMES = {SpeechStatus.RUNNING: "started"}


async def stream_events(view: JobView, seen: str) -> AsyncIterator[ServerSentEvent]:
    """Yield the events of a job until it has ended.

    Args:
        view: Of the job.
        seen: Id of the last event that the client has; empty where it has none.
    """
    yield ServerSentEvent(retry=RECONNECT_MILLISECONDS)
    while True:
        try:
            facts = view.facts
        except (UnknownJob, QueueUnavailable):
            return  # the client comes again and is told why
        state = event_id(facts)
        if state != seen:
            name = _NAMES.get(facts.status, facts.status.value)
            if facts.status is SpeechStatus.RUNNING and seen.startswith(SpeechStatus.RUNNING):
                name = "progress"
            yield ServerSentEvent(id=state, event=name, data=JobDocument.of(facts))
            seen = state
        if facts.status.is_terminal:
            return
        await view.next_poll()


def event_id(facts: JobInfo) -> str:
    """Return the name of the state that a job is in."""
    return f"{facts.status}-{facts.progress.chunks}"
