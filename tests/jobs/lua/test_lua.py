"""Taking and settling jobs: each script does all of its step or nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis

from jobs import SpeechQueue, SpeechStatus
from jobs.errors import UnknownJob
from jobs.queue import keys
from tests.fakes.fake_worker import QUEUES, FakeWorker, make_request
from worker.settings import WorkerSettings
from worker.supervision.job_store import HeldJob

TakeNext = Callable[..., HeldJob]


def submit(queue: SpeechQueue, *texts: str, to: str = "default") -> list[str]:
    """Submit each text and return the job ids."""
    return [queue.submit(make_request(text), queue=to).id for text in texts]


def waiting(connection: redis.Redis, queue: str = "default") -> list[str]:
    """Return the ids that stand in a queue, the next one first."""
    return [job_id.decode() for job_id in connection.lrange(keys.queue(queue), 0, -1)]


def test_urgent_queues_come_first_and_first_come_first_served(
    queue: SpeechQueue, take_next: TakeNext
):
    """Interactive work goes before default, default before bulk, in each the oldest first."""
    bulk = submit(queue, "b1", "b2", to="bulk")
    default = submit(queue, "d1", "d2")
    interactive = submit(queue, "i1", "i2", to="interactive")

    taken = [take_next().job_id for _ in range(6)]

    assert taken == interactive + default + bulk


def test_every_fourth_take_starts_elsewhere(queue: SpeechQueue, take_next: TakeNext):
    """A busy interactive queue starves neither of the others."""
    submit(queue, *(f"i{number}" for number in range(20)), to="interactive")
    submit(queue, *(f"d{number}" for number in range(20)))
    submit(queue, *(f"b{number}" for number in range(20)), to="bulk")

    taken = [take_next(rotate=True).queue for _ in range(16)]

    assert [name for number, name in enumerate(taken, 1) if number % 4] == ["interactive"] * 12
    assert sorted(taken[3::4]) == ["bulk", "bulk", "default", "default"]


def test_a_rotated_take_still_finds_the_only_job(queue: SpeechQueue, take_next: TakeNext):
    """Rotation changes where a worker looks first, not whether it finds what there is."""
    ids = submit(queue, *(f"i{number}" for number in range(8)), to="interactive")

    assert [take_next(rotate=True).job_id for _ in range(8)] == ids


def test_a_worker_that_never_heard_the_answer_gets_the_same_job(
    queue: SpeechQueue, fake_worker: FakeWorker
):
    """A worker holds one job at a time: asking again returns it, as a new execution."""
    [first, _] = submit(queue, "first", "second")

    lost, heard = fake_worker.take(), fake_worker.take()

    assert lost.job_id == heard.job_id == first
    assert lost.execution_id != heard.execution_id
    assert queue.overview().waiting["default"] == 1
    assert queue.connection.zcard(keys.started("default")) == 1


def test_a_taken_job_is_held_and_started(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """After a take the books say who holds the job, and RQ's own tools see it run."""
    [job_id] = submit(queue, "one")

    job = fake_worker.take()

    record = connection.hgetall(keys.job(job_id))
    assert waiting(connection) == []
    assert connection.hgetall(keys.HELD) == {job_id.encode(): b"fake_worker"}
    assert (record[b"status"], record[b"worker_name"]) == (b"started", b"fake_worker")
    assert record[b"execution"].decode() == job.execution_id
    assert connection.zrange(keys.started("default"), 0, -1) == [
        f"{job_id}:{job.execution_id}".encode()
    ]


def test_a_worker_without_a_heartbeat_gets_nothing(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """A worker that counts as dead must not hold a job: it would be taken back at once."""
    ids = submit(queue, "one")
    fake_worker.lapse()

    assert fake_worker.store.take(QUEUES) is None
    assert waiting(connection) == ids


def test_records_that_are_gone_are_passed_over(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """An id whose record was deleted does not stop the queue."""
    gone, there = submit(queue, "gone", "there")
    connection.delete(keys.job(gone))

    assert fake_worker.take().job_id == there


def test_a_requeued_job_is_next(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """A job that is put back stands before those that came after it."""
    first, second = submit(queue, "first", "second")
    job = fake_worker.take()

    assert fake_worker.store.requeue(job, retries_left=2) == "queued"

    assert waiting(connection) == [first, second]
    assert queue.job(first).status() is SpeechStatus.QUEUED
    assert connection.hget(keys.job(first), "retries_left") == b"2"
    assert queue.overview().waiting_characters == len("firstsecond")
    assert connection.zcard(keys.started("default")) == 0


def test_settling_what_somebody_else_holds_changes_nothing(
    queue: SpeechQueue,
    fake_worker: FakeWorker,
    connection: redis.Redis,
    worker_settings: WorkerSettings,
):
    """A worker that has lost its job can neither finish, fail, requeue nor cancel it."""
    request = make_request()
    queue.submit(request)
    job = fake_worker.take()
    stranger = FakeWorker(connection, worker_settings, "stranger")
    before = _dump(connection)

    answers = [
        stranger.finish(job, request),
        stranger.store.fail(job, "SilentAudio", "nothing"),
        stranger.store.requeue(job),
        stranger.store.cancel(job, "drop"),
    ]

    assert answers == [""] * 4
    assert _dump(connection) == before


def test_a_job_ends_once(queue: SpeechQueue, fake_worker: FakeWorker):
    """Who says it twice, because the first answer was lost, hears how the job ended."""
    request = make_request()
    queue.submit(request)
    job = fake_worker.take()

    assert fake_worker.finish(job, request) == "finished"
    assert fake_worker.store.fail(job, "SilentAudio", "nothing") == "finished"

    assert queue.job(job.job_id).status() is SpeechStatus.FINISHED


def test_a_cancelled_job_is_not_put_back(queue: SpeechQueue, fake_worker: FakeWorker):
    """A job that is cancelled while its worker puts it back ends there."""
    [job_id] = submit(queue, "one")
    job = fake_worker.take()
    queue.job(job_id).cancel()

    assert fake_worker.store.requeue(job) == "canceled"

    assert queue.job(job_id).status() is SpeechStatus.CANCELLED
    assert queue.overview().waiting_characters == 0


def test_a_job_may_be_put_back_last(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """A job that has to wait for something does not stand before the others."""
    first, second = submit(queue, "first", "second")

    fake_worker.store.requeue(fake_worker.take(), last=True)

    assert waiting(connection) == [second, first]


def test_the_bell_rings_for_new_and_requeued_work(queue: SpeechQueue, fake_worker: FakeWorker):
    """An idle worker that blocks on the bell wakes up for both."""
    submit(queue, "one")
    assert queue.connection.llen(keys.BELL) == 1
    fake_worker.store.wait_for_bell(1)

    fake_worker.store.requeue(fake_worker.take())

    assert queue.connection.llen(keys.BELL) == 1


def test_the_bell_does_not_grow_for_ever(queue: SpeechQueue):
    """Without a worker the bell keeps a bounded number of tokens."""
    submit(queue, *(f"text {number}" for number in range(100)))

    assert queue.connection.llen(keys.BELL) == 64


def _dump(connection: redis.Redis) -> dict[bytes, bytes]:
    names = sorted(set(connection.keys("*")) - {keys.worker("stranger").encode()})
    return {name: connection.dump(name) for name in names}


def test_another_programs_job_is_not_cancelled(queue: SpeechQueue, connection: redis.Redis):
    """Neither in a queue of a name that was ours before, nor anywhere else."""
    job_id = "a" * 32
    for name in ("default", "ktts:default", "emails"):
        connection.hset(keys.job(job_id), mapping={"status": "queued", "origin": name})
        connection.rpush(keys.waiting(name), job_id)
        before = connection.hgetall(keys.job(job_id))

        with pytest.raises(UnknownJob):
            queue.job(job_id).cancel()

        assert connection.hgetall(keys.job(job_id)) == before
        assert connection.lrange(keys.waiting(name), 0, -1) == [job_id.encode()]
