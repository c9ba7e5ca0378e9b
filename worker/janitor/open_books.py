"""Moves the open books on from their files on disk, also if the command that began them is gone."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from jobs.books.batch import BookBatch, find_batch
from jobs.books.store import list_books
from jobs.errors import InputError, UnknownBatch
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus

BUDGET_SECONDS = 0.5
"""Time that one sweep may spend on books; the next sweep goes on after it."""

MAX_REMEMBERED = 64
"""Open books that stay in memory; others are read again each time, which takes 0.01 s a book."""

log = logging.getLogger(__name__)


class BookRounds:
    """Visits all open books round after round, a few books at a time."""

    def __init__(self, queue: SpeechQueue) -> None:
        """Prepare to visit the books in the output directory of `queue`."""
        self._queue = queue
        self._open: dict[str, BookBatch] = {}
        self._closed: dict[str, int] = {}
        """Closed books: batch id to the time of the last change of the book's directory."""
        self._round = self._go_round()

    def advance(self) -> bool:
        """Move some books on; return whether this round is over.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        deadline = time.monotonic() + BUDGET_SECONDS
        try:
            for _ in self._round:
                if time.monotonic() > deadline:
                    return False
        except OSError as exc:  # the janitor's other work must go on
            log.warning("books cannot be read: %s; trying again", exc)
        self._round = self._go_round()
        return True

    def find_wanted(self) -> set[str]:
        """Return the output names of all parts of all open books."""
        wanted: set[str] = set()
        for batch_id, changed in list_books(self._queue.settings.output_dir):
            if self._closed.get(batch_id) != changed and (batch := self._find(batch_id)):
                wanted.update(part.request.output_name or "" for part in batch.manifest.parts)
        return wanted

    def _go_round(self) -> Iterator[None]:
        known = dict(list_books(self._queue.settings.output_dir))
        self._open = {name: batch for name, batch in self._open.items() if name in known}
        self._closed = {name: when for name, when in self._closed.items() if name in known}
        for batch_id, changed in known.items():
            if self._closed.get(batch_id) != changed:
                self._visit(batch_id, changed)
                yield

    def _visit(self, batch_id: str, changed: int) -> None:
        batch = self._find(batch_id)
        if batch is None:
            self._closed[batch_id] = changed
            return
        try:
            facts = batch.advance()
        except UnknownBatch as exc:
            log.warning("book skipped: %s", exc)
            return
        if facts.is_cancelled or facts.status is SpeechStatus.FINISHED:
            self._open.pop(batch_id, None)
            self._closed[batch_id] = changed
        elif batch_id in self._open or len(self._open) < MAX_REMEMBERED:
            self._open[batch_id] = batch

    def _find(self, batch_id: str) -> BookBatch | None:
        if batch_id in self._open:
            return self._open[batch_id]
        try:
            return find_batch(batch_id, self._queue)
        except InputError as exc:
            log.warning("book skipped: %s", exc)
        except UnknownBatch:
            log.debug("book %s was removed", batch_id)
        return None
