"""Keeps recently shown books in memory, so that showing them again is cheap."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from anyio.to_thread import run_sync

from jobs.books import store
from jobs.books.batch import BookBatch, find_batch
from jobs.books.batch_status import BatchStatus
from jobs.errors import InputError, UnknownBatch
from jobs.queue.queue import SpeechQueue
from scripts.webapp.schemas.book_documents import BatchSummary, batch_link

MAX_CACHED_BOOKS = 16
"""A book of a million characters takes some megabytes."""

MAX_KNOWN_DIGESTS = 1_000
MAX_SUMMARIES = 10_000
MOST_PASSED = 1_000

FRESH_SECONDS = 0.5
"""A status this young is returned again: many clients may watch one book."""

Answer = TypeVar("Answer")


class DigestCheck:
    """Says whether a finished file is what was made; reads it once for each change of it."""

    def __init__(self) -> None:
        """Know no file yet."""
        self._known: OrderedDict[tuple[Path, int, int, int], str] = OrderedDict()

    def is_whole(self, path: Path, sha256: str) -> bool:
        """Compare a file with its digest; raises OSError."""
        stat = path.stat()
        # Whoever writes a file can set the time of its change, but not that of its inode's.
        key = (path, stat.st_ino, stat.st_ctime_ns, stat.st_size)
        digest = self._known.get(key)
        if digest is None:
            with path.open("rb") as file:
                digest = self._known[key] = hashlib.file_digest(file, "sha256").hexdigest()
            while len(self._known) > MAX_KNOWN_DIGESTS:
                self._known.popitem(last=False)
        return digest == sha256


@dataclass(slots=True)
class _CachedBook:
    batch: BookBatch
    status: BatchStatus | None = None
    read_at: float = 0.0


class BookCache:
    """Books by batch id; one at a time is read, in a thread."""

    def __init__(self, queue: SpeechQueue) -> None:
        """Prepare to read the output directory of `queue`."""
        self._queue = queue
        self._cached: OrderedDict[str, _CachedBook] = OrderedDict()
        self._lock = asyncio.Lock()
        self._summaries: dict[str, tuple[int, BatchSummary]] = {}
        """When a book's directory last changed, and what was read then."""
        self.digests = DigestCheck()

    async def read_status(self, batch_id: str) -> BatchStatus:
        """Advance a book and return its status.

        Raises:
            UnknownBatch: no book has this id.
            QueueUnavailable: Redis does not answer.
        """
        async with self._lock:
            entry = await run_sync(self._find, batch_id)
            if entry.status is None or time.monotonic() - entry.read_at > FRESH_SECONDS:
                entry.status = await run_sync(entry.batch.advance)
                entry.read_at = time.monotonic()
            return entry.status

    async def change(self, batch_id: str, action: Callable[[BookBatch], Answer]) -> Answer:
        """Run `action` on a book, in a thread; errors as `read_status`."""
        async with self._lock:
            entry = await run_sync(self._find, batch_id)
            entry.status = None
            return await run_sync(action, entry.batch)

    async def list_books(
        self, start: int, count: int, owner: str | None = None
    ) -> tuple[list[BatchSummary], int | None]:
        """Return up to `count` books from place `start`, the last changed first, and the next one.

        A manifest is read once for each change of its book. Books of one `owner` are looked for
        among the next `MOST_PASSED` of all.
        """
        return await run_sync(self._list, start, count, owner)

    def _list(
        self, start: int, count: int, owner: str | None
    ) -> tuple[list[BatchSummary], int | None]:
        found = sorted(store.list_books(self._queue.settings.output_dir), key=lambda book: -book[1])
        end = min(len(found), start + (count if owner is None else max(count, MOST_PASSED)))
        summaries: list[BatchSummary] = []
        place = start
        while place < end and len(summaries) < count:
            summary = self._summarize(*found[place])
            place += 1
            if summary and owner in {None, summary.owner or ""}:
                summaries.append(summary)
        while len(self._summaries) > MAX_SUMMARIES:
            del self._summaries[next(iter(self._summaries))]
        return summaries, place if place < len(found) else None

    def _summarize(self, batch_id: str, changed: int) -> BatchSummary | None:
        if (known := self._summaries.get(batch_id)) and known[0] == changed:
            return known[1]
        try:
            batch = find_batch(batch_id, self._queue)
        except (InputError, UnknownBatch):  # of another version, or removed meanwhile
            return None
        summary = BatchSummary(
            id=batch_id,
            title=batch.manifest.title,
            author=batch.manifest.author,
            owner=batch.manifest.owner or None,
            is_open=batch.is_open,
            link=batch_link(batch_id),
        )
        self._summaries[batch_id] = changed, summary
        return summary

    def _find(self, batch_id: str) -> _CachedBook:
        entry = self._cached.pop(batch_id, None) or _CachedBook(find_batch(batch_id, self._queue))
        self._cached[batch_id] = entry
        while len(self._cached) > MAX_CACHED_BOOKS:
            self._cached.popitem(last=False)
        return entry
