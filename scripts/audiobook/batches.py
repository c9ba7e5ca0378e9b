"""The books in the output directory: which there are, and what is known of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobs import books
from jobs.batch import BookBatch, find_batch
from jobs.errors import InputError, UnknownBatch
from jobs.manifest import manifest_file
from jobs.queue import SpeechQueue
from scripts.audiobook.tally import BookTally, measure_pace


def has_batch(batch_id: str, queue: SpeechQueue) -> bool:
    """Return whether `batch_id` is a book's; ids of jobs look the same."""
    is_plain = batch_id.isalnum()  # it becomes part of a path
    return is_plain and manifest_file(queue.settings.output_dir, batch_id).is_file()


def open_batches(queue: SpeechQueue) -> Iterator[BookBatch]:
    """Yield the books in the output directory that are not finished and not cancelled."""
    for batch_id, _ in books.list_books(queue.settings.output_dir):
        try:
            batch = find_batch(batch_id, queue)
        except (InputError, UnknownBatch):  # of another version, or removed meanwhile
            continue
        if batch.is_open:
            yield batch


def write_status(book: BookTally) -> dict[str, Any]:
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
