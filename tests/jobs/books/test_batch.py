"""A book in the queue: every part becomes a job, every file an assembly, and nothing is lost."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from jobs import SpeechStatus
from jobs.assembly import ASSEMBLY_TASK, AssemblyRequest, AssemblyResult, result_file
from jobs.books import store
from jobs.books.batch import BookBatch, find_batch, open_batch
from jobs.books.manifest import BookOutput, BookPart, Manifest, batch_dir, manifest_file
from jobs.books.spoken_parts import name_run
from jobs.errors import InvalidRequest, QueueFull, UnknownBatch
from jobs.queue import keys
from jobs.queue.job_record import decode_call
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechRequest
from jobs.telemetry.trace import CURRENT, read_trace
from jobs.text import text_version
from tests.builders.finished_book import FIRST_RELEASE, finish_part, make_book, speak
from tests.fakes.fake_worker import FakeWorker
from worker.janitor.book_rounds import BookRounds
from worker.janitor.janitor import Janitor
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob

CHAPTERS = [["One is here.", "Two is here."], ["Three is here."]]

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED = (
    SpeechStatus.QUEUED,
    SpeechStatus.RUNNING,
    SpeechStatus.FINISHED,
    SpeechStatus.FAILED,
    SpeechStatus.CANCELLED,
)


class Desk:
    """A book's producer, and a stand-in for the worker that does its jobs."""

    def __init__(self, queue: SpeechQueue, fake_worker: FakeWorker) -> None:
        self.queue = queue
        self.fake_worker = fake_worker
        self.output_dir = queue.settings.output_dir

    def open(self, chapters=CHAPTERS, **fields) -> BookBatch:
        """Write a book down; nothing is submitted yet."""
        return open_batch(make_book(self.output_dir, chapters, **fields), None, self.queue)

    def begin(self, chapters=CHAPTERS, **fields) -> BookBatch:
        """Write a book down and submit its parts."""
        batch = self.open(chapters, **fields)
        list(batch.submit_parts())
        return batch

    def finish(
        self,
        *,
        leave_files: bool = True,
        count: int = -1,
        fingerprint: dict[str, str] | None = None,
    ) -> None:
        """Do the jobs that wait, all or `count` of them, as a worker of these rules would."""
        while count and (job := self.fake_worker.store.take(("bulk",), rotate=False)):
            count -= 1
            self.do(job, leave_files=leave_files, fingerprint=fingerprint)

    def do(
        self,
        job: HeldJob,
        *,
        leave_files: bool = True,
        fingerprint: dict[str, str] | None = None,
    ) -> None:
        """Do one job, which is held."""
        task, arguments = self.fake_worker.store.read_call(job)
        if task == ASSEMBLY_TASK:
            request = AssemblyRequest(**arguments["request"])
            result = make_assembly(request, store.read_book(self.output_dir, request.batch_id))
            file = self.output_dir / request.output_file
            file.write_bytes(b"audio")
            result_file(file).write_text(result.model_dump_json())
            self.fake_worker.store.finish(job, result.model_dump(mode="json"))
            return
        part = BookPart(request=SpeechRequest(**arguments["request"]))
        if leave_files:
            samples = speak(part.request.text)
            finish_part(self.output_dir, part, samples, fingerprint, run=arguments["run"])
        self.fake_worker.finish(job, part.request, run=arguments["run"])

    def waiting(self) -> list[str]:
        """Return the ids of the jobs that wait, the next one first."""
        waiting = self.queue.connection.lrange(keys.queue("bulk"), 0, -1)
        return [job_id.decode() for job_id in waiting]

    def take(self) -> HeldJob:
        """Take the next job, which there must be."""
        job = self.fake_worker.store.take(("bulk",), rotate=False)
        assert job is not None
        return job

    def age(self, job_id: str) -> None:
        """Let a job have ended long ago."""
        self.queue.connection.hset(keys.job(job_id), "ended_at", "2020-01-01T00:00:00.000000Z")


def make_assembly(request: AssemblyRequest, manifest: Manifest) -> AssemblyResult:
    """Return what a worker would say of a finished file."""
    return AssemblyResult(
        job_id=request.job_id,
        batch_id=manifest.batch_id,
        path=f"/output/{request.output_file}",
        output_file=request.output_file,
        format=manifest.format,
        sample_rate=24_000,
        audio_seconds=1.0,
        processing_seconds=0.1,
        real_time_factor=0.1,
        chunks=len(manifest.parts),
        characters=10,
        sha256="0" * 64,
        chapters=(),
    )


def job_ids(batch: BookBatch) -> list[str]:
    """Return the jobs of the book's parts, in reading order."""
    return [part.request.job_id for part in batch.manifest.parts]


def assemblies(batch: BookBatch) -> list[str]:
    """Return the jobs that make the book's files."""
    return [
        AssemblyRequest(batch_id=batch.id, output=output.name).job_id
        for output in batch.manifest.outputs
    ]


def states(batch: BookBatch) -> list[SpeechStatus | None]:
    """Return where the book's parts stand."""
    return [part.status for part in batch.read_status().parts]


@pytest.fixture
def desk(queue: SpeechQueue, fake_worker: FakeWorker) -> Desk:
    """Return a producer and a worker on the test's own directories."""
    return Desk(queue, fake_worker)


@pytest.fixture
def janitor(connection: redis.Redis, worker_settings: WorkerSettings) -> Janitor:
    """Return a janitor that is told when to sweep."""
    return Janitor(connection, worker_settings)


def test_a_book_is_safe_on_disk_before_its_first_job(desk: Desk):
    """Opening writes the plan and queues nothing; each part is then one bulk job of its own."""
    batch = desk.open()
    assert desk.waiting() == []
    assert store.read_book(desk.output_dir, batch.id) == batch.manifest

    jobs = list(batch.submit_parts())

    assert [job.id for job in jobs] == desk.waiting() == job_ids(batch)
    assert all(job.is_new for job in jobs)
    assert states(batch) == [QUEUED] * 3
    assert batch.read_status().status is QUEUED


def test_submitting_twice_is_harmless(desk: Desk):
    """The same book again is the same batch, and no job of it is doubled."""
    first = desk.begin()

    second = desk.begin()

    assert second.id == first.id
    assert desk.waiting() == job_ids(first)


def test_a_book_is_found_again_by_its_id(desk: Desk):
    """Any process that sees the output directory can go on with a book."""
    batch = desk.begin()

    assert find_batch(batch.id, desk.queue).read_status() == batch.read_status()
    with pytest.raises(UnknownBatch):
        find_batch("f" * 32, desk.queue)


def test_finished_parts_become_one_assembly(desk: Desk):
    """Once the last part is done a single job for the file is queued; then the book is done."""
    batch = desk.begin()
    desk.finish(count=2)
    batch.advance()
    assert desk.waiting() == job_ids(batch)[2:]

    desk.finish()
    batch.advance()
    batch.advance()

    assert desk.waiting() == assemblies(batch)
    facts = desk.queue.job(assemblies(batch)[0]).facts()
    assert facts.characters == sum(len(part.request.text) for part in batch.manifest.parts)
    desk.finish()
    assert batch.read_status().status is FINISHED
    assert batch.read_status().outputs[0].result is not None
    batch.advance()
    assert desk.waiting() == []


def test_an_assembly_has_a_time_limit_by_its_characters(desk: Desk, connection: redis.Redis):
    """A long book has long to be assembled, as a long text has to be spoken."""
    batch = desk.begin([["A long text. " * 300, "Another one. " * 300]])
    desk.finish()
    batch.advance()

    timeout = connection.hget(keys.job(assemblies(batch)[0]), "timeout")

    assert int(timeout or 0) == 120 + batch.read_status().characters // 2


def test_two_that_move_a_book_on_at_once_make_one_assembly(desk: Desk):
    """Janitors and commands may all look at the same moment."""
    batch = desk.begin(split=True)
    desk.finish()
    barrier, settings = threading.Barrier(4), desk.queue.settings

    def move_on() -> None:
        with redis.Redis.from_url(settings.redis_url) as own:
            other = find_batch(batch.id, SpeechQueue(own, settings))
            barrier.wait(10)
            other.advance()

    threads = [threading.Thread(target=move_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(desk.waiting()) == sorted(assemblies(batch))


def test_a_chapters_file_need_not_wait_for_the_others(desk: Desk):
    """Split, a chapter is assembled when its own parts are done, though another one failed."""
    batch = desk.begin(split=True)
    desk.finish(count=2)
    desk.fake_worker.store.fail(desk.take(), "SilentAudio", "nothing")

    batch.advance()

    assert desk.waiting() == assemblies(batch)[:1]
    desk.finish()
    status = batch.advance()
    assert [output.status for output in status.outputs] == [FINISHED, None]
    assert status.status is FAILED


def test_nothing_is_lost_when_redis_forgets_everything(desk: Desk, connection: redis.Redis):
    """After a FLUSHALL only what is not finished on disk is submitted, without being asked."""
    batch = desk.begin()
    desk.finish(count=1)
    connection.flushall()
    assert states(batch) == [FINISHED, None, None]

    batch.advance()

    assert desk.waiting() == job_ids(batch)[1:]
    desk.fake_worker.beat()
    desk.finish()
    connection.flushall()
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_a_failed_part_is_named_and_waits_for_a_retry(desk: Desk):
    """Nothing hangs: the book says what failed and why; a retry redoes that and nothing else."""
    batch = desk.begin()
    desk.finish(count=1)
    desk.fake_worker.store.fail(desk.take(), "SilentAudio", "nothing was heard")
    desk.finish()

    for _ in range(3):
        status = batch.advance()

    assert desk.waiting() == []
    assert status.status is FAILED
    assert status.problem == (
        "1 of 3 parts failed: chapter 1 part 2 (nothing was heard); "
        f"retry with `ktts retry {batch.id}`"
    )
    assert [job.id for job in batch.retry()] == desk.waiting() == job_ids(batch)[1:2]
    assert batch.read_status().status is RUNNING
    desk.finish()
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_the_same_book_again_redoes_what_failed(desk: Desk):
    """Who gives the same command once more does not have to know of a retry."""
    batch = desk.begin()
    desk.fake_worker.store.fail(desk.take(), "SilentAudio", "nothing")
    desk.finish()

    desk.begin()

    assert desk.waiting() == job_ids(batch)[:1]


def test_a_part_that_somebody_cancelled_waits_for_a_retry(desk: Desk):
    """A single part's cancel is obeyed, and the book says so."""
    batch = desk.begin()
    desk.queue.job(job_ids(batch)[1]).cancel()
    desk.finish()

    status = batch.advance()

    assert status.status is FAILED
    assert "1 of 3 parts failed: chapter 1 part 2 (cancelled)" in status.problem
    batch.retry()
    assert desk.waiting() == job_ids(batch)[1:2]


def test_a_failed_assembly_is_retried(desk: Desk):
    """By the book's id or by the job's own; its parts are not spoken again."""
    batch = desk.begin()
    desk.finish()
    for retry in (batch.retry, lambda: desk.queue.retry(assemblies(batch)[0])):
        batch.advance()
        desk.fake_worker.store.fail(desk.take(), "OutputError", "the disk is full")
        status = batch.advance()
        assert (status.status, desk.waiting()) == (FAILED, [])
        assert status.problem.startswith("Book.flac failed: the disk is full; retry with `ktts")

        retry()

        assert desk.waiting() == assemblies(batch)


def test_an_assembly_is_no_job_whose_file_is_spoken(desk: Desk):
    """Waiting for it as for a speech job is refused; its facts hold its own kind of result."""
    batch = desk.begin()
    desk.finish()
    batch.advance()
    desk.finish()
    job = desk.queue.job(assemblies(batch)[0])

    assert isinstance(job.facts().result, AssemblyResult)
    with pytest.raises(InvalidRequest, match="assembles a book"):
        job.wait(1)


def test_a_finished_part_without_its_file_is_made_again_once(desk: Desk):
    """After a while for slow volumes; if that does not help either, it counts as failed."""
    batch = desk.begin([["One is here."]])
    [job_id] = job_ids(batch)
    desk.finish(leave_files=False)
    assert states(batch) == [RUNNING]
    batch.advance()
    assert desk.waiting() == []
    desk.age(job_id)

    batch.advance()
    assert desk.waiting() == [job_id]
    desk.finish(leave_files=False)
    desk.age(job_id)
    status = batch.advance()

    assert desk.waiting() == []
    assert status.status is FAILED
    assert "do all workers share this KTTS_OUTPUT_DIR?" in status.problem
    batch.retry()
    desk.finish()
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_an_assembly_that_lacked_a_part_is_tried_again_with_it(desk: Desk):
    """A part deleted under the assembly is made again, and then the file; no loop, no retry."""
    batch = desk.begin()
    desk.finish()
    batch.advance()
    lost = batch.manifest.parts[1]
    store.part_files(desk.output_dir, lost)[0].unlink()
    desk.age(lost.request.job_id)
    desk.fake_worker.store.fail(desk.take(), "PartsMissing", "1 of 3 parts")

    batch.advance()

    assert desk.waiting() == [lost.request.job_id]
    desk.finish()
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_a_damaged_part_is_made_again_by_a_retry(desk: Desk):
    """An assembly that refused a part's bytes is not tried again and again before that."""
    batch = desk.begin()
    desk.finish()
    batch.advance()
    damaged = batch.manifest.parts[1]
    store.part_files(desk.output_dir, damaged)[0].write_bytes(b"rubbish")
    desk.age(damaged.request.job_id)
    desk.fake_worker.store.fail(desk.take(), "PartsMissing", "1 of 3 parts")
    for _ in range(3):
        batch.advance()
    assert desk.waiting() == []

    batch.retry()

    assert desk.waiting() == [damaged.request.job_id]
    _, arguments = desk.fake_worker.store.read_call(held := desk.take())
    assert (arguments["run"] != "", arguments["overwrite"]) == (True, True)
    desk.do(held)
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_a_finished_book_needs_its_parts_no_more(desk: Desk):
    """Parts that were removed for their age are not spoken again for a book that is done."""
    batch = desk.begin(split=True)
    desk.finish()
    batch.advance()
    desk.finish(count=1)
    for path in (desk.output_dir / "parts").iterdir():
        path.unlink()
    for job_id in job_ids(batch):
        desk.age(job_id)

    batch.advance()
    assert desk.waiting() == [assemblies(batch)[1], *job_ids(batch)[2:]]

    desk.finish()
    batch.advance()
    list(batch.submit_parts())
    assert desk.waiting() == []
    assert batch.read_status().status is FINISHED


def test_a_finished_file_that_was_taken_away_is_made_again(desk: Desk):
    """Not by itself, but when the book is wanted again; from the parts that are there."""
    batch = desk.begin()
    desk.finish()
    batch.advance()
    desk.finish()
    (batch_dir(desk.output_dir, batch.id) / "Book.flac").unlink()
    desk.age(assemblies(batch)[0])
    batch.advance()
    assert desk.waiting() == []

    desk.begin().advance()

    assert desk.waiting() == assemblies(batch)


def test_a_volume_that_is_away_is_not_an_empty_book(desk: Desk):
    """Nothing is submitted where the plan itself cannot be seen."""
    batch = desk.begin()
    desk.finish()
    for job_id in job_ids(batch):
        desk.age(job_id)
    desk.output_dir.rename(desk.output_dir.with_name("away"))

    with pytest.raises(UnknownBatch):
        batch.advance()

    assert desk.waiting() == []


def test_a_full_queue_is_waited_for(connection: redis.Redis, desk: Desk, fake_worker: FakeWorker):
    """Submitting says so and goes on when it is called again; moving on just leaves the rest."""
    narrow = desk.queue.settings.model_copy(update={"max_queued_jobs": 2})
    small = Desk(SpeechQueue(connection, narrow), fake_worker)
    batch = small.open()
    with pytest.raises(QueueFull):
        list(batch.submit_parts())
    batch.advance()
    assert small.waiting() == job_ids(batch)[:2]
    assert batch.read_status().status is QUEUED
    small.finish(count=1)

    assert [job.is_new for job in batch.submit_parts()] == [False, True]

    assert small.waiting() == job_ids(batch)[1:]


def test_parts_need_no_outbox(
    connection: redis.Redis, desk: Desk, fake_worker: FakeWorker, tmp_path: Path
):
    """The manifest is the promise: it would only stand there twice, and outlive a cancel."""
    careful = desk.queue.settings.model_copy(update={"outbox_dir": tmp_path / "outbox"})

    Desk(SpeechQueue(connection, careful), fake_worker).begin()

    assert not (tmp_path / "outbox").exists()


def test_a_part_knows_its_book(desk: Desk):
    """A job's label names the batch, without becoming part of the job's identity."""
    batch = desk.begin()

    _, arguments = desk.fake_worker.store.read_call(desk.take())

    assert arguments["request"]["metadata"] == {"batch": batch.id}


class TestCancel:
    """Nobody wants the book any more."""

    def test_what_waits_ends_at_once_and_what_runs_at_its_next_chunk(self, desk: Desk):
        """The mark is on disk first; finished parts stay."""
        batch = desk.begin()
        desk.finish(count=1)
        running = desk.take()

        batch.cancel()

        assert store.is_cancelled(desk.output_dir, batch.id)
        assert states(batch) == [FINISHED, RUNNING, CANCELLED]
        assert desk.fake_worker.store.cancel_request(running) == "drop"
        assert batch.read_status().status is CANCELLED
        desk.fake_worker.store.cancel(running, "drop")
        batch.advance()
        assert desk.waiting() == []
        assert store.find_part(desk.output_dir, batch.manifest.parts[0]) is not None

    def test_an_assembly_is_cancelled_too(self, desk: Desk):
        """Waiting or running."""
        batch = desk.begin(split=True)
        desk.finish()
        batch.advance()
        running = desk.take()

        batch.cancel(force=True)

        assert desk.waiting() == []
        assert desk.fake_worker.store.cancel_request(running) == "force-drop"
        assert [output.status for output in batch.read_status().outputs] == [RUNNING, CANCELLED]

    def test_a_finished_book_is_left_alone(self, desk: Desk):
        """There is nothing to end; the files stay and count."""
        batch = desk.begin()
        desk.finish()
        batch.advance()
        desk.finish()

        batch.cancel()

        assert not store.is_cancelled(desk.output_dir, batch.id)
        assert batch.read_status().status is FINISHED

    def test_parts_of_another_open_book_go_on(self, desk: Desk):
        """Books share parts by their content: one's end is not the other's."""
        other = desk.begin([["One is here."], ["Something else."]], title="Other")
        batch = desk.begin()
        assert job_ids(other)[0] == job_ids(batch)[0]

        batch.cancel()

        assert states(other) == [QUEUED, QUEUED]
        assert desk.waiting() == job_ids(other)
        other.cancel()
        assert desk.waiting() == []

    def test_a_cancel_that_was_cut_short_is_carried_out(self, desk: Desk, janitor: Janitor):
        """The mark alone is enough: whoever looks at the book next ends its jobs."""
        batch = desk.begin()
        store.mark_cancelled(desk.output_dir, batch.id)

        janitor.sweep()

        assert desk.waiting() == []
        assert states(batch) == [CANCELLED] * 3

    def test_what_is_submitted_while_it_is_cancelled_is_ended(
        self, desk: Desk, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
    ):
        """A janitor that had looked before the cancel leaves no job behind."""
        batch = desk.begin()
        connection.flushall()
        replay = desk.queue.replay

        def replay_while_cancelling(entry):
            store.mark_cancelled(desk.output_dir, batch.id)
            return replay(entry)

        monkeypatch.setattr(desk.queue, "replay", replay_while_cancelling)
        batch.advance()

        assert desk.waiting() == []
        assert states(batch) == [CANCELLED] * 3

    def test_after_a_flush_a_cancelled_book_stays_cancelled(
        self, desk: Desk, connection: redis.Redis, janitor: Janitor
    ):
        """Disk is the truth: nothing of it is submitted again."""
        batch = desk.begin()
        batch.cancel()
        connection.flushall()

        janitor.sweep()

        assert desk.waiting() == []
        assert batch.read_status().status is CANCELLED

    @pytest.mark.parametrize("how", ["the same book again", "retry"])
    def test_it_can_be_wanted_again(self, desk: Desk, how: str):
        """What was cancelled is submitted, and what is still running is not ended any more."""
        batch = desk.begin()
        running = desk.take()
        batch.cancel()

        if how == "retry":
            batch.retry()
        else:
            desk.begin()

        assert not store.is_cancelled(desk.output_dir, batch.id)
        assert desk.fake_worker.store.cancel_request(running) == ""
        assert states(batch) == [RUNNING, QUEUED, QUEUED]
        desk.do(running)
        desk.finish()
        batch.advance()
        assert desk.waiting() == assemblies(batch)


def test_a_book_that_uses_parts_again_makes_them_young(desk: Desk):
    """They are not removed for their age right after another book has relied on them."""
    batch = desk.begin()
    desk.finish()
    old = time.time() - 1_000_000
    files = [
        path for part in batch.manifest.parts for path in store.part_files(desk.output_dir, part)
    ]
    for path in files:
        os.utime(path, (old, old))

    desk.open(CHAPTERS[:1], title="The first chapter alone")

    assert [path.stat().st_mtime > old + 1 for path in files] == [True] * 6 + [False] * 3


class TestJanitor:
    """Books go on without the command that began them."""

    def test_every_open_book_is_moved_on(self, desk: Desk, janitor: Janitor):
        """A producer that died between plan and queue has lost nothing."""
        batches = [desk.open([[f"Book {number}."]], title=f"{number}") for number in range(5)]

        janitor.sweep()
        assert sorted(desk.waiting()) == sorted(job_ids(batch)[0] for batch in batches)

        desk.finish()
        janitor._next_books = 0
        janitor.sweep()
        assert sorted(desk.waiting()) == sorted(assemblies(batch)[0] for batch in batches)

    def test_a_book_that_is_done_is_not_looked_at_until_it_changes(self, desk: Desk):
        """Closed books cost a glance at their directory, however many there are."""
        rounds = BookRounds(desk.queue)
        batch = desk.begin()
        batch.cancel()
        assert rounds.advance()
        manifest = manifest_file(desk.output_dir, batch.id)
        content = manifest.read_bytes()
        with manifest.open("r+b") as file:  # in place: the directory does not change
            file.write(b"#")
        assert rounds.advance()
        with manifest.open("r+b") as file:
            file.write(content)

        desk.open()
        assert rounds.advance()

        assert desk.waiting() == []  # cancelled parts wait to be submitted
        assert states(batch) == [CANCELLED] * 3
        desk.queue.connection.flushall()
        assert rounds.advance()
        assert desk.waiting() == job_ids(batch)

    def test_a_broken_book_does_not_stop_the_others(
        self, desk: Desk, janitor: Janitor, caplog: pytest.LogCaptureFixture
    ):
        """It is passed over with a warning, once."""
        broken = manifest_file(desk.output_dir, "0" * 32)
        broken.parent.mkdir(parents=True)
        broken.write_text("{")
        batch = desk.open()

        for _ in range(2):
            janitor._next_books = 0
            janitor.sweep()

        assert desk.waiting() == job_ids(batch)
        assert caplog.text.count("book skipped") == 1

    def test_many_books_share_a_sweep(
        self, desk: Desk, janitor: Janitor, monkeypatch: pytest.MonkeyPatch
    ):
        """When the time for books is over the next sweep goes on with those that had no turn."""
        monkeypatch.setattr("worker.janitor.book_rounds.BUDGET_SECONDS", 0.0)
        batches = [desk.open([[f"Book {number}."]], title=f"{number}") for number in range(3)]

        seen = []
        for _ in range(3):
            janitor.sweep()
            seen.append(len(desk.waiting()))

        assert seen == [1, 2, 3]
        assert {job_ids(batch)[0] for batch in batches} == set(desk.waiting())

    def test_old_parts_go_but_never_those_of_an_open_book(
        self, desk: Desk, janitor: Janitor, worker_settings: WorkerSettings
    ):
        """What was neither made nor used for two weeks is removed, all its files together."""
        done, wanted = desk.begin([["A book that is done."]]), desk.begin([["Still open."]])
        young = desk.begin([["A young one."]])
        desk.finish()
        for batch in (done, young):
            batch.advance()
        desk.finish()
        old = time.time() - worker_settings.part_ttl_seconds - 60
        parts = desk.output_dir / "parts"
        (parts / "notes.txt").write_text("not a part")
        (parts / f"{'a' * 32}.loudness.json").write_text("{}")
        for path in parts.iterdir():
            os.utime(path, (old, old))
        desk.open([["A young one."]], title="The same part in another book")

        janitor.sweep()

        stems = {path.name.partition(".")[0] for path in parts.iterdir()}
        kept = [part for batch in (wanted, young) for part in batch.manifest.parts]
        assert stems == {"notes", *((part.request.output_name or "")[6:] for part in kept)}


def test_the_status_of_a_large_book_take_one_round_trip(
    desk: Desk, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    """Five hundred parts are read in one pipeline, however many of them are waiting."""
    batch = desk.begin([[f"Part number {number}." for number in range(500)]])
    sent = []
    execute = redis.client.Pipeline.execute

    def count(pipeline: redis.client.Pipeline, *arguments: object, **named: object) -> object:
        sent.append(len(pipeline.command_stack))
        return execute(pipeline, *arguments, **named)

    monkeypatch.setattr(redis.client.Pipeline, "execute", count)
    monkeypatch.setattr(redis.Redis, "execute_command", _refuse)

    status = batch.read_status()

    assert len(status.parts) == 500
    assert sent == [501]


def _refuse(*_: object, **__: object) -> Iterator[object]:
    raise AssertionError("a round trip of its own")


@pytest.mark.parametrize("name", ["../x.flac", "a/b.flac"])
def test_a_book_whose_file_leads_elsewhere_is_refused(desk: Desk, name: str):
    """Nothing is written and nothing submitted."""
    manifest = make_book(desk.output_dir / "model", CHAPTERS)
    odd = manifest.model_copy(
        update={"outputs": (BookOutput(name=name, title="x", chapters=(0, 1)),)}
    )

    with pytest.raises(InvalidRequest):
        open_batch(odd, None, desk.queue)

    assert not (desk.output_dir / "books").exists()


def begin_before_an_upgrade(desk: Desk, parts: int = 2) -> BookBatch:
    """Begin a book whose first parts the first release has spoken, long ago."""
    batch = desk.begin()
    desk.finish(count=parts, fingerprint=FIRST_RELEASE)
    for job_id in job_ids(batch)[:parts]:
        desk.age(job_id)
    return batch


def runs(desk: Desk) -> dict[str, str]:
    """Return the run of each job that waits."""
    data = {
        job_id: desk.queue.connection.hget(keys.job(job_id), "data") for job_id in desk.waiting()
    }
    return {job_id: decode_call(call)[1]["run"] for job_id, call in data.items()}


def test_parts_of_other_rules_are_spoken_anew(desk: Desk):
    """A book that an earlier version began ends in one reading, whoever moves it on."""
    batch = begin_before_an_upgrade(desk)

    status = batch.advance()

    assert [part.status for part in status.parts] == [None, None, QUEUED]
    assert len(status.outdated_parts) == 2
    assert "reading rules none, now" in status.outdated_parts[0].change
    assert len(desk.waiting()) == 3
    desk.finish()
    assert states(batch) == [FINISHED] * 3
    batch.advance()
    assert desk.waiting() == assemblies(batch)


def test_a_janitor_logs_what_it_has_spoken_anew(desk: Desk, caplog: pytest.LogCaptureFixture):
    """One line a book, when the jobs are submitted."""
    batch = begin_before_an_upgrade(desk)

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            BookRounds(desk.queue).advance()

    [line] = [record.message for record in caplog.records if record.levelname == "INFO"]
    assert line.startswith(f"book {batch.id}: 2 of 3 parts were spoken under other rules (reading")
    assert line.endswith("and are spoken anew")


def test_a_part_is_spoken_anew_once_whoever_asks_for_it(desk: Desk):
    """All who ask name the run alike, so that a worker which is asked twice does it once."""
    batch = begin_before_an_upgrade(desk)
    run = name_run(batch.manifest.parts[0].request, "")

    batch.advance()

    assert run.startswith("text-")
    first, second, third = job_ids(batch)
    assert runs(desk) == {third: "", first: run, second: run}


def test_a_part_that_an_earlier_version_has_just_finished_is_spoken_anew(desk: Desk):
    """The job's record says finished; whoever submits the book again does not wait."""
    batch = desk.begin()
    desk.finish(fingerprint=FIRST_RELEASE)

    assert [job.is_new for job in batch.submit_parts()] == [True] * 3
    desk.finish()
    assert states(batch) == [FINISHED] * 3


def test_a_record_of_before_the_upgrade_does_not_hold_a_book_up(desk: Desk):
    """Without anybody's command the parts are due again once their jobs have ended long enough."""
    batch = desk.begin()
    desk.finish(fingerprint=FIRST_RELEASE)
    assert states(batch) == [RUNNING] * 3  # the volume may show the new file late

    for job_id in job_ids(batch):
        desk.age(job_id)

    assert states(batch) == [None] * 3


def test_a_book_goes_on_with_the_parts_it_has_when_told_to(desk: Desk):
    """The mark is on disk before the book is: no janitor speaks them anew meanwhile."""
    batch = begin_before_an_upgrade(desk)

    batch = open_batch(batch.manifest, None, desk.queue, keeps_parts=True)
    BookRounds(desk.queue).advance()

    assert desk.waiting() == job_ids(batch)[2:]
    assert states(batch) == [FINISHED, FINISHED, QUEUED]
    assert [part.job_id for part in batch.read_status().kept_parts] == job_ids(batch)[:2]
    desk.finish()
    BookRounds(desk.queue).advance()
    desk.finish()
    assert batch.read_status().status is FINISHED


def test_parts_are_kept_only_as_long_as_that_is_asked_for(desk: Desk):
    """The same book again without the wish speaks them anew."""
    batch = begin_before_an_upgrade(desk)
    open_batch(batch.manifest, None, desk.queue, keeps_parts=True)

    batch = open_batch(batch.manifest, None, desk.queue)

    assert states(batch) == [None, None, QUEUED]


def test_another_change_of_rules_is_not_kept_with_the_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """What was spoken since then is outdated by itself, and nobody has said to keep it."""
    batch = begin_before_an_upgrade(desk)
    batch = open_batch(batch.manifest, None, desk.queue, keeps_parts=True)
    list(batch.submit_parts())
    desk.finish()

    monkeypatch.setattr(text_version, "READING_VERSION", "next")

    status = find_batch(batch.id, desk.queue).read_status()
    assert [part.job_id for part in status.outdated_parts] == job_ids(batch)[2:]


def test_jobs_that_would_speak_kept_parts_anew_are_cancelled(desk: Desk):
    """A janitor had submitted them before somebody said that the parts are kept."""
    batch = begin_before_an_upgrade(desk)
    batch.advance()

    batch = open_batch(batch.manifest, None, desk.queue, keeps_parts=True)
    list(batch.submit_parts())

    assert desk.waiting() == job_ids(batch)[2:]


def test_a_worker_of_an_earlier_version_is_asked_twice_and_no_more(desk: Desk):
    """The part is failed then, with the reason; who submits it again gets another run."""
    batch = begin_before_an_upgrade(desk)
    batch.advance()
    desk.finish(fingerprint=FIRST_RELEASE)
    for job_id in job_ids(batch):
        desk.age(job_id)
    first, second, third = batch.advance().parts

    assert (first.status, second.status) == (FAILED, FAILED)
    assert "do all workers have this version" in first.error_message
    assert third.status is None  # it has been spoken once
    assert desk.waiting() == [third.job_id]
    assert {job.id for job in batch.retry()} == set(job_ids(batch))
    desk.finish()
    assert states(batch) == [FINISHED] * 3


def test_a_finished_book_keeps_its_reading(desk: Desk):
    """Nothing of it is spoken anew after an upgrade."""
    batch = desk.begin()
    desk.finish(fingerprint=FIRST_RELEASE)
    for output in batch.manifest.outputs:
        request = AssemblyRequest(batch_id=batch.id, output=output.name)
        file = desk.output_dir / request.output_file
        file.write_bytes(b"audio")
        result_file(file).write_text(make_assembly(request, batch.manifest).model_dump_json())

    status = open_batch(batch.manifest, None, desk.queue).advance()

    assert (status.status, status.outdated_parts, status.kept_parts) == (FINISHED, (), ())
    assert list(batch.submit_parts()) == []


def test_chapter_files_of_other_rules_are_made_again_with_the_rest(desk: Desk):
    """A book in several files has one reading, too."""
    batch = desk.begin(split=True)
    desk.finish(count=2, fingerprint=FIRST_RELEASE)
    first = AssemblyRequest(batch_id=batch.id, output=batch.manifest.outputs[0].name)
    file = desk.output_dir / first.output_file
    file.write_bytes(b"audio")
    result_file(file).write_text(make_assembly(first, batch.manifest).model_dump_json())

    assert {job.id for job in batch.submit_parts()} == set(job_ids(batch))
    assert not result_file(file).exists()
    desk.finish()
    batch.advance()
    assert sorted(desk.waiting()) == sorted(assemblies(batch))


def test_chapter_files_are_not_made_again_and_again(desk: Desk):
    """Where workers have other rules than whoever looks, the file that they made is left alone."""
    batch = desk.begin(split=True)
    for _ in range(2):
        desk.finish(count=2, fingerprint=FIRST_RELEASE)
        list(batch.submit_parts())
    desk.finish(fingerprint=FIRST_RELEASE)
    first = AssemblyRequest(batch_id=batch.id, output=batch.manifest.outputs[0].name)
    file = desk.output_dir / first.output_file
    file.write_bytes(b"audio")
    result_file(file).write_text(make_assembly(first, batch.manifest).model_dump_json())

    batch.advance()

    assert result_file(file).exists()


def test_a_kind_of_rule_that_was_switched_off_is_another_reading(
    desk: Desk, connection: redis.Redis
):
    """The settings of workers and producers agree; parts of before do not."""
    batch = desk.begin()
    desk.finish(count=1)
    settings = desk.queue.settings.model_copy(update={"reading_off": "roman"})

    status = find_batch(batch.id, SpeechQueue(connection, settings)).read_status()

    assert [part.change for part in status.outdated_parts] == [
        "kinds of rules that are off none, now roman"
    ]


def test_all_jobs_of_a_book_belong_to_the_trace_that_submitted_it(desk: Desk) -> None:
    """Also those that the janitor submits later; a book without a trace has none."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    token = CURRENT.set(trace)
    try:
        batch = desk.open()
    finally:
        CURRENT.reset(token)
    seen = []
    for _ in range(2):  # parts, then the assembly
        find_batch(batch.id, desk.queue).advance()
        while job := desk.fake_worker.store.take(("bulk",), rotate=False):
            _, arguments = desk.fake_worker.store.read_call(job)
            origin = desk.fake_worker.store.read_origin(job).traceparent
            seen.append(read_trace(arguments).get("traceparent") or origin)
            desk.do(job)
    desk.open()

    assert seen == [trace] * len(batch.job_ids)
    assert store.find_traceparent(desk.output_dir, batch.id) == ""


def test_an_owners_book_is_apart_from_anothers(desk: Desk, fake_worker: FakeWorker):
    """Parts and assembly are the owner's, shared with nobody's book of the same text."""
    plain = desk.begin()
    theirs = Desk(SpeechQueue(desk.queue.connection, desk.queue.settings, owner="ann"), fake_worker)
    batch = theirs.begin()

    assert batch.manifest.owner == "ann"
    assert batch.id != plain.id
    assert batch.job_ids.isdisjoint(plain.job_ids)
    assert {job.id for job in desk.queue.jobs(owner="ann")} == set(batch.job_ids) - {
        request.job_id for request in batch._ids.outputs.values()
    }
    again = find_batch(batch.id, desk.queue)
    desk.finish()
    again.advance()
    [assembly] = [job for job in desk.queue.jobs(owner="ann") if not job.status().is_terminal]
    assert assembly.facts().owner == "ann"
    desk.finish()
    assert again.read_status().status is FINISHED


def test_a_book_goes_on_as_its_owners_bound_lets_it(desk: Desk, fake_worker: FakeWorker):
    """A bound below the number of parts delays the book and loses nothing of it."""
    settings = desk.queue.settings.model_copy(update={"owner_max_queued_jobs": 1})
    bounded = Desk(SpeechQueue(desk.queue.connection, settings, owner="ann"), fake_worker)
    batch = bounded.open()
    with pytest.raises(QueueFull):
        list(batch.submit_parts())

    for _ in range(len(batch.job_ids)):
        assert desk.queue.overview().owners["ann"].waiting_jobs == 1
        bounded.finish()
        batch.advance()

    assert batch.read_status().status is FINISHED


def test_a_book_waits_in_the_queue_that_it_was_opened_for(desk: Desk) -> None:
    """Its file, too, whoever submits it; opened anew without a word, what is missing is bulk."""
    book = make_book(desk.output_dir, CHAPTERS)
    batch = open_batch(book, None, desk.queue, queue_name="interactive")
    for _ in range(2):  # parts, then the assembly
        find_batch(batch.id, desk.queue).advance()
        assert desk.fake_worker.store.take(("bulk",), rotate=False) is None
        while job := desk.fake_worker.store.take(("interactive",), rotate=False):
            desk.do(job)
    assert batch.read_status().status is SpeechStatus.FINISHED

    assert open_batch(book, None, desk.queue).id == batch.id
    assert store.find_queue(desk.output_dir, batch.id) == "bulk"
