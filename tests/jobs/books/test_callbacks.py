"""A book counts as one: its caller is told when the whole of it has ended, as often as it does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.books.batch import BookBatch, open_batch
from jobs.books.manifest import batch_dir
from jobs.errors import InvalidRequest
from jobs.queue import keys
from jobs.queue.queue import SpeechQueue
from jobs.settings import QueueSettings
from tests.builders.finished_book import make_book
from tests.fakes.fake_worker import FakeWorker
from tests.jobs.books.test_batch import CHAPTERS, Desk
from worker.janitor.book_rounds import BookRounds

URL = "https://hooks.example.com/book"


class ToldDesk(Desk):
    """A book whose caller wants to be told, and the janitor that sees it through."""

    def __init__(self, queue: SpeechQueue, fake_worker: FakeWorker) -> None:
        super().__init__(queue, fake_worker)
        self.rounds = BookRounds(queue)

    def open(self, chapters=CHAPTERS, **fields) -> BookBatch:
        manifest = make_book(self.output_dir, chapters, **fields)
        return open_batch(
            manifest, None, self.queue, callback_url=URL, metadata={"user": "42", "n": "1"}
        )

    def told(self) -> list[dict[str, Any]]:
        """Let the janitor see to the books, and return the events that it has entered since."""
        for _ in range(4):
            while not self.rounds.advance():
                pass
        events = self.queue.connection.lpop(keys.WEBHOOK_EVENTS, 99) or []
        return [json.loads(event) for event in events]

    def fail(self) -> None:
        """Let every job that waits fail."""
        while job := self.fake_worker.store.take(("bulk",)):
            self.fake_worker.store.fail(job, "SynthesisError", "no sound")


@pytest.fixture
def desk(queue_settings: QueueSettings, connection, fake_worker: FakeWorker) -> ToldDesk:
    """Return it for a host that is allowed."""
    settings = queue_settings.model_copy(update={"webhook_hosts": "hooks.example.com"})
    return ToldDesk(SpeechQueue(connection, settings), fake_worker)


def test_a_finished_book_is_told_once_its_parts_never(desk: ToldDesk) -> None:
    """The event has title, files and the caller's labels; a janitor that starts anew adds none."""
    batch = desk.begin()
    assert desk.told() == []
    desk.finish()
    assert desk.told() == []  # the assembly is submitted now
    desk.finish()

    [event] = desk.told()
    assert (event["batch"], event["status"], event["title"]) == (batch.id, "finished", "The Book")
    assert [file["name"] for file in event["files"]] == ["Book.flac"]
    assert json.loads(event["callbacks"]) == {"url": URL, "metadata": {"user": "42", "n": "1"}}
    assert desk.told() == []
    desk.rounds = BookRounds(desk.queue)
    assert desk.told() == []


def test_a_book_that_fails_is_told_each_time_and_then_of_its_end(desk: ToldDesk) -> None:
    """A retry begins a turn of its own, under an id of its own."""
    batch = desk.begin()
    desk.fail()
    first = desk.told()
    list(batch.retry())
    desk.fail()
    second = desk.told()
    list(batch.retry())
    assert desk.told() == []
    desk.finish()
    desk.told()
    desk.finish()
    third = desk.told()

    assert [event["status"] for event in (*first, *second, *third)] == [
        *("failed", "failed", "finished"),
    ]
    assert len({event["turn"] for event in (*first, *second, *third)}) == 3
    assert "no sound" in first[0]["error"]["message"]


def test_a_cancelled_book_is_told(desk: ToldDesk) -> None:
    """Also by a janitor that was not there when it was cancelled."""
    batch = desk.begin()
    batch.cancel()
    desk.rounds = BookRounds(desk.queue)
    assert [event["status"] for event in desk.told()] == ["canceled"]
    assert desk.told() == []


def test_a_caller_of_a_finished_book_is_told_as_well(desk: ToldDesk) -> None:
    """The same one again, and another; those who did not ask again are not told again."""
    batch = desk.begin()
    for _ in range(2):
        desk.finish()
        desk.told()
    for metadata in ({"user": "42", "n": "1"}, {"user": "7"}):
        open_batch(batch.manifest, None, desk.queue, callback_url=URL, metadata=metadata)
        list(batch.submit_parts())
        [event] = desk.told()
        assert json.loads(event["callbacks"])["metadata"] == metadata
        assert event["status"] == "finished"


def test_a_janitor_that_dies_between_event_and_mark_tells_the_same_again(
    desk: ToldDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one has the same turn, and so the same id; a volume without room tells nothing."""
    batch = desk.begin()
    batch.cancel()

    def die(path: Path, data: bytes) -> None:
        if not data.startswith(b"telling"):
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("jobs.books.callbacks.write_file", die)
        with pytest.raises(SystemExit):
            desk.told()
    [first] = map(json.loads, desk.queue.connection.lpop(keys.WEBHOOK_EVENTS, 9))
    desk.rounds = BookRounds(desk.queue)
    [second] = desk.told()
    assert first["turn"] == second["turn"]

    def fail(_path: Path, _data: bytes) -> None:
        raise OSError(28, "no space left on device")

    other = desk.begin([["Another book."]])
    other.cancel()
    with monkeypatch.context() as patch:
        patch.setattr("jobs.books.callbacks.write_file", fail)
        assert desk.told() == []
    assert len(desk.told()) == 1


def test_a_callback_file_that_is_none_harms_nobody(desk: ToldDesk) -> None:
    """Whoever may write to the volume gets no further."""
    batch = desk.begin()
    folder = batch_dir(desk.output_dir, batch.id)
    for number, junk in enumerate((b"", b"[]", b"\xff", b'{"callback": 1}')):
        (folder / f"callback-{number}.json").write_bytes(junk)
    batch.cancel()
    assert len(desk.told()) == 1


def test_a_host_that_is_not_allowed_is_refused_before_anything_is_written(
    queue: SpeechQueue, fake_worker: FakeWorker
) -> None:
    """And so are labels that are too many."""
    desk = ToldDesk(queue, fake_worker)
    with pytest.raises(InvalidRequest, match="KTTS_WEBHOOK_HOSTS"):
        desk.open()
    manifest = make_book(desk.output_dir, CHAPTERS)
    labels = {str(number): "x" for number in range(33)}
    with pytest.raises(InvalidRequest, match="metadata has more than 32"):
        open_batch(manifest, None, queue, metadata=labels)
    assert list(desk.output_dir.rglob("callback*")) == []
