"""Move books on, show how they stand, and hand over each file as it is finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from jobs.books.batch import BookBatch
from jobs.books.batch_status import OutputFacts
from jobs.errors import QueueFull, QueueUnavailable
from jobs.queue.overview import find_places
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from scripts.audiobook.make.book_progress import BookProgress
from scripts.audiobook.make.table import draw_books, sum_up
from scripts.console.screen import Screen

TICK_SECONDS = 1.0
"""How often the books are looked at: a few reads of files and one round trip for each."""

LINE_SECONDS = 10.0
"""Between two lines where standard error is no terminal."""

OUTAGE_SECONDS = 600.0
"""A server that is away for longer than this ends the watching; the books stay."""


@dataclass(slots=True)
class Watched:
    """A book under way."""

    batch: BookBatch
    deliver: Callable[[OutputFacts], None]
    """Hands over a file that is finished."""
    is_submitted: bool = False
    delivered: set[str] = field(default_factory=set)
    """Names of the outputs that were handed over."""


def watch(
    books: Sequence[Watched], queue: SpeechQueue, screen: Screen, check: Callable[[], None]
) -> list[BookProgress]:
    """Stay until nothing of the books goes on by itself; return how they ended.

    Args:
        books: Those under way; what is not in the queue yet is put there.
        queue: Where they are.
        screen: Shows them.
        check: Called with every look; keeps running what this command has started itself.

    Raises:
        QueueUnavailable: Redis has not answered for ten minutes.
        UnknownBatch: the output directory is away.
        OutputError: a finished file cannot be handed over.
    """
    found: list[BookProgress] = []
    notices = _Notices(screen)
    answered_at = time.monotonic()
    while True:
        try:
            workers = find_places(queue.connection)
            found = [_move_on(book, notices) for book in books]
            answered_at = time.monotonic()
        except QueueUnavailable:
            if time.monotonic() - answered_at > OUTAGE_SECONDS:
                raise
            notices.say("the queue server does not answer; waiting for it")
        else:
            notices.forget("the queue server does not answer; waiting for it")
            draw = partial(draw_books, books=found, workers=workers)
            screen.show(draw, sum_up(found, len(workers)))
            if all(_is_over(book, progress) for book, progress in zip(books, found, strict=True)):
                screen.clear()
                return found
        check()
        time.sleep(TICK_SECONDS)


class _Notices:
    """Says a thing once."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._said: set[str] = set()

    def say(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self._screen.say(text)

    def forget(self, text: str) -> None:
        self._said.discard(text)


def _move_on(book: Watched, notices: _Notices) -> BookProgress:
    """Submit what is due, hand over what is finished."""
    if not book.is_submitted:
        _submit(book, notices)
    facts = book.batch.advance()
    for output in facts.outputs:
        if output.status is SpeechStatus.FINISHED and output.name not in book.delivered:
            book.deliver(output)
            book.delivered.add(output.name)
    progress = BookProgress(book.batch.manifest, facts)
    for notice in _find_failures(progress):
        notices.say(notice)
    return progress


def _submit(book: Watched, notices: _Notices) -> None:
    if book.batch.facts().status is SpeechStatus.FINISHED:
        book.is_submitted = True  # its parts may have been tidied away since
        return
    try:
        for _ in book.batch.submit_parts():
            pass
    except QueueFull:
        notices.say("the queue is full; the rest follows when workers have caught up")
    else:
        book.is_submitted = True


def _find_failures(progress: BookProgress) -> Iterator[str]:
    title = progress.manifest.title
    for chapter in progress.chapters:
        if chapter.problem:
            yield f"{title}: {chapter.title!r} failed: {chapter.problem}"
    for output in progress.facts.failed_outputs:
        if output.error_message:
            yield f"{title}: {output.name} failed: {output.error_message}"


def _is_over(book: Watched, progress: BookProgress) -> bool:
    return book.is_submitted and progress.facts.status.is_terminal
