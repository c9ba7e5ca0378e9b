"""Watching books: what is shown, what is waited for, and when it ends."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from jobs.books.batch_status import BatchStatus
from jobs.errors import QueueFull, QueueUnavailable
from scripts.audiobook.make import watch as watch_module
from scripts.audiobook.make.watch import LINE_SECONDS, WatchedBook, watch
from scripts.console.screen import Screen
from tests.builders.batches import DONE, FAILED, QUEUED, RUNNING, make_status
from tests.fakes.terminal import Terminal


class Batch:
    """A batch that returns given statuses; an error among them is raised."""

    def __init__(self, *answers: BatchStatus | Exception, full_times: int = 0) -> None:
        self.id = "0" * 32
        self.manifest = next(s.manifest for s in answers if isinstance(s, BatchStatus))
        self._answers = list(answers)
        self._full_times = full_times
        self.submitted = 0

    def read_status(self):
        return next(answer for answer in self._answers if isinstance(answer, BatchStatus))

    def submit_parts(self) -> Iterator[str]:
        yield "job"
        if self._full_times:
            self._full_times -= 1
            raise QueueFull("5 jobs wait already")
        self.submitted += 1

    def advance(self):
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "TICK_SECONDS", 0.0)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a queue with one worker."""
    monkeypatch.setattr(watch_module, "find_places", lambda _connection: {"w1": "server 42"})
    connection = SimpleNamespace(smembers=lambda _key: {b"rq:worker:w1"}, exists=lambda _key: True)
    return SimpleNamespace(connection=connection)


def run(batch: Batch, queue: SimpleNamespace) -> tuple[list[BatchStatus], list[str], list[str]]:
    """Watch one book to its end; return how it ended, what was delivered and what was said."""
    stream, delivered = io.StringIO(), []
    book = WatchedBook(batch, lambda output: delivered.append(output.name))
    books = watch([book], queue, Screen(stream, seconds=LINE_SECONDS), check=lambda: None)
    return books, delivered, stream.getvalue().splitlines()


def test_it_ends_when_the_book_is_finished(queue: SimpleNamespace):
    """Parts are submitted once, and the file is handed over once."""
    batch = Batch(
        make_status([QUEUED]),
        make_status([RUNNING]),
        make_status([DONE]),
        make_status([DONE], output=DONE),
    )

    books, delivered, lines = run(batch, queue)

    assert books[0].status is DONE
    assert delivered == ["Tales.m4b"]
    assert batch.submitted == 1
    assert lines == ["0%  0 of 1 chapter  1 worker  0 seconds of about 2 minutes"]


def test_a_file_is_handed_over_once_while_other_books_go_on(queue: SimpleNamespace):
    """Who waits for a long book has the short one as soon as it is made."""
    delivered = []
    short = Batch(make_status([DONE], output=DONE, title="Short"))
    long = Batch(*[make_status([RUNNING])] * 3, make_status([DONE], output=DONE))
    books = [
        WatchedBook(short, lambda _output: delivered.append("short")),
        WatchedBook(long, lambda _output: delivered.append("long")),
    ]

    watch(books, queue, Screen(io.StringIO()), check=lambda: None)

    assert delivered == ["short", "long"]


def test_it_ends_when_nothing_goes_on(queue: SimpleNamespace):
    """What fails is said once, with its reason."""
    batch = Batch(make_status([RUNNING], [FAILED]), *[make_status([DONE], [FAILED])] * 2)

    books, delivered, lines = run(batch, queue)

    assert books[0].status is FAILED
    assert delivered == []
    assert lines.count("Tales: 'Chapter 2' failed: no sound") == 1


def test_a_file_that_was_made_before_is_handed_over_without_new_work(queue: SimpleNamespace):
    """Of a finished book no part is submitted: they may have been removed."""
    batch = Batch(make_status([None], output=DONE))

    _, delivered, _ = run(batch, queue)

    assert (batch.submitted, delivered) == (0, ["Tales.m4b"])


def test_a_full_queue_is_waited_for(queue: SimpleNamespace):
    """It is said once; submitting goes on until all is in the queue."""
    batch = Batch(*[make_status([QUEUED])] * 4, make_status([DONE], output=DONE), full_times=3)

    _, _, lines = run(batch, queue)

    assert batch.submitted == 1
    assert sum("the queue is full; the rest follows" in line for line in lines) == 1


def test_a_server_that_is_away_is_waited_for(queue: SimpleNamespace):
    """Each outage is said once."""
    away = QueueUnavailable("Redis does not answer")
    batch = Batch(
        make_status([RUNNING]),
        away,
        away,
        make_status([RUNNING]),
        away,
        make_status([DONE], output=DONE),
    )

    _, _, lines = run(batch, queue)

    assert lines.count("the queue server does not answer; waiting for it") == 2


def test_a_server_that_stays_away_ends_the_watching(
    queue: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    """After ten minutes nobody believes that it comes back by itself."""
    moments = iter(range(0, 100_000, 400))
    monkeypatch.setattr(watch_module.time, "monotonic", lambda: float(next(moments)))
    batch = Batch(make_status([RUNNING]), QueueUnavailable("Redis does not answer"))

    with pytest.raises(QueueUnavailable):
        run(batch, queue)


def test_a_terminal_shows_the_table_until_it_is_over(
    queue: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
):
    """Failures stay above it, and the cursor is there again."""
    terminal = Terminal(monkeypatch, columns=60, lines=12)
    chapters = [[RUNNING]] * 20
    done = make_status(*chapters, [DONE], output=DONE)
    batch = Batch(make_status(*chapters, [FAILED]), done)
    seen: list[str] = []
    book = WatchedBook(batch, lambda _output: seen.extend(terminal.rows()))

    with Screen(terminal) as screen:
        watch([book], queue, screen, check=lambda: None)

    said, head, _, total, *rows = seen
    assert said == "Tales: 'Chapter 21' failed: no sound"
    assert head.startswith("╭─ Tales ──")
    assert "48%  0:14 left  80.0x real time  0 of 21 chapters" in total
    assert len(rows) == 7
    assert rows[-1] == "... 18 lines more than this window has"
    assert max(map(len, seen)) <= 60
    assert terminal.rows() == [said]
    assert terminal.has_cursor()
