"""The producer's door on asyncio: as the other one, with many waiting at once."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
import redis

from jobs import (
    AsyncSpeechQueue,
    Cancelled,
    JobFailed,
    QueueUnavailable,
    SpeechQueue,
    SpeechStatus,
    UnknownJob,
)
from jobs.settings import QueueSettings
from tests.fakes.fake_worker import FakeWorker, make_request, make_result


def test_many_wait_at_once(queue_settings: QueueSettings, fake_worker: FakeWorker):
    """A hundred tasks wait on a hundred jobs while one worker ends them, and all hear of it."""
    requests = [make_request(f"Job {number}.") for number in range(100)]

    def work() -> None:
        for request in requests:
            fake_worker.finish(fake_worker.take(), request)

    async def produce() -> list[str]:
        async with AsyncSpeechQueue(queue_settings) as queue:
            jobs = [await queue.submit(request) for request in requests]
            worker = threading.Thread(target=work)
            worker.start()
            results = await asyncio.gather(*(job.wait(timeout_seconds=30) for job in jobs))
            worker.join()
            return [result.job_id for result in results]

    assert asyncio.run(produce()) == [request.job_id for request in requests]


def test_waiting_blocks_nobody(queue_settings: QueueSettings, fake_worker: FakeWorker):
    """Other tasks run while one waits; the time limit ends the waiting, not the job."""

    async def produce() -> tuple[float, SpeechStatus]:
        async with AsyncSpeechQueue(queue_settings) as queue:
            job = await queue.submit(make_request())
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.01)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            with pytest.raises(TimeoutError, match=r"is still queued after 0\.3 s"):
                await job.wait(timeout_seconds=0.3)
            ticking.cancel()
            return ticks, await job.status()

    ticks, status = asyncio.run(produce())
    assert ticks > 10
    assert status is SpeechStatus.QUEUED


def test_errors_are_those_of_the_other_door(queue_settings: QueueSettings, fake_worker: FakeWorker):
    """A job that failed, was cancelled or is unknown raises the same classes."""

    async def produce() -> None:
        async with AsyncSpeechQueue(queue_settings) as queue:
            failed = await queue.submit(make_request("fails"))
            fake_worker.store.fail(fake_worker.take(), "ChunkTooLong", "chunk 3 has 600 phonemes")
            with pytest.raises(JobFailed, match="chunk 3 has 600 phonemes"):
                await failed.wait(timeout_seconds=5)
            assert (await queue.retry(failed.id)).is_new
            assert await failed.cancel() is SpeechStatus.QUEUED
            with pytest.raises(Cancelled):
                await failed.result()
            with pytest.raises(UnknownJob):
                await queue.job("0" * 32).progress()
            assert (await queue.overview()).cancelled == 1

    asyncio.run(produce())


def test_without_a_server_every_call_says_so(queue_settings: QueueSettings):
    """The door opens without a server; what needs one raises QueueUnavailable."""
    settings = queue_settings.model_copy(update={"redis_url": "unix:///nowhere/redis.sock"})

    async def produce() -> None:
        async with AsyncSpeechQueue(settings) as queue:
            with pytest.raises(QueueUnavailable):
                await queue.submit(make_request())
            with pytest.raises(QueueUnavailable):
                await queue.job("0" * 32).facts()

    started = time.monotonic()
    asyncio.run(produce())
    assert time.monotonic() - started < 30


def test_a_submit_that_is_taken_back_ends_only_what_nobody_else_wants(
    queue: SpeechQueue, connection: redis.Redis
):
    """The job is cancelled when the last of its submits has been withdrawn, waiting or running."""
    request = make_request()
    first, second = queue.submit(request), queue.submit(request)

    first.withdraw()
    after_one = first.status()
    second.withdraw()
    after_both = second.status()
    third = queue.submit(request)
    third.withdraw()

    assert (after_one, after_both) == (SpeechStatus.QUEUED, SpeechStatus.CANCELLED)
    assert third.status() is SpeechStatus.CANCELLED
    assert queue.overview().waiting_characters == 0


def test_a_finished_job_is_not_ended_by_a_withdrawal(queue: SpeechQueue, fake_worker: FakeWorker):
    """What is there stays there; a later submit of it has nothing to take back."""
    request = make_request()
    job = queue.submit(request)
    fake_worker.finish(fake_worker.take(), request)

    assert job.withdraw() is SpeechStatus.FINISHED
    assert job.result() == make_result(request)
