"""One submitted job, as its producer sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import redis
from rq.utils import now, utcformat

from ..lua import load_script
from ..request import SpeechProgress, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import keys
from .connection import queue_errors
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info, read_status, result_of

POLL_SECONDS = 0.1
"""How often a waiting producer looks; one small read each time."""


class SpeechJob:
    """A handle on a job; cheap, holds nothing but the id and the connection."""

    def __init__(
        self,
        job_id: str,
        connection: redis.Redis,
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
        return f"SpeechJob({self.id!r})"

    def facts(self) -> JobInfo:
        """Read all that is known, in one round trip.

        Raises:
            UnknownJob: the record is gone.
            QueueUnavailable: Redis does not answer.
        """
        with queue_errors():
            values = self._connection.hmget(keys.job(self.id), JOB_INFO_FIELDS)
        return parse_job_info(self.id, values)

    def status(self) -> SpeechStatus:
        """Return where the job stands."""
        return self.facts().status

    def progress(self) -> SpeechProgress:
        """Return how far it is; all zeros before a worker has begun."""
        return self.facts().progress

    def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobInfo], None] | None = None,
    ) -> SpeechResult:
        """Block until the job has ended and return its result.

        Args:
            timeout_seconds: Give up after this long; the job goes on.
            on_progress: Called whenever something has changed.

        Raises:
            TimeoutError: it has not ended in time.
            JobFailed: it ended without a file.
            Cancelled: somebody cancelled it.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        seen: JobInfo | None = None
        while True:
            facts = self.facts()
            if on_progress is not None and facts != seen:
                on_progress(facts)
            seen = facts
            if facts.status.is_terminal:
                return result_of(facts)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(
                    f"job {self.id} is still {facts.status} after {timeout_seconds} s"
                )
            time.sleep(POLL_SECONDS)

    def result(self) -> SpeechResult:
        """Return the result of a job that has finished.

        Raises:
            JobFailed: it ended without a file, or has not ended yet.
            Cancelled: somebody cancelled it.
        """
        return result_of(self.facts())

    def cancel(self, *, force: bool = False, keep_partial: bool = False) -> SpeechStatus:
        """Ask for the job to end: at once where it waits, at the next chunk where it runs.

        Args:
            force: Do not wait for the chunk; the worker ends its model process within a second.
            keep_partial: Keep the chunks that are done, so that submitting again goes on from them.

        Returns:
            The status before.

        Raises:
            UnknownJob: there is no such job.
        """
        words = cancel_words(self.id, self._settings, force=force, keep_partial=keep_partial)
        return self._end(words)

    def withdraw(self) -> SpeechStatus:
        """Take back one submit: the job is cancelled unless somebody else has submitted it too.

        Returns:
            The status before.

        Raises:
            UnknownJob: there is no such job.
        """
        return self._end(cancel_words(self.id, self._settings, only_own=True))

    def _end(self, words: list[str | int]) -> SpeechStatus:
        with queue_errors():
            before = self._connection.eval(load_script("cancel"), 2, *words)
        return read_status(self.id, before)


def cancel_words(
    job_id: str,
    settings: QueueSettings,
    *,
    force: bool = False,
    keep_partial: bool = False,
    only_own: bool = False,
) -> list[str | int]:
    """Return the keys and arguments of `cancel.lua`; the first two are keys."""
    moment = now()
    return [
        keys.job(job_id),
        keys.WAITING_CHARACTERS,
        job_id,
        ("force-" if force else "") + ("keep" if keep_partial else "drop"),
        settings.failure_ttl_seconds,
        utcformat(moment),
        int(moment.timestamp()),
        int(only_own),
    ]


def cancel_jobs(
    connection: redis.Redis, job_ids: Iterable[str], settings: QueueSettings, *, force: bool = False
) -> None:
    """Ask for many jobs to end, in one round trip; one that is unknown by now is passed over.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    with queue_errors(), connection.pipeline(transaction=False) as pipeline:
        for job_id in job_ids:
            pipeline.eval(load_script("cancel"), 2, *cancel_words(job_id, settings, force=force))
        pipeline.execute()
