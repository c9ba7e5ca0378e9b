"""What we rely on in RQ: an upgrade that changes it must fail here, loudly."""

from __future__ import annotations

import inspect
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from rq import registry
from rq.job import Job, JobStatus
from rq.queue import Queue
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.utils import utcformat, utcparse
from rq.worker import Worker
from rq.worker_registration import REDIS_WORKER_KEYS, WORKERS_BY_QUEUE_KEY

from jobs.queue import keys
from jobs.queue.job_record import TASK
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechRequest
from jobs.settings import QUEUES
from worker.settings import WorkerSettings
from worker.supervision.heartbeat import Heartbeat
from worker.supervision.job_store import HeldJob, JobStore

ID = "0123456789abcdef0123456789abcdef"


def test_keys_are_those_that_rq_computes(connection: redis.Redis) -> None:
    """Our templates give the very keys that RQ gives."""
    queue = Queue("ktts:bulk", connection=connection)
    job = Job.create("f", id=ID, connection=connection)
    computed = {
        keys.job(ID): Job.key_for(ID),
        keys.queue("bulk"): queue.key,
        keys.QUEUE_NAMES: Queue.redis_queues_keys,
        keys.started("bulk"): registry.StartedJobRegistry(queue=queue).key,
        keys.finished("bulk"): registry.FinishedJobRegistry(queue=queue).key,
        keys.failed("bulk"): registry.FailedJobRegistry(queue=queue).key,
        keys.cancelled("bulk"): registry.CanceledJobRegistry(queue=queue).key,
        keys.results(ID): Result.get_key(ID),
        keys.worker("w"): Worker.redis_worker_namespace_prefix + "w",
        keys.WORKERS: REDIS_WORKER_KEYS,
        keys.workers_of("bulk"): WORKERS_BY_QUEUE_KEY % "ktts:bulk",
        keys.job(job.id): job.key.decode() if isinstance(job.key, bytes) else job.key,
    }

    assert list(computed) == [_text(value) for value in computed.values()]


def test_a_registry_is_named_by_its_status() -> None:
    """`settle` makes the key of a registry from the job's new status."""
    for status in (JobStatus.FINISHED, JobStatus.FAILED, JobStatus.CANCELED):
        assert keys.registry(status.value, "q") == f"rq:{status.value}:q"


def test_status_values() -> None:
    """The words that the scripts compare with are RQ's."""
    words = ["QUEUED", "STARTED", "FINISHED", "FAILED", "CANCELED"]
    assert [JobStatus[word].value for word in words] == [
        "queued",
        "started",
        "finished",
        "failed",
        "canceled",
    ]


def test_job_record(connection: redis.Redis) -> None:
    """`Job.to_dict` has the fields that scripts and handle read, packed as we unpack them."""
    job = Job.create(
        TASK,
        kwargs={"request": {}},
        id=ID,
        connection=connection,
        status=JobStatus.QUEUED,
        timeout=7,
        result_ttl=8,
        failure_ttl=9,
        serializer=JSONSerializer,
    )
    job.origin, job.enqueued_at, job.retries_left = "bulk", datetime.now(UTC), 3
    record = job.to_dict()

    assert record["status"] == "queued"
    assert (record["origin"], record["timeout"], record["retries_left"]) == ("bulk", 7, 3)
    assert {"created_at", "enqueued_at", "started_at", "ended_at", "worker_name"} <= set(record)
    assert json.loads(zlib.decompress(record["data"])) == [TASK, None, [], {"request": {}}]
    for field in ("success_callback_name", "failure_callback_name", "stopped_callback_name"):
        assert record[field] == ""


def test_worker_record(connection: redis.Redis) -> None:
    """A worker's record is made without touching Redis, and its fields can be stored."""
    parameters = inspect.signature(Worker.__init__).parameters
    assert {"queues", "connection", "serializer", "prepare_for_work", "name"} <= set(parameters)
    connection.flushall()
    absent = redis.Redis(unix_socket_path="/nonexistent/socket")
    worker = Worker(["ktts:bulk"], connection=absent, serializer="json", prepare_for_work=False)
    worker.hostname, worker.pid = "here", 1
    worker.birth_date = worker.last_heartbeat = datetime.now(UTC)

    assert set(worker.serialize()) == {
        "birth",
        "last_heartbeat",
        "queues",
        "pid",
        "hostname",
        "ip_address",
        "version",
        "python_version",
    }
    assert worker.key == keys.worker(worker.name)
    assert worker.queue_names() == ["ktts:bulk"]


def test_times_keep_their_value() -> None:
    """RQ's time format is read back as the same moment, by RQ and by `datetime`."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

    assert utcparse(utcformat(moment)) == moment
    assert datetime.fromisoformat(utcformat(moment)) == moment


def test_submitted_job_is_read_by_rq(queue: SpeechQueue, connection: redis.Redis) -> None:
    """RQ's own reader finds a submitted job, its queue, status, limits and call."""
    submitted = queue.submit(SpeechRequest(text="Seen by others."), queue="bulk")

    job = Job.fetch(submitted.id, connection=connection, serializer=JSONSerializer)

    assert (job.origin, job.get_status(), job.func_name) == ("ktts:bulk", JobStatus.QUEUED, TASK)
    assert job.timeout == 127
    assert job.kwargs["request"]["text"] == "Seen by others."
    assert Queue("ktts:bulk", connection=connection).job_ids == [submitted.id]
    assert {q.name for q in Queue.all(connection=connection)} == {"ktts:bulk"}


@pytest.fixture
def store(queue: SpeechQueue, connection: redis.Redis) -> Iterator[JobStore]:
    """Yield the books of a worker that is entered as idle."""
    settings = WorkerSettings(**queue.settings.model_dump())
    names = list(map(keys.rq_name, QUEUES))
    record = Worker(names, connection=connection, serializer="json", prepare_for_work=False)
    record.hostname, record.pid = "here", 1
    record.birth_date = record.last_heartbeat = datetime.now(UTC)
    heartbeat = Heartbeat(connection, record)
    heartbeat.beat("idle")
    yield JobStore(connection, record.name, settings)
    heartbeat.end()


def test_rq_sees_the_truth_at_every_step(
    queue: SpeechQueue, connection: redis.Redis, store: JobStore
) -> None:
    """RQ's lists, registries and workers say where each job is that went through our scripts."""
    names = ("finished", "failed", "canceled", "started", "queued")
    ids = {name: queue.submit(SpeechRequest(text=f"To be {name}.")).id for name in names}
    rq_queue = Queue("ktts:default", connection=connection, serializer=JSONSerializer)
    worker = Worker.all(connection=connection, serializer=JSONSerializer)[0]
    assert worker.get_state() == "idle"
    assert worker.queue_names() == [f"ktts:{name}" for name in QUEUES]
    assert Worker.count(queue=rq_queue) == 1

    assert store.finish(_take(store), {"x": 1}) == "finished"
    assert store.fail(_take(store), "SynthesisError", "no sound") == "failed"
    assert store.cancel(_take(store), "drop") == "canceled"
    started = _take(store)
    assert _take(store).job_id == started.job_id  # one at a time, and the same until it is settled

    assert rq_queue.job_ids == [ids["queued"]]
    assert registry.StartedJobRegistry(queue=rq_queue).get_job_ids() == [ids["started"]]
    assert registry.FinishedJobRegistry(queue=rq_queue).get_job_ids() == [ids["finished"]]
    assert registry.FailedJobRegistry(queue=rq_queue).get_job_ids() == [ids["failed"]]
    assert registry.CanceledJobRegistry(queue=rq_queue).get_job_ids() == [ids["canceled"]]
    for name, job_id in ids.items():
        job = Job.fetch(job_id, connection=connection, serializer=JSONSerializer)
        assert job.get_status() == JobStatus(name)
    assert 0 < connection.ttl(keys.job(ids["finished"])) <= queue.settings.result_ttl_seconds
    assert connection.ttl(keys.job(ids["started"])) == -1


def test_a_second_settle_is_answered_as_the_first(queue: SpeechQueue, store: JobStore) -> None:
    """A settle that is said twice, because its answer was lost, changes nothing the second time."""
    queue.submit(SpeechRequest(text="Said twice."))
    job = _take(store)

    assert store.requeue(job) == "queued"
    assert store.requeue(job) == "queued"
    assert queue.overview().waiting["default"] == 1
    _take(store)
    assert store.finish(job, {}) == "queued"  # it says what this execution came to, and no more
    assert queue.overview().finished == 0


def _take(store: JobStore) -> HeldJob:
    job = store.take(QUEUES)
    assert job is not None
    return job


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
