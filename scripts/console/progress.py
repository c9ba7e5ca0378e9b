"""How far a job is, in words."""

import time
from collections.abc import Iterator

from jobs import JobInfo, QueueUnavailable, SpeechJob, SpeechStatus

TICK_SECONDS = 0.1
"""How often a job is looked at; one small read each time."""

OUTAGE_SECONDS = 60.0
"""A server that is away for longer than this ends the waiting; the job itself stays."""

MINUTE_SECONDS = 60.0
HOUR_SECONDS = 3_600.0


def follow(job: SpeechJob) -> Iterator[JobInfo]:
    """Yield the facts of a job several times a second until it has ended; the last are final.

    While the server is away, for a restart for example, the last known facts come again.

    Raises:
        UnknownJob: the record is gone.
        QueueUnavailable: Redis has not answered for a minute.
    """
    facts = job.facts()
    answered_at = time.monotonic()
    while True:
        yield facts
        if facts.status.is_terminal:
            return
        time.sleep(TICK_SECONDS)
        try:
            facts = job.facts()
            answered_at = time.monotonic()
        except QueueUnavailable:
            if time.monotonic() - answered_at > OUTAGE_SECONDS:
                raise


def list_progress(facts: JobInfo) -> list[str]:
    """Return what is known, the most important first: ``running  42%``, ``1:05 left``, ..."""
    progress = facts.progress
    if facts.status is SpeechStatus.QUEUED and not progress.chunks:
        return [f"waiting in queue {facts.queue}"]
    remaining = progress.remaining_seconds if facts.status is SpeechStatus.RUNNING else None
    known = (
        f"{facts.status}  {progress.fraction:4.0%}",
        f"{format_seconds(remaining)} left" if remaining is not None else "",
        describe_speed(progress.real_time_factor),
        f"{format_seconds(progress.audio_seconds)} of audio",
        count(progress.chunks, "chunk"),
    )
    return [fact for fact in known if fact]


def count(number: int, noun: str) -> str:
    """Return ``1 chunk`` or ``2 chunks``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def describe_speed(real_time_factor: float) -> str:
    """Return ``4.2x real time`` for a factor of 0.24; empty before anything is known."""
    return f"{1 / real_time_factor:.1f}x real time" if real_time_factor > 0 else ""


def format_seconds(seconds: float) -> str:
    """Return 0:07, 12:34 or 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def describe_hours(seconds: float) -> str:
    """Return 2.4 hours, 31 minutes or 40 seconds."""
    if seconds >= HOUR_SECONDS:
        return f"{seconds / HOUR_SECONDS:.1f} hours"
    if seconds >= MINUTE_SECONDS:
        return count(round(seconds / MINUTE_SECONDS), "minute")
    return count(round(seconds), "second")
