"""Watches books being made: submits what is due, shows progress, hands over finished files."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from jobs.books.batch import BookBatch
from jobs.books.batch_status import BatchStatus, OutputStatus
from jobs.errors import QueueFull, QueueUnavailable
from jobs.queue.overview import find_places
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from scripts.audiobook.make.table import draw_books, sum_up
from scripts.console.screen import Screen

TICK_SECONDS = 1.0
"""Time between two reads of the books: a few file reads and one round trip each."""

LINE_SECONDS = 10.0
"""Time between two lines if standard error is no terminal."""

OUTAGE_SECONDS = 600.0
"""After this long without Redis the watching ends; the jobs stay."""


@dataclass(slots=True)
class WatchedBook:
    """A book that is watched."""

    batch: BookBatch
    deliver: Callable[[OutputStatus], None]
    """Called with each finished file."""
    is_submitted: bool = False
    delivered: set[str] = field(default_factory=set)
    """Names of the files that were handed over."""


def watch(
    books: Sequence[WatchedBook], queue: SpeechQueue, screen: Screen, check: Callable[[], None]
) -> list[BatchStatus]:
    """Advance the books until each has ended; return their last status.

    Args:
        books: The books; unfinished parts are submitted.
        queue: Their queue.
        screen: Shows the progress.
        check: Called once per round; it checks the processes that this command has started.

    Raises:
        QueueUnavailable: Redis has not answered for ten minutes.
        UnknownBatch: the output directory is not mounted.
        OutputError: a finished file cannot be handed over.
    """
    statuses: list[BatchStatus] = []
    notices = _Notices(screen)
    answered_at = time.monotonic()
    while True:
        try:
            workers = find_places(queue.connection)
            statuses = [_move_on(book, notices) for book in books]
            answered_at = time.monotonic()
        except QueueUnavailable:
            if time.monotonic() - answered_at > OUTAGE_SECONDS:
                raise
            notices.say("the queue server does not answer; waiting for it")
        else:
            notices.forget("the queue server does not answer; waiting for it")
            drawn = draw_books(statuses, workers, columns=screen.columns, lines=screen.lines)
            screen.show(drawn, sum_up(statuses, len(workers)))
            if all(_is_over(book, status) for book, status in zip(books, statuses, strict=True)):
                screen.clear()
                return statuses
        check()
        time.sleep(TICK_SECONDS)


class _Notices:
    """Shows each message once."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._said: set[str] = set()

    def say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._screen.say(text)

    def forget(self, text: str) -> None:
        self._said.discard(text)


def _move_on(book: WatchedBook, notices: _Notices) -> BatchStatus:
    """Submit what is due, hand over finished files, and return the status."""
    if not book.is_submitted:
        _submit(book, notices)
    status = book.batch.advance()
    for output in status.outputs:
        if output.status is SpeechStatus.FINISHED and output.name not in book.delivered:
            book.deliver(output)
            book.delivered.add(output.name)
    for notice in _find_failures(status):
        notices.say(notice)
    return status


def _submit(book: WatchedBook, notices: _Notices) -> None:
    if book.batch.read_status().status is SpeechStatus.FINISHED:
        book.is_submitted = True  # its parts may have been removed since
        return
    try:
        for _ in book.batch.submit_parts():
            pass
    except QueueFull:
        notices.say("the queue is full; the rest follows when workers have caught up")
    else:
        book.is_submitted = True


def _find_failures(status: BatchStatus) -> Iterator[str]:
    title = status.manifest.title
    for chapter in status.chapters:
        if chapter.problem:
            yield f"{title}: {chapter.title!r} failed: {chapter.problem}"
    for output in status.failed_outputs:
        if output.error_message:
            yield f"{title}: {output.name} failed: {output.error_message}"


def _is_over(book: WatchedBook, status: BatchStatus) -> bool:
    return book.is_submitted and status.status.is_terminal
