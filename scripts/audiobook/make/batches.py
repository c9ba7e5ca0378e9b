"""The books in the output directory: which there are, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs.books import store
from jobs.books.batch import BookBatch, find_batch
from jobs.books.manifest import manifest_file
from jobs.errors import InputError, UnknownBatch
from jobs.queue.queue import SpeechQueue
from scripts.audiobook.make.book_progress import BookProgress, measure_pace


def has_batch(batch_id: str, queue: SpeechQueue) -> bool:
    """Return whether `batch_id` is a book's; ids of jobs look the same."""
    is_plain = batch_id.isalnum()  # it becomes part of a path
    return is_plain and manifest_file(queue.settings.output_dir, batch_id).is_file()


def open_batches(queue: SpeechQueue) -> Iterator[BookBatch]:
    """Yield the books in the output directory that are not finished and not cancelled."""
    return OpenBatches(queue).find()


def write_status(book: BookProgress) -> dict[str, Any]:
    """Return all that is known of a batch, for ``ktts status BATCH --json``."""
    pace = measure_pace([book])
    return {
        "batch_id": book.facts.batch_id,
        "title": book.manifest.title,
        "status": book.facts.status,
        "audio_seconds": book.audio_seconds,
        "fraction": book.fraction,
        "speed": pace.speed,
        "remaining_seconds": pace.remaining_seconds,
        "problem": book.facts.problem,
        "chapters": [
            {
                "title": chapter.title,
                "status": chapter.status,
                "characters": chapter.characters,
                "fraction": chapter.fraction,
                "audio_seconds": chapter.audio_seconds,
                "workers": chapter.workers,
                "problem": chapter.problem,
            }
            for chapter in book.chapters
        ],
        "files": [
            {
                "name": output.name,
                "status": output.status,
                "path": output.result and output.result.path,
                "problem": output.error_message,
            }
            for output in book.facts.outputs
        ],
    }


class OpenBatches:
    """Looks for open books again and again; a manifest, which holds a whole text, is read once."""

    def __init__(self, queue: SpeechQueue) -> None:
        """Prepare to look in the output directory of `queue`."""
        self._queue = queue
        self._batches: dict[str, BookBatch] = {}
        self._closed: dict[str, int] = {}
        """When the directory of a book that is not open last changed."""

    def find(self) -> Iterator[BookBatch]:
        """Yield the books that are not finished and not cancelled."""
        for batch_id, changed in store.list_books(self._queue.settings.output_dir):
            if self._closed.get(batch_id) == changed:
                continue
            batch = self._read(batch_id)
            if batch is not None and batch.is_open:
                self._batches[batch_id] = batch
                yield batch
            else:
                self._batches.pop(batch_id, None)
                self._closed[batch_id] = changed

    def _read(self, batch_id: str) -> BookBatch | None:
        if batch_id in self._batches:
            return self._batches[batch_id]
        try:
            return find_batch(batch_id, self._queue)
        except (InputError, UnknownBatch):  # of another version, or removed meanwhile
            return None
