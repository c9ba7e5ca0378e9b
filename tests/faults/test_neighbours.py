"""Beside other users of RQ on the same server: their jobs stay theirs, and ours stay ours."""

from __future__ import annotations

import signal
import time

import pytest
from rq.job import Job
from rq.queue import Queue

from jobs.queue import keys
from jobs.queue.job_record import TASK
from jobs.settings import QUEUES
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request, wait_all

STOCK = """
import sys, redis, rq
connection = redis.Redis.from_url(sys.argv[1])
rq.SimpleWorker(sys.argv[2:], connection=connection).work({})
"""


def _start_stock(stable: Stable, *queues: str, burst: bool = False) -> None:
    """Start RQ's own worker on `queues`."""
    stable.start("-c", STOCK.format("burst=True" if burst else ""), stable.server.url, *queues)


@pytest.mark.parametrize("queue", QUEUES)
def test_fifty_jobs_of_each_end_with_their_own_workers(stable: Stable, queue: str) -> None:
    """Another application's `default` and ours share a server, and nothing of each other's."""
    theirs = Queue(queue, connection=stable.connection)
    mails = [theirs.enqueue("builtins.abs", -number) for number in range(50)]
    jobs = [
        stable.queue.submit(make_request(number, chunks=1), queue=queue) for number in range(50)
    ]
    stable.worker()
    _start_stock(stable, queue)

    assert len(list(wait_all(jobs, 120))) == 50
    assert eventually(lambda: all(mail.get_status() == "finished" for mail in mails))
    assert [mail.return_value() for mail in mails] == list(range(50))
    stable.assert_tidy()


def test_foreign_jobs_in_a_queue_of_ours_are_left_and_passed(stable: Stable) -> None:
    """Even under our own name a job of another function waits for its owner; ours go past it."""
    shared = Queue(keys.rq_name("default"), connection=stable.connection)
    mails = [shared.enqueue("builtins.abs", -number) for number in range(30)]
    worker = stable.worker()

    assert stable.queue.submit(make_request(1)).wait(60)

    assert shared.job_ids == [mail.id for mail in mails]
    assert worker.log.count("is another program's (builtins.abs); it is left there") == 30
    _start_stock(stable, shared.name, burst=True)
    assert eventually(lambda: all(mail.get_status() == "finished" for mail in mails))


def test_a_start_beside_a_stock_worker_on_the_same_queue_warns(stable: Stable) -> None:
    """The line names the worker and the queue that both serve."""
    _start_stock(stable, "other", keys.rq_name("bulk"))
    stock = eventually(lambda: stable.connection.smembers(keys.WORKERS))

    worker = stable.worker()

    eventually(lambda: "another program's worker serves the same queue" in worker.log)
    assert f"{next(iter(stock)).decode()} takes jobs from ktts:bulk and fails" in worker.log


def test_a_stock_worker_is_none_of_ours(stable: Stable) -> None:
    """Status and gateway count the workers that can speak, and no others."""
    _start_stock(stable, "other")
    eventually(lambda: stable.connection.smembers(keys.WORKERS))

    assert stable.queue.overview().workers == ()


@pytest.mark.parametrize("serializer", ["json", "pickle"])
def test_a_producer_with_rq_alone_is_told_in_one_line(stable: Stable, serializer: str) -> None:
    """`enqueue` of our function's name fails, and the producer's own RQ says why."""
    stable.worker()
    queue = Queue(keys.rq_name("default"), connection=stable.connection, serializer=serializer)

    job = queue.enqueue(TASK, "Hello.", voice="af_heart")
    eventually(lambda: job.get_status() == "failed")

    said = job.latest_result().exc_string
    assert "\n" not in said
    assert f"{TASK} is not to be enqueued by RQ: submit with jobs.SpeechQueue" in said
    assert [*queue.failed_job_registry.get_job_ids()] == [job.id]


def test_a_worker_of_this_version_drains_the_old_names(stable: Stable) -> None:
    """Jobs of a former version's producer are done; a foreign one among them stays."""
    old = [_submit_as_before(stable, number) for number in range(3)]
    theirs = Queue("default", connection=stable.connection).enqueue("builtins.abs", -1)
    old += [_submit_as_before(stable, number) for number in range(3, 6)]
    worker = stable.worker()

    assert len(list(wait_all(old, 60))) == 6

    assert stable.connection.lrange(keys.waiting("default"), 0, -1) == [theirs.id.encode()]
    assert [job.facts().queue for job in old] == ["default"] * 6
    worker.signal(signal.SIGSTOP)  # or it takes the job from where it is put first
    late = _submit_as_before(stable, 7)
    worker.signal(signal.SIGCONT)
    assert late.wait(60)
    stable.connection.delete(keys.waiting("default"))
    stable.assert_tidy()


def test_what_ended_before_is_still_listed(stable: Stable) -> None:
    """The janitor moves records that ended under the old names; RQ's other entries stay."""
    stable.worker()
    job = stable.queue.submit(make_request(1))
    job.wait(60)
    expiry = time.time() + 1000
    old = keys.registry("finished", "default")
    stable.connection.zrem(keys.finished("default"), job.id)
    stable.connection.zadd(old, {job.id: expiry, "foreign": expiry})
    stable.connection.hset(keys.job(job.id), "origin", "default")

    stable.janitor()

    eventually(lambda: stable.queue.overview().finished == 1)
    assert stable.connection.zrange(old, 0, -1) == [b"foreign"]
    assert (
        Job.fetch(job.id, connection=stable.connection, serializer="json").origin == "ktts:default"
    )


def _submit_as_before(stable: Stable, number: int):
    """Put a job where a producer of the version before has put it."""
    job = stable.queue.submit(make_request(number))
    with stable.connection.pipeline() as pipeline:
        pipeline.lrem(keys.queue("default"), 1, job.id)
        pipeline.hset(keys.job(job.id), "origin", "default")
        pipeline.rpush(keys.waiting("default"), job.id)
        pipeline.hdel(keys.WAITING_CHARACTERS, keys.rq_name("default"))
        pipeline.hincrby(keys.WAITING_CHARACTERS, "default", job.facts().characters)
        pipeline.execute()
    return job
