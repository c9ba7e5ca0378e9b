"""Ends the making of books that nobody wants any more."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.books.batch import BookBatch, find_batch
from jobs.errors import InvalidRequest, UnknownBatch
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from scripts.audiobook.book import Book
from scripts.audiobook.make.batches import open_batches
from scripts.audiobook.plan.choose import Wishes
from scripts.audiobook.plan.write_manifest import prepare


@dataclass(frozen=True, slots=True)
class Ended:
    """A batch that was asked to end."""

    batch_id: str
    title: str
    status: SpeechStatus
    """Before."""
    is_exact: bool
    """False where it was started with other options, and only the file's name is the same."""


def cancel_book(book: Book, wishes: Wishes, queue: SpeechQueue) -> list[Ended]:
    """Cancel the batch of a book with these options, or else all open ones of a file of its name.

    Raises:
        UnknownBatch: there is none.
        QueueUnavailable: Redis does not answer.
    """
    try:
        batch = find_batch(prepare(book, wishes).manifest.batch_id, queue)
    except (UnknownBatch, InvalidRequest):  # with these options nothing was ever started
        ended = [
            _cancel(other, is_exact=False)
            for other in open_batches(queue)
            if other.manifest.source == book.path.name
        ]
    else:
        ended = [_cancel(batch, is_exact=True)]
    if not ended:
        raise UnknownBatch(f"{book.path.name!r} is not being made; `ktts status` lists what is")
    return ended


def describe_ended(batch: Ended) -> str:
    """Return what has become of a batch, in one line."""
    name = f"{batch.title} ({batch.batch_id})"
    if batch.status is SpeechStatus.FINISHED:
        return f"{name} had finished already"
    why = "" if batch.is_exact else ", which was started with other options,"
    return f"{name}{why} is cancelled; what is spoken is kept for when you want it again"


def _cancel(batch: BookBatch, *, is_exact: bool) -> Ended:
    before = batch.facts().status
    batch.cancel()
    return Ended(batch.id, batch.manifest.title, before, is_exact)
