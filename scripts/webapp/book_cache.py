"""The books that clients look at, kept open so that looking again is cheap."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from anyio.to_thread import run_sync

from jobs.books import store
from jobs.books.batch import BookBatch, find_batch
from jobs.books.batch_status import BatchFacts
from jobs.errors import InputError, UnknownBatch
from jobs.queue.queue import SpeechQueue
from scripts.webapp.schemas.book_documents import BatchSummary, batch_link

MAX_OPEN_BOOKS = 16
"""A book of a million characters takes some megabytes."""

FRESH_SECONDS = 0.5
"""Who asks again sooner gets the same answer: many may watch one book."""

Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Open:
    batch: BookBatch
    facts: BatchFacts | None = None
    read_at: float = 0.0


class Shelf:
    """Books by their id; one is looked at, at a time, in a thread."""

    def __init__(self, queue: SpeechQueue) -> None:
        """Look in the output directory of `queue`."""
        self._queue = queue
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._lock = asyncio.Lock()

    async def look(self, batch_id: str) -> tuple[BookBatch, BatchFacts]:
        """Return a book and where it stands, and move it on where something is due.

        Raises:
            UnknownBatch: there is none of this id.
            QueueUnavailable: Redis does not answer.
        """
        async with self._lock:
            entry = await run_sync(self._find, batch_id)
            if entry.facts is None or time.monotonic() - entry.read_at > FRESH_SECONDS:
                entry.facts = await run_sync(entry.batch.advance)
                entry.read_at = time.monotonic()
            return entry.batch, entry.facts

    async def change(self, batch_id: str, action: Callable[[BookBatch], Answer]) -> Answer:
        """Run `action` on a book, in a thread; errors as `look`."""
        async with self._lock:
            entry = await run_sync(self._find, batch_id)
            entry.facts = None
            return await run_sync(action, entry.batch)

    async def list_books(self) -> list[BatchSummary]:
        """Return the books of the output directory, the one that changed last first."""
        return await run_sync(self._list)

    def _list(self) -> list[BatchSummary]:
        found = sorted(store.list_books(self._queue.settings.output_dir), key=lambda book: -book[1])
        summaries = []
        for batch_id, _ in found:
            try:
                batch = find_batch(batch_id, self._queue)
            except (InputError, UnknownBatch):  # of another version, or removed meanwhile
                continue
            summaries.append(
                BatchSummary(
                    id=batch_id,
                    title=batch.manifest.title,
                    author=batch.manifest.author,
                    is_open=batch.is_open,
                    link=batch_link(batch_id),
                )
            )
        return summaries

    def _find(self, batch_id: str) -> _Open:
        entry = self._open.pop(batch_id, None) or _Open(find_batch(batch_id, self._queue))
        self._open[batch_id] = entry
        while len(self._open) > MAX_OPEN_BOOKS:
            self._open.popitem(last=False)
        return entry
