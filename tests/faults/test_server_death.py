"""Redis that dies, stays away, is full, is empty, or is a replica."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from jobs.errors import QueueUnavailable
from jobs.queue import keys
from jobs.queue.queue import SpeechQueue
from tests.conftest import Server, eventually
from tests.faults.outage import Outage
from tests.faults.processes import Stable, calm_hashes, make_request, wait_all


def test_every_answered_submit_outlives_the_server(stable: Stable) -> None:
    """Every submit that was answered is there after kill -9 of the server, once and in order."""
    acknowledged: list[str] = []
    refused: list[str] = []

    def submit_all() -> None:
        for number in range(400):
            request = make_request(number)
            while not acknowledged or acknowledged[-1] != request.job_id:
                try:
                    acknowledged.append(stable.queue.submit(request).id)
                except QueueUnavailable:
                    refused.append(request.job_id)
                    time.sleep(0.05)

    producer = threading.Thread(target=submit_all)
    producer.start()
    for mark in (50, 150, 250):
        eventually(lambda mark=mark: len(acknowledged) > mark)
        stable.server.restart()
    producer.join()

    waiting = [id_.decode() for id_ in stable.connection.lrange(keys.queue("default"), 0, -1)]
    assert waiting == acknowledged
    assert refused


def test_a_job_goes_on_while_the_server_is_away_for_5_seconds(stable: Stable) -> None:
    """The job goes on without Redis for less than a lease, and is done once."""
    outage = Outage(stable, chunks=40, pace=0.2)

    outage.last(5)

    outage.assert_done_once()


def test_a_result_waits_for_the_server(stable: Stable) -> None:
    """A job that ends while Redis is away is recorded when it is back."""
    stable.worker(pace=0.3)
    request = make_request(1, chunks=4)
    job = stable.queue.submit(request)
    eventually(lambda: stable.chunks_of(job) >= 1)

    stable.server.kill()
    eventually(lambda: stable.chunks_of(job) == 4)
    _pass_time(1.0)
    stable.server.start()

    # The file is not named before Redis has confirmed that the job is still this worker's.
    assert job.wait(60).sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.chunks_made_twice() == []


def test_a_full_server_refuses_submits_and_lets_running_jobs_end(stable: Stable) -> None:
    """Where memory has run out submits are refused, yet the running job ends; then it heals."""
    stable.worker(pace=0.3)
    running = stable.queue.submit(make_request(1, chunks=5))
    eventually(lambda: stable.chunks_of(running))
    stable.connection.config_set("maxmemory", "1mb")

    with pytest.raises(QueueUnavailable, match="out of memory"):
        stable.queue.submit(make_request(2))
    assert running.wait(60).chunks == 5

    stable.connection.config_set("maxmemory", "0")
    assert stable.queue.submit(make_request(2)).wait(60)


def test_server_absent_at_start(stable: Stable) -> None:
    """Worker and janitor started without Redis wait for it and then work by themselves."""
    stable.server.kill()
    worker = stable.worker(ready=False)
    janitor = stable.janitor()
    eventually(lambda: "cannot look for jobs" in worker.log)
    eventually(lambda: "Redis is away" in janitor.log)

    stable.server.start()

    assert stable.queue.submit(make_request(1)).wait(60)
    assert worker.is_running
    assert janitor.is_running


def test_a_read_only_replica_is_named(stable: Stable, short_dir: Path) -> None:
    """A producer that was pointed at a replica is told so; a worker waits until it is promoted."""
    replica = Server(short_dir)
    replica.start()
    try:
        with replica.connection() as connection:
            connection.execute_command("REPLICAOF", "127.0.0.1", "1")
            queue = SpeechQueue(
                connection, stable.settings.model_copy(update={"redis_url": replica.url})
            )
            with pytest.raises(QueueUnavailable, match="read-only replica"):
                queue.submit(make_request(1))
            worker = stable.worker(ready=False, KTTS_REDIS_URL=replica.url)
            eventually(lambda: "heartbeat not delivered" in worker.log)
            connection.execute_command("REPLICAOF", "NO", "ONE")
            assert queue.submit(make_request(1)).wait(60)
    finally:
        replica.kill()


def test_a_server_that_forgot_everything_gets_the_outbox_again(stable: Stable) -> None:
    """After FLUSHALL the outbox submits all again; finished files are not made anew."""
    outbox = str(stable.directory / "outbox")
    settings = stable.settings.model_copy(update={"outbox_dir": Path(outbox)})
    queue = SpeechQueue(stable.connection, settings)
    stable.worker(pace=0.3)
    requests = [make_request(number, chunks=2) for number in range(5)]
    jobs = [queue.submit(request) for request in requests]
    jobs[0].wait(60)
    eventually(lambda: stable.chunks_of(jobs[1]))

    stable.connection.flushall()
    stable.janitor(KTTS_OUTBOX_DIR=outbox)

    eventually(lambda: all(stable.connection.exists(f"rq:job:{job.id}") for job in jobs))
    expected = calm_hashes(requests, stable.directory)
    assert list(wait_all(jobs, 60)) == [expected[job.id] for job in jobs]
    assert stable.files_made_twice() == []
    assert stable.chunks_made_twice() == []


def test_a_lost_answer_to_a_take_loses_no_job(stable: Stable) -> None:
    """A worker whose connection broke while it took a job gets that job at its next look."""
    worker = stable.start("-m", "tests.faults.deaf", KTTS_TONE_SECONDS_PER_CHUNK="0")
    stable.await_ready(worker)

    result = stable.queue.submit(make_request(1)).wait(60)

    assert result.chunks == 3
    assert "cannot look for jobs: Redis does not answer (answer lost)" in worker.log
    assert stable.connection.zcard(keys.started("default")) == 0


def test_a_job_goes_on_while_the_server_is_away_for_60_seconds(minute_outage: Outage) -> None:
    """The same for many leases."""
    minute_outage.wait(70)

    minute_outage.assert_done_once()


def _pass_time(seconds: float) -> None:
    """Let time pass that is itself the fault: an outage of this length."""
    deadline = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > deadline, seconds + 5)
