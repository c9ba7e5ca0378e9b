"""Whoever may submit may write any field of a record: nobody else is kept from his work by that."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle

import pytest
import redis

from jobs import SpeechQueue, SpeechStatus
from jobs.errors import JobFailed, QueueFull
from jobs.queue import keys, lua_calls
from jobs.queue.job_info import JOB_INFO_FIELDS, result_of
from jobs.queue.lua_calls import WaitingJob
from jobs.queue.old_queues import adopt_waiting
from jobs.queue.overview import read_jobs
from jobs.settings import QueueSettings
from scripts.webapp.job_pages import read_page
from scripts.webapp.schemas.job_documents import JobDocument
from tests.fakes.fake_worker import FakeWorker, make_request
from worker.janitor.janitor import Janitor
from worker.metrics.exporter import write_metrics
from worker.settings import WorkerSettings

NASTY = (
    *("", "many", "deferred", "-7", "9" * 5_000, "[]", "[" * 5_000, '{"progress": [1]}'),
    *('{"progress": {"audio_seconds": 1e999}}', '{"name": 7}', '{"name": "\\ud800"}'),
    *('{"progress": {"characters": 5, "processing_seconds": 1}}', "2026-01-01T00:00:00"),
    *("0001-01-01T00:00:00+14:00", "a|b|c", b"\xff\xfe\x00", "NaN", "canceled", "started"),
)
FIELDS = (
    *JOB_INFO_FIELDS,
    *("data", "submits", "execution", "settled_execution", "cancel", "timeout", "retries_left"),
    *("deaths", "chunks_at_death"),
)
STATES = ("queued", "started", "failed", "finished")


def reach(state: str, queue: SpeechQueue, worker: FakeWorker) -> str:
    """Bring a job into a state and return its id."""
    job = queue.submit(make_request("Spoilt."))
    if state != "queued":
        held = worker.take()
        if state == "failed":
            worker.store.fail(held, "SynthesisError", "x")
        if state == "finished":
            worker.finish(held, make_request("Spoilt."))
    return job.id


@pytest.mark.slow
@pytest.mark.parametrize("field", FIELDS)
def test_no_value_of_a_field_ends_anybody_elses_reading(
    field: str,
    queue: SpeechQueue,
    fake_worker: FakeWorker,
    connection: redis.Redis,
    worker_settings: WorkerSettings,
):
    """Lists, pages, metrics, sweeps and scripts go on; each document can be sent as JSON."""
    janitor = Janitor(connection, worker_settings)
    for value, state in zip(NASTY, cycle(STATES), strict=False):
        connection.flushdb()
        fake_worker.beat()
        job_id = reach(state, queue, fake_worker)
        other = queue.submit(make_request("Another's."))
        connection.hset(keys.job(job_id), field, value)

        facts = queue.job(job_id).facts()
        json.dumps(JobDocument.of(facts).model_dump(mode="json"), allow_nan=False).encode()
        assert facts.progress.remaining_seconds is None or facts.progress.remaining_seconds >= 0
        assert read_jobs(connection, [job_id, other.id]).keys() == {job_id, other.id}
        assert other.id in {job.job_id for job in read_page(connection, None, 0, 50).jobs}
        assert "ktts_redis_up 1.0" in write_metrics(connection)
        fake_worker.lapse()
        janitor.sweep()
        list(janitor.take_back())
        queue.job(job_id).withdraw()
        queue.submit(make_request("Spoilt."))
        queue.job(job_id).cancel(force=True)
        fake_worker.beat()
        taken = [fake_worker.store.take(("default",)) for _ in range(3)]
        assert other.id in {job.job_id for job in taken if job} or queue.job(other.id).status()


def test_a_record_that_is_no_hash_keeps_nobody_waiting(
    queue: SpeechQueue,
    fake_worker: FakeWorker,
    connection: redis.Redis,
    worker_settings: WorkerSettings,
):
    """RQ keeps a set beside a job that others depend on; its name may stand in a queue as an id."""
    janitor = Janitor(connection, worker_settings)
    connection.hset(keys.WAITING_CHARACTERS, keys.rq_name("bulk"), 7)
    connection.sadd(keys.job("x:dependents"), "y")
    connection.rpush(keys.queue("default"), "x:dependents")
    connection.rpush(keys.waiting("default"), "x:dependents")
    job = queue.submit(make_request())

    assert read_jobs(connection, ["x:dependents", job.id]).keys() == {job.id}
    assert "ktts_redis_up 1.0" in write_metrics(connection)
    janitor.sweep()
    assert connection.hget(keys.WAITING_CHARACTERS, keys.rq_name("bulk")) is None
    assert adopt_waiting(connection) == 0
    assert fake_worker.take().job_id == job.id
    assert connection.llen(keys.queue("default")) == 0


@pytest.mark.parametrize("status", ["deferred", "scheduled", "stopped", "", "\x1b[2J"])
def test_a_status_that_is_none_of_ours_is_a_state(
    status: str, queue: SpeechQueue, connection: redis.Redis
):
    """The job is unreadable: waiting for it ends with an error, and submitting it again helps."""
    job = queue.submit(make_request())
    connection.hset(keys.job(job.id), "status", status)

    assert job.status() is SpeechStatus.UNREADABLE
    with pytest.raises(JobFailed, match="submit it again"):
        job.wait(timeout_seconds=1)
    assert queue.submit(make_request()).status() is SpeechStatus.QUEUED


def test_a_result_that_cannot_be_read_is_an_error(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """Waiting for a finished job without a readable result raises what waiting raises."""
    job_id = reach("finished", queue, fake_worker)
    connection.hset(keys.job(job_id), "outcome", '{"path": "/etc/passwd"}')

    with pytest.raises(JobFailed, match="cannot be read"):
        result_of(queue.job(job_id).facts())


@pytest.mark.parametrize("forged", [10**18, -(2**63), 2**63 - 1])
def test_no_gateway_refuses_on_the_sum_of_characters_alone(
    forged: int, connection: redis.Redis, queue_settings: QueueSettings, fake_worker: FakeWorker
):
    """A producer may change the sum: then the waiting jobs themselves are counted."""
    settings = queue_settings.model_copy(update={"max_queued_characters": 20})
    queue = SpeechQueue(connection, settings)
    first = queue.submit(make_request("123456789"))
    connection.hincrby(keys.WAITING_CHARACTERS, "bulk", forged)

    second = queue.submit(make_request("12345678"))
    if forged > 0:
        with pytest.raises(QueueFull):
            queue.submit(make_request("12345"))

    assert [fake_worker.take().job_id for _ in range(1)] == [first.id]
    assert second.status() is SpeechStatus.QUEUED


def test_the_janitor_counts_the_waiting_characters_anew(
    queue: SpeechQueue, connection: redis.Redis, worker_settings: WorkerSettings
):
    """What somebody wrote into the sum is gone after its next scan."""
    queue.submit(make_request("123456789"))
    queue.submit(make_request("12345"), queue="bulk")
    connection.hset(
        keys.WAITING_CHARACTERS, mapping={"ktts:default": -5, "junk": 10**15, "ktts:bulk": "x"}
    )

    Janitor(connection, worker_settings).sweep()

    assert connection.hgetall(keys.WAITING_CHARACTERS) == {
        b"ktts:default": b"9",
        b"ktts:bulk": b"5",
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda job_id, text: lua_calls.cancel(job_id, lifetime_seconds=60, only_own=True),
        lambda job_id, text: lua_calls.forget(job_id),
        lambda job_id, text: lua_calls.restore(job_id, counter=text),
        lua_calls.adopt,
        lambda job_id, text: lua_calls.refuse(
            WaitingJob(job_id, text), text, text, lifetime_seconds=60
        ),
        lambda job_id, text: lua_calls.settle(job_id, text, "queued", lifetime_seconds=60),
        lambda job_id, text: lua_calls.checkpoint(
            job_id, text, meta={text: text}, workers=[text], counts={}
        ),
        lambda job_id, text: lua_calls.take(
            text, [WaitingJob(job_id, "default")], execution_id=text
        ),
    ],
    ids=["cancel", "forget", "restore", "adopt", "refuse", "settle", "checkpoint", "take"],
)
def test_no_argument_of_a_script_is_more_than_an_argument(
    call: Callable[[str, str], lua_calls.ScriptCall], connection: redis.Redis, queue: SpeechQueue
):
    """Ids and names that nobody gives change nothing of another job, and no script fails."""
    other = queue.submit(make_request("Another's."))
    before = connection.hgetall(keys.job(other.id))
    for text in ("", "*", "a" * 5_000, "x\0y", "'); return 1 --", "\x1b[2J", "-1", "ü"):
        call(text, text).run(connection)

    assert connection.hgetall(keys.job(other.id)) == before
    assert queue.overview().waiting["default"] == 1
