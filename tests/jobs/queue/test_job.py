"""What a producer sees of its job, from waiting to the end."""

from __future__ import annotations

import threading

import pytest
import redis

from jobs import Cancelled, JobFailed, SpeechQueue, SpeechStatus, UnknownJob
from jobs.queue import keys
from tests.conftest import eventually
from tests.fakes.fake_worker import FakeWorker, make_request, make_result


def test_facts_of_a_running_job_show_progress_and_worker(
    queue: SpeechQueue, fake_worker: FakeWorker
):
    """A running job names its worker and how far it is."""
    job = queue.submit(make_request())
    held = fake_worker.take()
    fake_worker.store.checkpoint(
        held,
        {"chunks": 3, "characters": 10, "characters_total": 20, "audio_seconds": 6.0},
        may_yield=False,
    )

    facts = job.facts()

    assert (facts.status, facts.worker) == (SpeechStatus.RUNNING, "fake_worker")
    assert (facts.progress.chunks, facts.progress.fraction) == (3, 0.5)
    assert job.progress() == facts.progress
    assert facts.started_at is not None
    assert facts.enqueued_at is not None
    assert facts.started_at >= facts.enqueued_at


def test_wait_returns_the_result(queue: SpeechQueue, fake_worker: FakeWorker):
    """A producer that waits gets the result as soon as a worker has written it."""
    request = make_request()
    job = queue.submit(request)
    held = fake_worker.take()
    seen: list[SpeechStatus] = []
    worker = threading.Thread(target=lambda: (_until(seen), fake_worker.finish(held, request)))
    worker.start()

    result = job.wait(timeout_seconds=20, on_progress=lambda facts: seen.append(facts.status))
    worker.join()

    assert result == make_result(request) == job.result()
    assert seen == [SpeechStatus.RUNNING, SpeechStatus.FINISHED]


def _until(seen: list[SpeechStatus]) -> None:
    eventually(lambda: seen)


def test_wait_gives_up_after_its_time(queue: SpeechQueue):
    """A job that does not end in time goes on; only the waiting ends."""
    job = queue.submit(make_request())

    with pytest.raises(TimeoutError, match=r"is still queued after 0\.05 s"):
        job.wait(timeout_seconds=0.05)

    assert job.status() is SpeechStatus.QUEUED


def test_a_failed_job_names_the_remote_error(queue: SpeechQueue, fake_worker: FakeWorker):
    """Wait and result raise what the worker said, with the class that it raised."""
    job = queue.submit(make_request())
    fake_worker.store.fail(fake_worker.take(), "ChunkTooLong", "chunk 3 has 600 phonemes")

    with pytest.raises(JobFailed, match="chunk 3 has 600 phonemes") as caught:
        job.wait(timeout_seconds=5)
    facts = job.facts()

    assert caught.value.error_name == "ChunkTooLong"
    assert (facts.error_name, facts.error_message) == ("ChunkTooLong", "chunk 3 has 600 phonemes")
    assert facts.worker == ""


def test_the_result_of_a_job_that_runs_is_refused(queue: SpeechQueue):
    """Asking for the result too early says where the job stands."""
    job = queue.submit(make_request())

    with pytest.raises(JobFailed, match="is queued; wait for it first"):
        job.result()


def test_cancelling_a_waiting_job_ends_it_at_once(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """A cancelled job leaves its queue, and no worker gets it."""
    job = queue.submit(make_request())

    before = job.cancel()

    assert before is SpeechStatus.QUEUED
    assert job.status() is SpeechStatus.CANCELLED
    assert fake_worker.store.take(["default"]) is None
    assert connection.hget(keys.WAITING_CHARACTERS, "default") in {None, b"0"}
    with pytest.raises(Cancelled, match="was cancelled"):
        job.wait(timeout_seconds=5)


@pytest.mark.parametrize(
    ("force", "keep_partial", "request_text"),
    [
        (False, False, "drop"),
        (False, True, "keep"),
        (True, False, "force-drop"),
        (True, True, "force-keep"),
    ],
)
def test_cancelling_a_running_job_leaves_a_request(
    queue: SpeechQueue, fake_worker: FakeWorker, force: bool, keep_partial: bool, request_text: str
):
    """A running job goes on until its worker reads the request at the next chunk."""
    job = queue.submit(make_request())
    held = fake_worker.take()

    before = job.cancel(force=force, keep_partial=keep_partial)

    assert before is SpeechStatus.RUNNING
    assert job.status() is SpeechStatus.RUNNING
    assert fake_worker.store.checkpoint(held, {}, may_yield=False).cancel == request_text


def test_cancelling_what_has_ended_changes_nothing(queue: SpeechQueue, fake_worker: FakeWorker):
    """Finished, failed and cancelled jobs stay what they are."""
    done, broken, dropped = (make_request(name) for name in ("done", "broken", "dropped"))
    for request in (done, broken):
        queue.submit(request)
    fake_worker.finish(fake_worker.take(), done)
    fake_worker.store.fail(fake_worker.take(), "SilentAudio", "nothing")
    queue.submit(dropped).cancel()

    jobs = [queue.job(request.job_id) for request in (done, broken, dropped)]
    states = [SpeechStatus.FINISHED, SpeechStatus.FAILED, SpeechStatus.CANCELLED]

    assert [job.cancel() for job in jobs] == states
    assert [job.status() for job in jobs] == states


def test_a_job_whose_record_expired_is_unknown(queue: SpeechQueue, connection: redis.Redis):
    """A handle outlives its record; then it says that the job is unknown."""
    job = queue.submit(make_request())
    connection.delete(keys.job(job.id))

    with pytest.raises(UnknownJob, match="record has expired"):
        job.facts()
    with pytest.raises(UnknownJob):
        job.cancel()


def test_records_of_ended_jobs_expire(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """A finished record is kept a week, a failed one a month, a waiting one for ever."""
    done, broken, waits = (make_request(name) for name in ("done", "broken", "waits"))
    for request in (done, broken):
        queue.submit(request)
    fake_worker.finish(fake_worker.take(), done)
    fake_worker.store.fail(fake_worker.take(), "SilentAudio", "nothing")
    queue.submit(waits)

    lifetimes = [connection.ttl(keys.job(request.job_id)) for request in (done, broken, waits)]

    assert lifetimes[0] == pytest.approx(7 * 86_400, abs=5)
    assert lifetimes[1] == pytest.approx(30 * 86_400, abs=5)
    assert lifetimes[2] == -1
