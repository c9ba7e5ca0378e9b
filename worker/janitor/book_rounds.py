"""Advances every open book from its manifest on disk, even if the command that began it is gone."""

import logging
import time
from collections.abc import Iterator

from jobs.books.batch_status import BatchStatus
from jobs.books.callbacks import announce
from jobs.books.open_books import OpenBooks
from jobs.errors import QueueFull, QueueUnavailable, SpeechError
from jobs.queue.connection import queue_errors
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus

BUDGET_SECONDS = 0.5
"""Longest time that one sweep spends on books; the next sweep continues with the rest."""

log = logging.getLogger(__name__)


class BookRounds:
    """Advances the open books in rounds, a few books per sweep."""

    def __init__(self, queue: SpeechQueue) -> None:
        """Prepare to advance the books in the output directory of `queue`."""
        self._output_dir = queue.settings.output_dir
        self._connection = queue.connection
        self._books = OpenBooks(
            queue, on_unreadable=lambda error: log.warning("book skipped: %s", error)
        )
        self._round = self._advance_all()

    def advance(self) -> bool:
        """Advance some books; returns whether this round is over.

        Raises:
            QueueUnavailable: Redis does not answer.
        """
        deadline = time.monotonic() + BUDGET_SECONDS
        try:
            for _ in self._round:
                if time.monotonic() > deadline:
                    return False
        except OSError as exc:  # the volume fails, but the janitor's other work must go on
            log.warning("books cannot be read: %s; trying again", exc)
        self._round = self._advance_all()
        return True

    def find_wanted(self) -> set[str]:
        """Return the output names of all parts of open books."""
        return {
            part.request.output_name or ""
            for batch, _ in self._books.candidates()
            for part in batch.manifest.parts
        }

    def _advance_all(self) -> Iterator[None]:
        for batch, changed in self._books.candidates():
            try:
                status = batch.advance()
            except (QueueUnavailable, QueueFull):
                raise
            except SpeechError as exc:
                log.warning("book skipped: %s", exc)
            else:
                _log_outdated(status)
                is_over = status.is_cancelled or status.status is SpeechStatus.FINISHED
                if self._announce(status) and is_over:
                    self._books.close(batch, changed)
            yield

    def _announce(self, status: BatchStatus) -> bool:
        try:
            with queue_errors():
                announce(status, self._output_dir, self._connection)
        except OSError as exc:
            log.warning("nobody is told of book %s: %s; trying again", status.batch_id, exc)
            return False
        return True


def _log_outdated(status: BatchStatus) -> None:
    """Log the parts that were submitted now because they were spoken under other rules."""
    due = [part for part in status.outdated_parts if part.status is None]
    if due and not status.is_cancelled:
        log.info(
            "book %s: %d of %d parts were spoken under other rules (%s) and are spoken anew",
            status.batch_id,
            len(due),
            len(status.parts),
            due[0].change,
        )
