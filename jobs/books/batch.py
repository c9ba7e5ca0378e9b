"""A book in the queue: one job per part, then one per file, with the manifest on disk as the plan.

There is no ``depends_on``: whoever looks at a batch moves it on with `BookBatch.advance`, the
watching command and every janitor alike. Each step is safe to take twice, at once or after a crash:

* a part that is neither finished on disk nor known to Redis is submitted, again after a FLUSHALL;
* a file whose parts are all finished is submitted as an assembly, under an id of its own;
* of a batch that is cancelled, what still waits or runs is ended.

What has failed waits for `BookBatch.retry`, or for the same book to be submitted again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from ..errors import InputError, QueueFull
from ..queue.job import SpeechJob, cancel_jobs
from ..queue.outbox import OutboxEntry
from ..queue.overview import read_jobs
from ..queue.queue import SpeechQueue
from ..queue.trace import BATCH
from ..request import SpeechStatus
from . import store
from .batch_scan import Survey, Surveyor, name_jobs
from .batch_status import BatchFacts
from .manifest import BookOutput, BookPart, Manifest

QUEUE = "bulk"
"""Where the jobs of books wait."""

CANCELLED_AT_ONCE = 50
"""Jobs that are ended in one round trip, before it is looked whether they are still to be."""


def open_batch(manifest: Manifest, cover: bytes | None, queue: SpeechQueue) -> BookBatch:
    """Write a book down, so that it goes on whatever happens; `BookBatch.submit_parts` comes next.

    One that was cancelled is wanted again.

    Args:
        manifest: The whole plan.
        cover: The picture that the manifest names.
        queue: Where its jobs go; its settings name the output directory.

    Raises:
        InvalidRequest: a file's name is not a plain one, or the cover is not the manifest's.
        OutputError: it cannot be written; nothing was submitted.
    """
    output_dir, batch = queue.settings.output_dir, BookBatch(manifest, queue)
    for output in manifest.outputs:
        store.drop_lost_result(output_dir, batch.id, output)
    store.write_book(output_dir, manifest, cover)
    store.unmark_cancelled(output_dir, batch.id)
    for part in manifest.parts:
        store.touch_part(output_dir, part)
    return batch


def find_batch(batch_id: str, queue: SpeechQueue) -> BookBatch:
    """Return the batch of a book that was written down before.

    Raises:
        UnknownBatch: there is none of this id.
        InputError: its manifest cannot be read.
    """
    return BookBatch(store.read_book(queue.settings.output_dir, batch_id), queue)


class BookBatch:
    """A handle on a book's jobs."""

    def __init__(self, manifest: Manifest, queue: SpeechQueue) -> None:
        """Refer to a book that was written down; see `open_batch` and `find_batch`."""
        self.manifest = manifest
        self._ids = name_jobs(manifest)
        self.id = self._ids.batch_id
        self._queue = queue
        self._output_dir = queue.settings.output_dir
        self._surveyor = Surveyor(manifest, self._ids, queue.connection, queue.settings)

    def __repr__(self) -> str:
        return f"BookBatch({self.id!r})"

    @property
    def job_ids(self) -> set[str]:
        """Every job of the book, its assemblies included."""
        return self._ids.all

    @property
    def is_open(self) -> bool:
        """Something is to be done yet, and somebody wants it."""
        return not store.is_cancelled(self._output_dir, self.id) and not self._is_finished

    @property
    def _is_finished(self) -> bool:
        found = store.find_outputs(self._output_dir, self.id, self.manifest.outputs)
        return len(found) == len(self.manifest.outputs)

    def facts(self) -> BatchFacts:
        """Read where the book stands, in one round trip.

        Raises:
            UnknownBatch: its manifest is gone, or the volume is away.
            QueueUnavailable: Redis does not answer.
        """
        return self._surveyor.look().facts()

    def submit_parts(self) -> Iterator[SpeechJob]:
        """Submit every part that is not finished, failed and cancelled ones too; yields each job.

        Raises:
            QueueFull: too much waits already; called again later, it goes on.
            QueueUnavailable: Redis does not answer or does not write.
        """
        survey = self._surveyor.look()
        facts = survey.facts()
        for output in facts.failed_outputs:
            self._queue.forget(output.job_id)
        for part, known in zip(self.manifest.parts, facts.parts, strict=True):
            if known.status is not SpeechStatus.FINISHED:
                yield self._submit(part, survey)

    def advance(self) -> BatchFacts:
        """Do what is due, and return where the book stood before that; errors as `facts`.

        Where the queue is full the rest is left for the next time.
        """
        survey = self._surveyor.look()
        facts = survey.facts()
        if not survey.is_cancelled:
            with suppress(QueueFull):
                self._submit_unknown(survey, facts)
                self._submit_assemblies(survey, facts)
        # Looked at again: who cancelled meanwhile has not seen what was submitted.
        if store.is_cancelled(self._output_dir, self.id):
            self._end_jobs(force=False)
        return facts

    def cancel(self, *, force: bool = False) -> None:
        """End all that waits or runs, but for parts that another open book shares.

        What has finished stays; a book that is finished is left alone.

        Args:
            force: Do not wait for running chunks.

        Raises:
            OutputError: it cannot be written down; nothing was cancelled.
            QueueUnavailable: Redis does not answer; it is written down, and the janitor goes on.
        """
        if not self._is_finished:
            store.mark_cancelled(self._output_dir, self.id)
            self._end_jobs(force=force)

    def retry(self) -> list[SpeechJob]:
        """Submit what has failed, was cancelled or is damaged once more; returns the jobs.

        Raises:
            QueueFull: too much waits already; called again later, it goes on.
            QueueUnavailable: Redis does not answer or does not write.
        """
        survey = self._surveyor.look()
        for output in self.manifest.outputs:
            if survey.lacks_parts(output.name):
                self._drop_damaged(output)
        store.unmark_cancelled(self._output_dir, self.id)
        jobs = list(self.submit_parts())
        self.advance()
        return jobs

    # -- submitting ---------------------------------------------------------------------------

    def _submit(self, part: BookPart, survey: Survey) -> SpeechJob:
        request = part.request
        run = datetime.now(UTC).isoformat() if survey.is_lost(request.job_id) else ""
        # The manifest is the promise: an outbox would only repeat it. A file that stands under a
        # part's name is that part, perhaps a damaged one.
        document = request.model_dump(mode="json")
        document["metadata"] = {**request.metadata, BATCH: self.id}
        return self._queue.replay(OutboxEntry(request.job_id, document, QUEUE, run, overwrite=True))

    def _submit_unknown(self, survey: Survey, facts: BatchFacts) -> None:
        if all(part.status is not None for part in facts.parts):
            return
        # An assembly that failed for want of them is to be tried again when they are there.
        for output in facts.failed_outputs:
            if survey.lacks_parts(output.name):
                self._queue.forget(output.job_id)
        for part, known in zip(self.manifest.parts, facts.parts, strict=True):
            if known.status is None:
                self._submit(part, survey)

    def _submit_assemblies(self, survey: Survey, facts: BatchFacts) -> None:
        waiting = {part.chapter for part in facts.parts if part.status is not SpeechStatus.FINISHED}
        for output in facts.outputs:
            if output.status is None and not waiting.intersection(output.needed_chapters):
                self._queue.submit_assembly(
                    self._ids.outputs[output.name],
                    characters=sum(self.manifest.chapters[at].characters for at in output.chapters),
                    queue=QUEUE,
                    again=survey.is_lost(output.job_id),
                )

    def _drop_damaged(self, output: BookOutput) -> None:
        for at in self.manifest.chapters_for(output):
            for part in self.manifest.chapters[at].parts:
                if store.find_damage(self._output_dir, part):
                    store.drop_part(self._output_dir, part)

    # -- ending -------------------------------------------------------------------------------

    def _end_jobs(self, *, force: bool) -> None:
        """Cancel what waits or runs; with every step it is still to be so."""
        jobs = read_jobs(self._queue.connection, self.job_ids)
        live = [job_id for job_id, job in jobs.items() if not job.status.is_terminal]
        if live:
            wanted = self._wanted_elsewhere()
            live = [job_id for job_id in live if job_id not in wanted]
        for at in range(0, len(live), CANCELLED_AT_ONCE):
            if not store.is_cancelled(self._output_dir, self.id):
                return
            cancel_jobs(
                self._queue.connection,
                live[at : at + CANCELLED_AT_ONCE],
                self._queue.settings,
                force=force,
            )

    def _wanted_elsewhere(self) -> set[str]:
        """Return the jobs of all other open books."""
        wanted: set[str] = set()
        for batch_id, _ in store.list_books(self._output_dir):
            if batch_id == self.id:
                continue
            with suppress(InputError):  # one that cannot be read wants nothing
                other = find_batch(batch_id, self._queue)
                if other.is_open:
                    wanted |= other.job_ids
        return wanted
