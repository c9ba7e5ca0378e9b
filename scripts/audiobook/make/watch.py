"""Move books on, show how they stand, and hand over each file as it is finished."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from jobs.books.batch import BookBatch
from jobs.books.batch_status import OutputFacts
from jobs.errors import QueueFull, QueueUnavailable
from jobs.queue.overview import find_places
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechStatus
from scripts.audiobook.make.book_progress import BookTally
from scripts.audiobook.make.table import draw, sum_up
from scripts.console.progress import printable

TICK_SECONDS = 1.0
"""How often the books are looked at: a few reads of files and one round trip for each."""

LINE_SECONDS = 10.0
"""Between two lines where the output is no terminal."""

OUTAGE_SECONDS = 600.0
"""A server that is away for longer than this ends the watching; the books stay."""

DEFAULT_COLUMNS, DEFAULT_LINES = 80, 24


@dataclass(slots=True)
class Watched:
    """A book under way."""

    batch: BookBatch
    deliver: Callable[[OutputFacts], None]
    """Hands over a file that is finished."""
    is_submitted: bool = False
    delivered: set[str] = field(default_factory=set)
    """Names of the outputs that were handed over."""


class Screen:
    """What a watching command shows on standard error: a table in place, or a line now and then."""

    def __init__(self, stream: TextIO) -> None:
        """Show the table on a terminal only."""
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._height = 0
        self._shown_at = -LINE_SECONDS

    def show(self, books: Sequence[BookTally], workers: Mapping[str, str]) -> None:
        """Bring the table up to date."""
        now = time.monotonic()
        if self._is_terminal:
            columns, lines = self._size()
            table = draw(books, workers, lines=lines - 1, columns=columns - 1)
            self._stream.write(self._wipe() + "\n".join(table) + "\n")
            self._height = len(table)
        elif now - self._shown_at >= LINE_SECONDS:
            self._stream.write(f"{sum_up(books, len(workers))}\n")
            self._shown_at = now
        self._stream.flush()

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self._stream.write(f"{self._wipe()}{printable(text)}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the table away."""
        self._stream.write(self._wipe())
        self._stream.flush()

    def _wipe(self) -> str:
        """Return what takes the table away; the next one starts where it stood."""
        height, self._height = self._height, 0
        return f"\x1b[{height}F\x1b[J" if height else ""

    def _size(self) -> tuple[int, int]:
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except OSError:
            return DEFAULT_COLUMNS, DEFAULT_LINES
        return (columns, lines) if columns and lines else (DEFAULT_COLUMNS, DEFAULT_LINES)


def watch(
    books: Sequence[Watched], queue: SpeechQueue, screen: Screen, check: Callable[[], None]
) -> list[BookTally]:
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
    tallies: list[BookTally] = []
    notices = _Notices(screen)
    answered_at = time.monotonic()
    while True:
        try:
            workers = find_places(queue.connection)
            tallies = [_move_on(book, notices) for book in books]
            answered_at = time.monotonic()
        except QueueUnavailable:
            if time.monotonic() - answered_at > OUTAGE_SECONDS:
                raise
            notices.say("the queue server does not answer; waiting for it")
        else:
            notices.forget("the queue server does not answer; waiting for it")
            screen.show(tallies, workers)
            if all(_is_over(book, tally) for book, tally in zip(books, tallies, strict=True)):
                screen.clear()
                return tallies
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


def _move_on(book: Watched, notices: _Notices) -> BookTally:
    """Submit what is due, hand over what is finished."""
    if not book.is_submitted:
        _submit(book, notices)
    facts = book.batch.advance()
    for output in facts.outputs:
        if output.status is SpeechStatus.FINISHED and output.name not in book.delivered:
            book.deliver(output)
            book.delivered.add(output.name)
    tally = BookTally(book.batch.manifest, facts)
    for notice in _find_failures(tally):
        notices.say(notice)
    return tally


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


def _find_failures(tally: BookTally) -> Iterator[str]:
    title = tally.manifest.title
    for chapter in tally.chapters:
        if chapter.problem:
            yield f"{title}: {chapter.title!r} failed: {chapter.problem}"
    for output in tally.facts.failed_outputs:
        if output.error_message:
            yield f"{title}: {output.name} failed: {output.error_message}"


def _is_over(book: Watched, tally: BookTally) -> bool:
    return book.is_submitted and tally.facts.status.is_terminal
