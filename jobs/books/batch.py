"""A batch: the jobs of one book. One job speaks each part, one more assembles each file.

The manifest on disk is the plan. Jobs do not depend on each other in Redis: the watching command
and every janitor call `BookBatch.advance`, which does what is due. Every step may be repeated, run
twice at once, or be cut short by a crash:

* a part that is not on disk and whose job Redis does not know is submitted, also after a FLUSHALL;
* so is one that was spoken under other rules than today's, unless the book keeps it;
* a file whose parts are all finished is submitted as an assembly job;
* the jobs of a cancelled batch are cancelled.

Failed jobs wait for `BookBatch.retry`, or for the same book to be submitted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cached_property

from ..callback import AllowedHosts, write_callback
from ..errors import InputError, QueueFull, UnknownBatch
from ..queue.job import SpeechJob, cancel_jobs
from ..queue.outbox import OutboxEntry
from ..queue.overview import read_jobs
from ..queue.queue import SpeechQueue
from ..request import SpeechStatus, check_metadata
from ..telemetry.trace import BATCH, TRACEPARENT, current_traceparent
from . import store
from .batch_scan import BatchJobs, BatchScan, BatchScanner
from .batch_status import BatchStatus
from .callbacks import keep_callback, renew_callbacks
from .manifest import BookOutput, BookPart, Manifest
from .spoken_parts import find_spoken, write_kept

CANCEL_STEP = 50
"""Jobs cancelled per round trip before the cancel mark is checked again."""


def open_batch(
    manifest: Manifest,
    cover: bytes | None,
    queue: SpeechQueue,
    *,
    keeps_parts: bool = False,
    queue_name: str = store.BOOK_QUEUE,
    callback_url: str | None = None,
    metadata: dict[str, str] | None = None,
) -> BookBatch:
    """Write a book's manifest to disk; afterwards call `BookBatch.submit_parts`.

    If the book was cancelled before, the cancel mark is removed.

    Args:
        manifest: The whole book.
        cover: The picture that the manifest names.
        queue: Queue for the jobs; its settings name the output directory, and it names the owner of
            a book that has none.
        keeps_parts: Go on with parts that were spoken under other rules than today's; else they
            are spoken anew.
        queue_name: Where its jobs wait that are not there yet.
        callback_url: Who is told when the whole book is finished, failed or cancelled.
        metadata: The caller's own labels, for the message.

    Raises:
        InvalidRequest: a file name is not plain, the cover is not the manifest's, or the operator
            does not allow the callback URL.
        OutputError: the manifest cannot be written; nothing was submitted.
    """
    labels = check_metadata(metadata or {})
    if callback_url is not None:
        AllowedHosts(queue.settings.webhook_hosts).check(callback_url)
    manifest = manifest.owned_by(queue.owner)
    output_dir, batch = queue.settings.output_dir, BookBatch(manifest, queue)
    for output in manifest.outputs:
        store.drop_lost_result(output_dir, batch.id, output)
    # Before the manifest, with which a janitor begins to submit.
    kept = find_spoken(manifest, queue.settings).outdated if keeps_parts else ()
    write_kept(output_dir, batch.id, kept)
    store.keep_traceparent(output_dir, batch.id, current_traceparent())
    store.keep_queue(output_dir, batch.id, queue_name)
    if callback_url is not None:
        keep_callback(output_dir, batch.id, write_callback(callback_url, labels))
    store.write_book(output_dir, manifest, cover)
    store.unmark_cancelled(output_dir, batch.id)
    for part in manifest.parts:
        store.touch_part(output_dir, part)
    return batch


def find_batch(batch_id: str, queue: SpeechQueue) -> BookBatch:
    """Return the batch whose manifest `open_batch` wrote.

    Raises:
        UnknownBatch: no book has this id.
        InputError: its manifest cannot be read.
    """
    return BookBatch(store.read_book(queue.settings.output_dir, batch_id), queue)


class BookBatch:
    """A handle on a book's jobs."""

    def __init__(self, manifest: Manifest, queue: SpeechQueue) -> None:
        """Refer to a book whose manifest is on disk; see `open_batch` and `find_batch`."""
        self.manifest = manifest
        self._ids = BatchJobs.of(manifest)
        self.id = self._ids.batch_id
        self._queue = queue
        self._output_dir = queue.settings.output_dir
        self._scanner = BatchScanner(manifest, self._ids, queue.connection, queue.settings)

    def __repr__(self) -> str:
        return f"BookBatch({self.id!r})"

    @property
    def job_ids(self) -> set[str]:
        """Ids of every job of the batch, assemblies included."""
        return self._ids.all

    @property
    def is_open(self) -> bool:
        """The book is neither finished nor cancelled."""
        return not store.is_cancelled(self._output_dir, self.id) and not self._is_finished

    @property
    def _is_finished(self) -> bool:
        found = store.find_outputs(self._output_dir, self.id, self.manifest.outputs)
        return len(found) == len(self.manifest.outputs)

    def read_status(self) -> BatchStatus:
        """Read how far the book is, in one round trip.

        Raises:
            UnknownBatch: its manifest is gone, or the volume is not mounted.
            QueueUnavailable: Redis does not answer.
        """
        return self._scanner.scan().status()

    def submit_parts(self) -> Iterator[SpeechJob]:
        """Submit every unfinished part, failed and cancelled ones too; yields each job.

        Raises:
            QueueFull: too many jobs wait; call again later to submit the rest.
            QueueUnavailable: Redis does not answer or does not write.
        """
        scan = self._scanner.scan()
        if self._drop_outdated_outputs(scan):
            scan = self._scanner.scan()
        if kept := self._live_jobs([job_id for job_id, part in scan.parts.items() if part.change]):
            cancel_jobs(self._queue.connection, kept, self._queue.settings)
        status = scan.status()
        for output in status.failed_outputs:
            self._queue.forget(output.job_id)
        try:
            for part, known in zip(self.manifest.parts, status.parts, strict=True):
                if known.status is not SpeechStatus.FINISHED:
                    yield self._submit(part, scan)
        finally:
            if status.status is not SpeechStatus.FINISHED:
                renew_callbacks(self._output_dir, self.id)

    def advance(self) -> BatchStatus:
        """Submit or cancel what is due, and return the status from before; errors as `read_status`.

        If the queue is full, the rest is left for the next call.
        """
        scan = self._scanner.scan()
        status = scan.status()
        if not scan.is_cancelled:
            self._drop_outdated_outputs(scan)
            with suppress(QueueFull):
                self._submit_unknown(scan, status)
                self._submit_assemblies(scan, status)
        # Read the mark again: whoever cancelled meanwhile did not see the jobs just submitted.
        if store.is_cancelled(self._output_dir, self.id):
            self._cancel_jobs(force=False)
        return status

    def cancel(self, *, force: bool = False) -> None:
        """Cancel all waiting and running jobs, but not parts that another open book needs too.

        Finished parts stay; a finished book is left alone.

        Args:
            force: Do not wait for running chunks.

        Raises:
            OutputError: the cancel mark cannot be written; nothing was cancelled.
            QueueUnavailable: Redis does not answer; the mark is written, so a janitor cancels.
        """
        if not self._is_finished:
            store.mark_cancelled(self._output_dir, self.id)
            self._cancel_jobs(force=force)

    def retry(self) -> list[SpeechJob]:
        """Submit failed, cancelled and damaged parts again, and return the jobs.

        Raises:
            QueueFull: too many jobs wait; call again later to submit the rest.
            QueueUnavailable: Redis does not answer or does not write.
        """
        scan = self._scanner.scan()
        for output in self.manifest.outputs:
            if scan.lacks_parts(output.name):
                self._drop_damaged(output)
        store.unmark_cancelled(self._output_dir, self.id)
        jobs = list(self.submit_parts())
        self.advance()
        return jobs

    @cached_property
    def _queue_name(self) -> str:
        return store.find_queue(self._output_dir, self.id)

    @cached_property
    def _traceparent(self) -> str:
        return current_traceparent() or store.find_traceparent(self._output_dir, self.id)

    def _submit(self, part: BookPart, scan: BatchScan) -> SpeechJob:
        request = part.request
        run = scan.name_run(request)
        # No outbox file is written: the manifest already records this job. A file under the part's
        # name holds the same part, perhaps damaged, so it may be replaced.
        document = request.model_dump(mode="json")
        labels = {BATCH: self.id, TRACEPARENT: self._traceparent}
        document["metadata"] = request.metadata | {k: v for k, v in labels.items() if v}
        entry = OutboxEntry(request.job_id, document, self._queue_name, run, overwrite=True)
        return self._queue.replay(entry)

    def _submit_unknown(self, scan: BatchScan, status: BatchStatus) -> None:
        if all(part.status is not None for part in status.parts):
            return
        # Forget assemblies that failed because these parts were missing: they are due again later.
        for output in status.failed_outputs:
            if scan.lacks_parts(output.name):
                self._queue.forget(output.job_id)
        for part, known in zip(self.manifest.parts, status.parts, strict=True):
            if known.status is None:
                self._submit(part, scan)

    def _submit_assemblies(self, scan: BatchScan, status: BatchStatus) -> None:
        unfinished = {
            part.chapter for part in status.parts if part.status is not SpeechStatus.FINISHED
        }
        for output in status.outputs:
            if output.status is None and not unfinished.intersection(output.needed_chapters):
                self._queue.submit_assembly(
                    self._ids.outputs[output.name],
                    characters=sum(self.manifest.chapters[i].characters for i in output.chapters),
                    queue=self._queue_name,
                    traceparent=self._traceparent,
                    again=scan.is_lost(output.job_id),
                    owner=self.manifest.owner,
                )

    def _drop_outdated_outputs(self, scan: BatchScan) -> bool:
        """Assemble the finished files of outdated parts again, as a book has one reading."""
        outputs = scan.outdated_outputs()
        for output in outputs:
            store.drop_result(self._output_dir, self.id, output)
        return bool(outputs)

    def _drop_damaged(self, output: BookOutput) -> None:
        for index in self.manifest.chapters_for(output):
            for part in self.manifest.chapters[index].parts:
                if store.find_damage(self._output_dir, part):
                    store.drop_part(self._output_dir, part)

    def _cancel_jobs(self, *, force: bool) -> None:
        """Cancel waiting and running jobs; re-check the cancel mark before each batch of 50."""
        live = self._live_jobs(self.job_ids)
        for start in range(0, len(live), CANCEL_STEP):
            if not store.is_cancelled(self._output_dir, self.id):
                return
            step = live[start : start + CANCEL_STEP]
            cancel_jobs(self._queue.connection, step, self._queue.settings, force=force)

    def _live_jobs(self, job_ids: Collection[str]) -> list[str]:
        """Return those of the jobs that wait or run, and that no other open book needs."""
        jobs = read_jobs(self._queue.connection, job_ids) if job_ids else {}
        live = [job_id for job_id, job in jobs.items() if not job.status.is_terminal]
        shared = self._jobs_of_other_books() if live else set()
        return [job_id for job_id in live if job_id not in shared]

    def _jobs_of_other_books(self) -> set[str]:
        """Return the job ids of all other open books."""
        job_ids: set[str] = set()
        for batch_id, _ in store.list_books(self._output_dir):
            if batch_id == self.id:
                continue
            with suppress(InputError, UnknownBatch):  # an unreadable manifest needs no jobs
                other = find_batch(batch_id, self._queue)
                if other.is_open:
                    job_ids |= other.job_ids
        return job_ids
