"""Lists the open books of an output directory; reads each manifest once, as it holds a whole text.

A finished or cancelled book is closed: it is not read again until its directory changes.
"""

from collections.abc import Callable, Iterator

from ..errors import InputError, UnknownBatch
from ..queue.queue import SpeechQueue
from . import store
from .batch import BookBatch, find_batch

MAX_REMEMBERED = 64
"""Open books kept in memory; more are read again each time, which takes about 10 ms each."""


class OpenBooks:
    """The books of one output directory that are not known to be closed."""

    def __init__(
        self, queue: SpeechQueue, on_unreadable: Callable[[InputError], None] = lambda _: None
    ) -> None:
        """Prepare to list the output directory of `queue`.

        Args:
            queue: Queue of the books.
            on_unreadable: Called with the error of a manifest that cannot be read.
        """
        self._queue = queue
        self._on_unreadable = on_unreadable
        self._batches: dict[str, BookBatch] = {}
        self._closed: dict[str, int] = {}
        """When the directory of a closed book last changed (ns)."""

    def find(self) -> Iterator[BookBatch]:
        """Yield the books that are neither finished nor cancelled."""
        for batch, changed in self.candidates():
            if batch.is_open:
                yield batch
            else:
                self.close(batch, changed)

    def candidates(self) -> Iterator[tuple[BookBatch, int]]:
        """Yield every book not known to be closed, and when its directory last changed (ns)."""
        listed = dict(store.list_books(self._queue.settings.output_dir))
        self._batches = {name: self._batches[name] for name in self._batches if name in listed}
        self._closed = {name: self._closed[name] for name in self._closed if name in listed}
        for batch_id, changed in listed.items():
            if self._closed.get(batch_id) == changed:
                continue
            if batch := self._read(batch_id, changed):
                yield batch, changed

    def close(self, batch: BookBatch, changed: int) -> None:
        """Pass over a book until its directory changes from what it was at `changed`."""
        self._batches.pop(batch.id, None)
        self._closed[batch.id] = changed

    def _read(self, batch_id: str, changed: int) -> BookBatch | None:
        if batch_id in self._batches:
            return self._batches[batch_id]
        try:
            batch = find_batch(batch_id, self._queue)
        except UnknownBatch:  # removed meanwhile
            return None
        except InputError as exc:
            self._on_unreadable(exc)
            self._closed[batch_id] = changed
            return None
        if len(self._batches) < MAX_REMEMBERED:
            self._batches[batch_id] = batch
        return batch
