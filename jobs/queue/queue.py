"""The producer's queue: submits requests, once each and within bounds, and finds jobs again."""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import redis

from ..assembly import ASSEMBLY_TASK, AssemblyRequest
from ..callback import AllowedHosts, write_callback
from ..errors import InvalidRequest, OwnerQueueFull, QueueFull, SpeechError, TextTooLong, UnknownJob
from ..request import SpeechRequest, SpeechStatus
from ..settings import QUEUES, QueueSettings
from ..telemetry.trace import with_trace
from ..text.owners import check_owner
from . import keys, lua_calls
from .connection import as_text, connect, queue_errors
from .job import SpeechJob
from .job_record import TASK, JobRecord, decode_call
from .lua_calls import ScriptCall, run_all
from .outbox import OutboxEntry, remove_entry, write_entries
from .overview import Overview, read_overview

RECOUNT_SECONDS = 10.0
"""How long the answer of a count of all waiting jobs is used."""

_UNBOUNDED = 10**20

_ROUND_TRIP_JOBS = 500


def check_length(request: SpeechRequest, max_characters: int) -> None:
    """Refuse a text over the limit.

    Raises:
        TextTooLong: the message names both numbers and the setting.
    """
    characters = len(request.text)
    if characters > max_characters:
        raise TextTooLong(
            f"the text has {characters} characters, more than the {max_characters} of one request; "
            "split it, or raise KTTS_MAX_CHARACTERS on producers and workers"
        )


class SpeechQueue:
    """Submits requests and finds jobs again."""

    def __init__(
        self,
        connection: redis.Redis | None = None,
        settings: QueueSettings | None = None,
        *,
        owner: str | None = None,
    ) -> None:
        """Use `connection`, or open one to the server that the settings name.

        Args:
            connection: To the queue's server.
            settings: Of this producer.
            owner: Whose the requests are that name nobody: up to 64 letters, digits and
                ``_.@+:-``; by the settings unless given, and empty for nobody's.

        Raises:
            QueueUnavailable: no server answers.
            InvalidRequest: nobody can be called so.
        """
        self.settings = settings or QueueSettings()
        self.owner = check_owner(owner) if owner else self.settings.owner * (owner is None)
        self.connection = connection or connect(self.settings.redis_url)
        self._next_recount = 0.0
        self._next_owner_recount = 0.0
        self._counted_characters = 0

    def submit(
        self,
        request: SpeechRequest,
        *,
        queue: str = "default",
        again: bool = False,
        overwrite: bool = False,
    ) -> SpeechJob:
        """Put one request into `queue` and return its job.

        Submitting the same request again returns the job that exists, finished or not; a job that
        failed or was cancelled is replaced. If the settings name an outbox, the submit is on disk
        before Redis gets it, and stays there while Redis does not answer. Submitted inside a span
        of OpenTelemetry's, the job belongs to its trace.

        Args:
            request: The text and how to speak it.
            queue: interactive, default or bulk.
            again: Run a finished job once more.
            overwrite: Replace a file of other content that has the output name.

        Raises:
            InvalidRequest: the text is too long, the queue is unknown, or the operator does not
                allow the callback URL.
            QueueFull: too much waits already; OwnerQueueFull if it is too much of its owner's.
            QueueUnavailable: Redis does not answer or does not write.
            OutputError: the outbox cannot be written.
        """
        [job] = self.submit_many([request], queue=queue, again=again, overwrite=overwrite)
        return job

    def submit_many(
        self,
        requests: Iterable[SpeechRequest],
        *,
        queue: str = "bulk",
        again: bool = False,
        overwrite: bool = False,
    ) -> list[SpeechJob]:
        """Put all requests into `queue` at once, many in a round trip, and return their jobs.

        Arguments and errors as `submit`. What was submitted before an error stays so: the same
        call again submits the rest.
        """
        _check_queue(queue)
        run = datetime.now(UTC).isoformat() if again else ""
        callbacks = list(map(_callback_of, wanted := list(requests)))
        wanted = [with_trace(request).owned_by(self.owner) for request in wanted]
        allowed = AllowedHosts(self.settings.webhook_hosts)
        for request in wanted:
            check_length(request, self.settings.max_characters)
            if request.callback_url is not None:
                allowed.check(request.callback_url)
        jobs: list[SpeechJob] = []
        for start in range(0, len(wanted), _ROUND_TRIP_JOBS):
            some = slice(start, start + _ROUND_TRIP_JOBS)
            jobs += self._submit_some(
                wanted[some], callbacks[some], queue, run, overwrite=overwrite
            )
        return jobs

    def _submit_some(
        self,
        requests: Sequence[SpeechRequest],
        callbacks: Sequence[str],
        queue: str,
        run: str,
        *,
        overwrite: bool,
    ) -> list[SpeechJob]:
        entries = [
            OutboxEntry(one.job_id, _document_of(one), queue, run, overwrite, lines)
            for one, lines in zip(requests, callbacks, strict=True)
        ]
        outbox_dir = self.settings.outbox_dir
        new = write_entries(outbox_dir, entries) if outbox_dir else set()
        jobs, refusal = self._push_all(list(map(_record_of, entries, requests)))
        if refusal is None:
            return jobs
        # An entry from before is another submit's, which was accepted.
        for job_id in new.difference(job.id for job in jobs):
            if outbox_dir:
                remove_entry(outbox_dir, job_id)
        raise refusal

    def replay(self, entry: OutboxEntry) -> SpeechJob:
        """Submit an entry that is on disk already; errors as `submit`."""
        return self._push(_record_of(entry, SpeechRequest(**entry.request)))

    def submit_assembly(
        self,
        request: AssemblyRequest,
        *,
        characters: int,
        queue: str = "bulk",
        traceparent: str = "",
        again: bool = False,
        owner: str = "",
    ) -> SpeechJob:
        """Submit the job that writes one file of a book from its finished parts.

        Args:
            request: Which file of which book.
            characters: Length of all parts; the time limit grows with it.
            queue: interactive, default or bulk.
            traceparent: The trace that the book was submitted in.
            again: Run a finished job once more.
            owner: Whose the book is.

        Raises:
            InvalidRequest: the queue is unknown.
            QueueFull: too much waits already.
            QueueUnavailable: Redis does not answer or does not write.
        """
        _check_queue(queue)
        record = JobRecord(
            job_id=request.job_id,
            task=ASSEMBLY_TASK,
            arguments={"request": request.model_dump(mode="json")},
            queue=queue,
            characters=characters,
            voice="",
            output_file=request.output_file,
            traceparent=traceparent,
            again=again,
            owner=owner,
        )
        return self._push(record)

    def forget(self, job_id: str) -> bool:
        """Remove the record of a failed or cancelled job; return whether there was one."""
        with queue_errors():
            return bool(lua_calls.forget(job_id).run(self.connection))

    def retry(self, job_id: str) -> SpeechJob:
        """Submit a failed or cancelled job once more, unchanged, into the same queue.

        Raises:
            UnknownJob: there is no such job.
            InvalidRequest: the job has not failed, or its record holds no request.
            QueueFull: too much waits already.
        """
        info = self.job(job_id).facts()
        if info.status not in {
            SpeechStatus.FAILED,
            SpeechStatus.CANCELLED,
            SpeechStatus.UNREADABLE,
        }:
            raise InvalidRequest(
                f"job {job_id} is {info.status}; only failed or cancelled jobs are retried"
            )
        with queue_errors():
            data, callbacks = self.connection.hmget(keys.job(job_id), "data", "callbacks")
        task, arguments = decode_call(data if isinstance(data, bytes) else b"")
        request = arguments.get("request")
        if not isinstance(request, dict):
            raise InvalidRequest(f"the record of job {job_id} holds no request; submit it anew")
        if task == ASSEMBLY_TASK:
            return self.submit_assembly(
                AssemblyRequest(**request),
                characters=info.characters,
                queue=info.queue,
                owner=info.owner,
            )
        _check_queue(info.queue)
        speech = with_trace(SpeechRequest(**request))
        check_length(speech, self.settings.max_characters)
        run = datetime.now(UTC).isoformat() if arguments.get("run") else ""
        # As it is: whoever retries another's job does not become its owner, and all who were to be
        # told are told again.
        [job] = self._submit_some(
            [speech],
            [as_text(callbacks or "")],
            info.queue,
            run,
            overwrite=bool(arguments.get("overwrite")),
        )
        return job

    def overview(self) -> Overview:
        """Return the counts of jobs by state and the workers that are alive."""
        return read_overview(self.connection)

    def job(self, job_id: str) -> SpeechJob:
        """Return the handle of a job.

        Raises:
            UnknownJob: there is no such job, or its record has expired.
        """
        with queue_errors():
            known = self.connection.exists(keys.job(job_id))
        if not known:
            raise UnknownJob(
                f"there is no job {job_id!r}; `ktts status` lists those that are known"
            )
        return SpeechJob(job_id, self.connection, self.settings)

    def jobs(self, *, owner: str | None = None) -> list[SpeechJob]:
        """Return all jobs that Redis knows: running, waiting, failed, cancelled, finished.

        Args:
            owner: Only those of this owner; empty for those of nobody.
        """
        with queue_errors():
            found: list[Any] = list(self.connection.hkeys(keys.HELD))
            for name in QUEUES:
                found += self.connection.lrange(keys.queue(name), 0, -1)
            for registry in (keys.failed, keys.cancelled, keys.finished):
                for name in QUEUES:
                    found += self.connection.zrange(registry(name), 0, -1, desc=True)
        unique = list(dict.fromkeys(as_text(job_id) for job_id in found))
        if owner is not None:
            with queue_errors():
                owners = lua_calls.read_owners(self.connection, unique)
            unique = [job_id for job_id, name in zip(unique, owners, strict=True) if name == owner]
        return [SpeechJob(job_id, self.connection, self.settings) for job_id in unique]

    def _push(self, record: JobRecord) -> SpeechJob:
        jobs, refusal = self._push_all([record])
        if refusal is not None:
            raise refusal
        return jobs[0]

    def _push_all(self, records: Sequence[JobRecord]) -> tuple[list[SpeechJob], SpeechError | None]:
        """Submit in the order given; return the jobs, and why the first is refused that is.

        After one that finds no room, a smaller one or another owner's may still find some.
        """
        calls = [self._submit_call(record) for record in records]
        with queue_errors():
            answers = run_all(self.connection, calls)
        jobs: list[SpeechJob] = []
        refusal: SpeechError | None = None
        for record, first in zip(records, answers, strict=True):
            answer = first
            if as_text(answer[0]) == "replaces":
                answer = self._enter(record, replaces=True)
            if as_text(answer[0]) == "full" and self._can_be_wrong(answer, record):
                answer = self._enter(record, replaces=True, most_characters=_UNBOUNDED)
            if as_text(answer[0]) == "owner_full" and self._recount_owners():
                answer = self._enter(record, replaces=True)
            if as_text(answer[0]) in {"full", "owner_full", "told"}:
                refusal = refusal or self._refuse(record, answer)
                continue
            is_new = as_text(answer[0]) == "submitted"
            jobs.append(SpeechJob(record.job_id, self.connection, self.settings, is_new=is_new))
        return jobs, refusal

    def _refuse(self, record: JobRecord, answer: Any) -> SpeechError:
        if as_text(answer[0]) == "told":
            return InvalidRequest(
                f"job {record.job_id} has {lua_calls.MAX_CALLBACKS} callbacks, the most that one "
                "may have; wait for its end and submit again"
            )
        settings = self.settings
        bounds = settings.max_queued_jobs, settings.max_queued_characters
        whose, kind = "", QueueFull
        if as_text(answer[0]) == "owner_full":
            bounds = settings.owner_max_queued_jobs, settings.owner_max_queued_characters
            whose, kind = f" of owner {record.owner!r}", OwnerQueueFull
        jobs, characters = (str(bound or "none") for bound in bounds)
        return kind(
            f"{answer[1]} jobs with {answer[2]} characters{whose} wait already (bounds: {jobs} and "
            f"{characters}); try again when workers have caught up"
        )

    def _recount_owners(self) -> bool:
        """Have what owners have counted by the jobs themselves; say whether that was done now.

        Any producer may change what `submit.lua` reads.
        """
        if time.monotonic() < self._next_owner_recount:
            return False
        self._next_owner_recount = time.monotonic() + RECOUNT_SECONDS
        with queue_errors():
            lua_calls.recount(self.connection, is_written=True, counts_running=False)
        return True

    def _enter(self, record: JobRecord, **options: Any) -> Any:
        with queue_errors():
            return self._submit_call(record, **options).run(self.connection)

    def _submit_call(self, record: JobRecord, **options: Any) -> ScriptCall:
        return lua_calls.submit(
            record.job_id,
            record.queue,
            record.fields(self.connection, self.settings),
            characters=record.characters,
            again=record.again,
            owner=record.owner,
            callbacks=record.callbacks,
            settings=self.settings,
            **options,
        )

    def _can_be_wrong(self, answer: Any, record: JobRecord) -> bool:
        """Say whether the queue is not full if the characters are counted by the jobs themselves.

        Any producer may change the sum that `submit.lua` reads. Counting reads every waiting job,
        so its answer is used for a while.
        """
        if int(answer[1]) >= self.settings.max_queued_jobs:
            return False
        if time.monotonic() >= self._next_recount:
            with queue_errors():
                counts = lua_calls.recount(self.connection, is_written=False, counts_running=False)
            self._counted_characters = sum(counts)
            self._next_recount = time.monotonic() + RECOUNT_SECONDS
        free = self.settings.max_queued_characters - self._counted_characters
        if record.characters > free:
            return False
        self._counted_characters += record.characters
        return True


def _check_queue(queue: str) -> None:
    if queue not in QUEUES:
        raise InvalidRequest(f"queue {queue!r} is unknown; choose from {', '.join(QUEUES)}")


def _record_of(entry: OutboxEntry, request: SpeechRequest) -> JobRecord:
    return JobRecord(
        job_id=entry.job_id,
        task=TASK,
        arguments={"request": entry.request, "run": entry.run, "overwrite": entry.overwrite},
        queue=entry.queue,
        characters=len(request.text),
        voice="" if request.speakers else request.voice,
        output_file=request.output_file,
        source=request.metadata.get("source", ""),
        again=bool(entry.run),
        owner=request.owner,
        callbacks=entry.callbacks,
    )


def _document_of(request: SpeechRequest) -> dict[str, Any]:
    """Return what the worker gets, which tells nobody."""
    return request.model_dump(mode="json", exclude={"callback_url"})


def _callback_of(request: SpeechRequest) -> str:
    return write_callback(request.callback_url, request.metadata) if request.callback_url else ""
