"""One submitted job, as its producer sees it."""

import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import redis

from ..request import SpeechProgress, SpeechResult, SpeechStatus
from ..settings import QueueSettings
from . import keys, lua_calls
from .connection import queue_errors
from .job_info import JOB_INFO_FIELDS, JobInfo, parse_job_info, read_status, result_of
from .lua_calls import ScriptCall

Connection = TypeVar("Connection")

POLL_SECONDS = 0.1
"""How often a waiting producer reads the job's state; each time is one small read."""


def cancel_jobs(
    connection: redis.Redis, job_ids: Iterable[str], settings: QueueSettings, *, force: bool = False
) -> None:
    """Cancel many jobs in one round trip; jobs that do not exist are skipped.

    Raises:
        QueueUnavailable: Redis does not answer.
    """
    wanted = list(job_ids)
    with queue_errors(), connection.pipeline(transaction=False) as pipeline:
        for job_id, owner in zip(wanted, lua_calls.read_owners(connection, wanted), strict=True):
            call = lua_calls.cancel(
                job_id, lifetime_seconds=settings.failure_ttl_seconds, force=force, owner=owner
            )
            pipeline.eval(*call.eval_arguments())
        pipeline.execute()


class JobHandle(Generic[Connection]):
    """A job's id and a connection; a handle reads nothing until it is asked."""

    def __init__(
        self, job_id: str, connection: Connection, settings: QueueSettings, *, is_new: bool = False
    ) -> None:
        """Refer to a job that was submitted."""
        self.id = job_id
        self.is_new = is_new
        """True if the submit that returned this handle put the job into its queue."""
        self._connection = connection
        self._lifetime_seconds = settings.failure_ttl_seconds

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r})"

    def _cancel_call(self, owner: str, **how: bool) -> ScriptCall:
        return lua_calls.cancel(
            self.id, lifetime_seconds=self._lifetime_seconds, owner=owner, **how
        )


class SpeechJob(JobHandle[redis.Redis]):
    """A handle on a job for blocking code."""

    def facts(self) -> JobInfo:
        """Read everything that Redis knows of the job, in one round trip.

        Raises:
            UnknownJob: the record does not exist, or not any more.
            QueueUnavailable: Redis does not answer.
        """
        with queue_errors():
            values = self._connection.hmget(keys.job(self.id), JOB_INFO_FIELDS)
        return parse_job_info(self.id, values)

    def status(self) -> SpeechStatus:
        """Return the job's state."""
        return self.facts().status

    def progress(self) -> SpeechProgress:
        """Return the job's progress: all zeros until a worker has started it."""
        return self.facts().progress

    def wait(
        self,
        timeout_seconds: float | None = None,
        on_progress: Callable[[JobInfo], None] | None = None,
    ) -> SpeechResult:
        """Block until the job has ended and return its result.

        Args:
            timeout_seconds: Give up after this time; the job itself goes on.
            on_progress: Called whenever something has changed.

        Raises:
            TimeoutError: the job has not ended in time.
            JobFailed: the job ended without a file.
            Cancelled: somebody cancelled the job.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        seen: JobInfo | None = None
        while True:
            info = self.facts()
            if on_progress is not None and info != seen:
                on_progress(info)
            seen = info
            if info.status.is_terminal:
                return result_of(info)
            if deadline is not None and time.monotonic() >= deadline:
                raise TimeoutError(
                    f"job {self.id} is still {info.status} after {timeout_seconds} s"
                )
            time.sleep(POLL_SECONDS)

    def result(self) -> SpeechResult:
        """Return the result of a finished job.

        Raises:
            JobFailed: the job ended without a file, or has not ended yet.
            Cancelled: somebody cancelled the job.
        """
        return result_of(self.facts())

    def cancel(self, *, force: bool = False, keep_partial: bool = False) -> SpeechStatus:
        """Cancel the job: at once while it waits, at the next chunk while it runs.

        Args:
            force: Do not wait for the chunk; the worker kills its model process within a second.
            keep_partial: Keep the chunks that are done; submitting again then goes on after them.

        Returns:
            The status before.

        Raises:
            UnknownJob: there is no such job.
        """
        return self._end(force=force, keep_partial=keep_partial)

    def withdraw(self) -> SpeechStatus:
        """Take back one submit: the job is cancelled unless somebody else has submitted it too.

        Returns:
            The status before.

        Raises:
            UnknownJob: there is no such job.
        """
        return self._end(only_own=True)

    def _end(self, **how: bool) -> SpeechStatus:
        with queue_errors():
            [owner] = lua_calls.read_owners(self._connection, [self.id])
            before = self._cancel_call(owner, **how).run(self._connection)
        return read_status(self.id, before)
