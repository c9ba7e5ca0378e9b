"""Cancels the batch of a book."""

from dataclasses import dataclass

from jobs.books.batch import BookBatch, find_batch
from jobs.books.open_books import OpenBooks
from jobs.errors import InvalidRequest, UnknownBatch
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from scripts.audiobook.book import Book
from scripts.audiobook.plan.choose import BookOptions
from scripts.audiobook.plan.write_manifest import prepare_book


@dataclass(frozen=True, slots=True)
class CancelledBatch:
    """A batch that was told to end."""

    batch_id: str
    title: str
    status: SpeechStatus
    """Its status before."""
    is_exact: bool
    """False: it was started with other options, and only the book's file name is the same."""


def cancel_book(book: Book, options: BookOptions, queue: SpeechQueue) -> list[CancelledBatch]:
    """Cancel the batch of a book with these options, else all open ones of that file name.

    Raises:
        UnknownBatch: there is none.
        QueueUnavailable: Redis does not answer.
    """
    try:
        batch = find_batch(prepare_book(book, options).manifest.batch_id, queue)
    except (UnknownBatch, InvalidRequest):  # the book was never started with these options
        cancelled = [
            _cancel(other, is_exact=False)
            for other in OpenBooks(queue).find()
            if other.manifest.source == book.path.name
        ]
    else:
        cancelled = [_cancel(batch, is_exact=True)]
    if not cancelled:
        raise UnknownBatch(f"{book.path.name!r} is not being made; `ktts status` lists what is")
    return cancelled


def describe_cancelled(batch: CancelledBatch) -> str:
    """Return one line about what happened to a batch."""
    name = f"{batch.title} ({batch.batch_id})"
    if batch.status is SpeechStatus.FINISHED:
        return f"{name} had finished already"
    which = "" if batch.is_exact else ", which was started with other options,"
    return f"{name}{which} is cancelled; what is spoken is kept for when you want it again"


def _cancel(batch: BookBatch, *, is_exact: bool) -> CancelledBatch:
    before = batch.read_status().status
    batch.cancel()
    return CancelledBatch(batch.id, batch.manifest.title, before, is_exact)
