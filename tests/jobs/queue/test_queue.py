"""Producers against a real server: claimed once, bounded, replaced only where that is right."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from jobs import (
    InvalidRequest,
    QueueFull,
    QueueSettings,
    QueueUnavailable,
    SpeechQueue,
    SpeechStatus,
    UnknownJob,
)
from jobs.assembly import ASSEMBLY_TASK, AssemblyRequest
from jobs.errors import OutputError, TextTooLong
from jobs.queue import keys
from jobs.queue import outbox as outbox_module
from jobs.queue.job_record import TASK
from tests.conftest import Server
from tests.fakes.fake_worker import FakeWorker, make_request, make_result


def waiting(connection: redis.Redis, queue: str = "default") -> list[str]:
    """Return the ids that stand in a queue, the next one first."""
    return [job_id.decode() for job_id in connection.lrange(keys.queue(queue), 0, -1)]


def test_a_request_becomes_one_waiting_job(queue: SpeechQueue, connection: redis.Redis):
    """A submitted request waits in its queue under its own identity."""
    request = make_request(voice="am_adam", output_name="book/one")

    job = queue.submit(request, queue="bulk")
    facts = job.facts()

    assert waiting(connection, "bulk") == [request.job_id] == [job.id]
    assert (facts.status, facts.queue, facts.voice) == (SpeechStatus.QUEUED, "bulk", "am_adam")
    assert (facts.output_file, facts.characters) == ("book/one.wav", len(request.text))
    assert facts.enqueued_at is not None
    assert facts.started_at is facts.ended_at is facts.result is None


def test_the_same_request_twice_is_one_job(queue: SpeechQueue, connection: redis.Redis):
    """The second submit returns the job that is there, and says so."""
    first = queue.submit(make_request())
    second = queue.submit(make_request(), queue="interactive")

    assert (first.id, first.is_new, second.is_new) == (second.id, True, False)
    assert waiting(connection) == [first.id]
    assert waiting(connection, "interactive") == []


def test_eight_producers_at_once_submit_it_once(
    queue: SpeechQueue, queue_settings: QueueSettings, connection: redis.Redis
):
    """Eight connections that submit the same request at one moment make one job."""
    with ThreadPoolExecutor(8) as pool:
        queues = [SpeechQueue(settings=queue_settings) for _ in range(8)]
        jobs = list(pool.map(lambda own: own.submit(make_request()), queues))

    assert sum(job.is_new for job in jobs) == 1
    assert waiting(connection) == [jobs[0].id]
    assert queue.overview().waiting_characters == len(make_request().text)


def test_a_running_job_is_not_started_again(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """Not even `again` doubles a job that a worker holds."""
    queue.submit(make_request())
    fake_worker.take()

    job = queue.submit(make_request(), again=True)

    assert not job.is_new
    assert job.status() is SpeechStatus.RUNNING
    assert waiting(connection) == []


def test_a_finished_job_is_returned_as_it_is(queue: SpeechQueue, fake_worker: FakeWorker):
    """Finished work is not done anew unless somebody asks for it."""
    request = make_request()
    queue.submit(request)
    fake_worker.finish(fake_worker.take(), request)

    unchanged = queue.submit(request)

    assert not unchanged.is_new
    assert unchanged.result() == make_result(request)


def test_again_makes_a_finished_job_anew(
    queue: SpeechQueue, fake_worker: FakeWorker, connection: redis.Redis
):
    """`again` replaces the record of a finished job, in whatever queue it was."""
    request = make_request()
    queue.submit(request)
    fake_worker.finish(fake_worker.take(), request)

    job = queue.submit(request, again=True, queue="bulk")

    assert job.is_new
    assert job.facts().result is None
    assert waiting(connection, "bulk") == [request.job_id]
    assert queue.overview().finished == 0
    held = fake_worker.take()
    _, arguments = fake_worker.store.read_call(held)
    assert arguments["run"] != ""


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_what_failed_or_was_cancelled_is_replaced(
    queue: SpeechQueue, fake_worker: FakeWorker, end: str
):
    """Submitting again after a failure or a cancel starts with a clean record."""
    job = queue.submit(make_request())
    held = fake_worker.take()
    if end == "failed":
        fake_worker.store.fail(held, "SilentAudio", "the model said nothing")
    else:
        fake_worker.store.cancel(held, "drop")
    assert job.status() == end

    job = queue.submit(make_request(), queue="interactive")
    facts = job.facts()

    assert job.is_new
    assert (facts.status, facts.error_name, facts.ended_at) == (SpeechStatus.QUEUED, "", None)
    overview = queue.overview()
    assert (overview.failed, overview.cancelled) == (0, 0)


def test_the_bound_in_jobs_holds(connection: redis.Redis, queue_settings: QueueSettings):
    """One job too many is refused with the numbers; a job that is there already is not."""
    queue = SpeechQueue(connection, queue_settings.model_copy(update={"max_queued_jobs": 2}))
    queue.submit(make_request("one"))
    queue.submit(make_request("two"), queue="bulk")

    with pytest.raises(QueueFull, match="2 jobs with 6 characters wait already"):
        queue.submit(make_request("three"))

    assert not queue.submit(make_request("one")).is_new
    assert len(queue.jobs()) == 2


def test_the_bound_in_characters_holds(
    connection: redis.Redis, queue_settings: QueueSettings, fake_worker: FakeWorker
):
    """Characters that wait are bounded, all queues together; what a worker took counts no more."""
    settings = queue_settings.model_copy(update={"max_queued_characters": 10})
    queue = SpeechQueue(connection, settings)
    queue.submit(make_request("a" * 8), queue="bulk")

    with pytest.raises(QueueFull, match="8 characters"):
        queue.submit(make_request("b" * 3))
    fake_worker.take()

    assert queue.submit(make_request("b" * 3)).is_new


def test_a_text_over_the_bound_is_taken_when_nothing_waits(
    connection: redis.Redis, queue_settings: QueueSettings
):
    """A single text longer than the bound is no dead end."""
    settings = queue_settings.model_copy(update={"max_queued_characters": 10})
    queue = SpeechQueue(connection, settings)

    assert queue.submit(make_request("a" * 50)).is_new


def test_a_text_over_the_limit_is_refused(connection: redis.Redis, queue_settings: QueueSettings):
    """The longest text of one request is checked before anything is written."""
    queue = SpeechQueue(connection, queue_settings.model_copy(update={"max_characters": 5}))

    with pytest.raises(TextTooLong, match="6 characters, more than the 5"):
        queue.submit(make_request("123456"))

    assert connection.keys("rq:job:*") == []


def test_an_unknown_queue_is_refused(queue: SpeechQueue):
    """A queue that no worker serves is an error, not a place where jobs wait for ever."""
    with pytest.raises(InvalidRequest, match=r"queue 'urgent' is unknown; choose from interactive"):
        queue.submit(make_request(), queue="urgent")


def test_submit_many_yields_each_job(queue: SpeechQueue, connection: redis.Redis):
    """Many requests go in order into the bulk queue."""
    requests = [make_request(f"Part {number}.") for number in range(5)]

    jobs = list(queue.submit_many(requests))

    assert [job.id for job in jobs] == [request.job_id for request in requests]
    assert waiting(connection, "bulk") == [job.id for job in jobs]


def test_retry_submits_the_request_as_it_was(queue: SpeechQueue, fake_worker: FakeWorker):
    """Retry needs only the id: text, queue and flags come from the record."""
    request = make_request("Once more.", voice="bf_emma", metadata={"user": "7"})
    job = queue.submit(request, queue="bulk", overwrite=True)
    first = fake_worker.take()
    call = fake_worker.store.read_call(first)
    fake_worker.store.fail(first, "OutputError", "disk full")

    again = queue.retry(job.id)
    second = fake_worker.take()

    assert again.is_new
    assert (second.job_id, second.queue) == (job.id, "bulk")
    assert fake_worker.store.read_call(second) == call


def test_retry_refuses_what_has_not_failed(queue: SpeechQueue):
    """A job that waits needs no retry."""
    job = queue.submit(make_request())

    with pytest.raises(InvalidRequest, match="is queued; only failed or cancelled jobs"):
        queue.retry(job.id)


def test_retry_of_a_foreign_record_is_one_clear_error(
    queue: SpeechQueue, connection: redis.Redis, fake_worker: FakeWorker
):
    """A record whose call is no JSON of ours is refused, never unpickled."""
    job = queue.submit(make_request())
    fake_worker.store.fail(fake_worker.take(), "JobFailed", "no")
    connection.hset(keys.job(job.id), "data", b"\x80\x04.")

    with pytest.raises(InvalidRequest, match="not the JSON call"):
        queue.retry(job.id)


@pytest.mark.parametrize("task", [TASK, ASSEMBLY_TASK])
@pytest.mark.parametrize("arguments", [{}, {"request": 5}, {"request": ["text"]}])
def test_retry_of_a_record_without_a_request_is_one_clear_error(
    task: str,
    arguments: dict[str, object],
    queue: SpeechQueue,
    connection: redis.Redis,
    fake_worker: FakeWorker,
):
    """Whoever may submit may write any arguments."""
    job = queue.submit(make_request())
    fake_worker.store.fail(fake_worker.take(), "JobFailed", "no")
    data = zlib.compress(json.dumps([task, None, [], arguments]).encode())
    connection.hset(keys.job(job.id), "data", data)

    with pytest.raises(InvalidRequest, match="holds no request"):
        queue.retry(job.id)


def test_a_file_of_a_book_goes_into_no_queue_that_nobody_serves(queue: SpeechQueue):
    """As with a text."""
    request = AssemblyRequest(batch_id="a" * 32, output="Book.m4b")

    with pytest.raises(InvalidRequest, match="queue 'urgent' is unknown"):
        queue.submit_assembly(request, characters=1, queue="urgent")


def test_an_unknown_job_is_said_to_be_unknown(queue: SpeechQueue):
    """Asking for a job that is not there names the command that lists those that are."""
    with pytest.raises(UnknownJob, match="`ktts status` lists those"):
        queue.job("0" * 32)


def test_jobs_lists_each_job_once_in_every_state(queue: SpeechQueue, fake_worker: FakeWorker):
    """Running, waiting, failed, cancelled and finished jobs are all found, running ones first."""
    requests = {
        name: make_request(name) for name in ("done", "broken", "running", "waits", "dropped")
    }
    for name in ("done", "broken", "running"):
        queue.submit(requests[name])
    fake_worker.finish(fake_worker.take(), requests["done"])
    fake_worker.store.fail(fake_worker.take(), "SilentAudio", "nothing")
    fake_worker.take()
    queue.submit(requests["waits"])
    queue.submit(requests["dropped"]).cancel()

    found = [job.id for job in queue.jobs()]
    overview = queue.overview()

    order = ("running", "waits", "broken", "dropped", "done")
    assert found == [requests[name].job_id for name in order]
    assert overview.waiting == {"interactive": 0, "default": 1, "bulk": 0}
    assert overview.waiting_characters == len("waits")
    assert (overview.running, overview.finished) == (1, 1)
    assert (overview.failed, overview.cancelled, overview.workers) == (1, 1, ("fake_worker",))


def test_a_dead_worker_does_not_count(queue: SpeechQueue, fake_worker: FakeWorker):
    """A worker whose heartbeat has lapsed is not alive, whatever the set of workers says."""
    fake_worker.lapse()

    assert queue.overview().workers == ()


def test_no_server_is_one_clear_error(tmp_path):
    """Where nothing listens, the error names the place and the next step, not the password."""
    settings = QueueSettings(redis_url="redis://:secret@localhost:1/0")

    with pytest.raises(QueueUnavailable, match="localhost:1/0 does not answer") as caught:
        SpeechQueue(settings=settings)

    assert "secret" not in str(caught.value)
    assert "KTTS_REDIS_URL" in str(caught.value)


def test_a_url_that_is_none_is_one_clear_error():
    """A server address of an unknown kind is refused before anything is tried."""
    with pytest.raises(QueueUnavailable, match="is no server address"):
        SpeechQueue(settings=QueueSettings(redis_url="http://localhost"))


def test_a_server_out_of_memory_takes_nothing_and_says_so(own_server: Server):
    """A full server refuses the whole submit: no half job is left."""
    settings = QueueSettings(redis_url=own_server.url)
    queue = SpeechQueue(settings=settings)
    done = make_request("was there before")
    queue.submit(done).cancel()
    queue.connection.config_set("maxmemory", 1)

    with pytest.raises(QueueUnavailable, match="out of memory"):
        queue.submit(make_request())
    with pytest.raises(QueueUnavailable, match="out of memory"):
        queue.submit(done)

    assert queue.connection.keys("rq:job:*") == [keys.job(done.job_id).encode()]
    assert queue.job(done.job_id).status() is SpeechStatus.CANCELLED


def test_jobs_survive_a_killed_server(own_server: Server):
    """What submit has returned is in the queue after kill -9 of the server."""
    queue = SpeechQueue(settings=QueueSettings(redis_url=own_server.url))
    job = queue.submit(make_request())

    own_server.restart()

    assert queue.job(job.id).status() is SpeechStatus.QUEUED


def test_a_connection_that_decodes_works_too(server: Server, queue_settings: QueueSettings):
    """A web app may hand in its own connection with decode_responses."""
    decoding = redis.Redis.from_url(server.url, decode_responses=True)
    with decoding:
        queue = SpeechQueue(decoding, queue_settings)

        job = queue.submit(make_request())

        assert job.is_new
        assert not queue.submit(make_request()).is_new
        assert job.cancel() is SpeechStatus.QUEUED
        assert [found.id for found in queue.jobs()] == [job.id]


def test_the_example_in_the_docstring_runs(
    process_environment: dict[str, str], fake_worker: FakeWorker, queue: SpeechQueue
):
    """The six lines that a reader copies do what they say, in a process of their own."""
    import jobs

    lines = (jobs.__doc__ or "").splitlines()
    example = "\n".join(line.removeprefix("    ") for line in lines if line.startswith("    "))
    with subprocess.Popen(
        [sys.executable, "-c", example],
        env=process_environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        fake_worker.store.wait_for_bell(20)
        request = make_request("Hello from the web app.")
        fake_worker.finish(fake_worker.take(), request)
        output, _ = process.communicate(timeout=60)

    assert output == f"/output/{request.job_id}.wav 2.0\n"


def test_many_are_submitted_at_once_in_few_round_trips(
    queue: SpeechQueue, connection: redis.Redis
) -> None:
    """Nobody has to iterate; the jobs stand in the list's order, each once."""
    requests = [make_request(f"text {number}") for number in range(1200)]
    connection.config_resetstat()

    jobs = queue.submit_many([*requests, requests[0]])

    assert [job.id for job in jobs[:-1]] == [request.job_id for request in requests]
    assert [job.is_new for job in jobs] == [True] * 1200 + [False]
    assert queue.overview().waiting["bulk"] == 1200
    assert connection.info("commandstats")["cmdstat_script|load"]["calls"] <= 5


def test_what_fits_of_many_is_submitted(
    connection: redis.Redis, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Where the queue is full in the midst, what was taken stays, in the outbox too."""
    outbox = tmp_path / "outbox"
    settings = queue_settings.model_copy(update={"max_queued_jobs": 3, "outbox_dir": outbox})
    requests = [make_request(f"text {number}") for number in range(5)]

    with pytest.raises(QueueFull):
        SpeechQueue(connection, settings).submit_many(requests)

    taken = [request.job_id for request in requests[:3]]
    assert [job.decode() for job in connection.lrange(keys.queue("bulk"), 0, -1)] == taken
    assert sorted(path.stem for path in outbox.iterdir()) == sorted(taken)


def test_what_is_refused_in_the_midst_leaves_no_entry(
    connection: redis.Redis, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A long text finds no room, shorter ones behind it do: the outbox has what the queue has."""
    outbox = tmp_path / "outbox"
    settings = queue_settings.model_copy(
        update={"max_queued_characters": 100, "outbox_dir": outbox}
    )
    queue = SpeechQueue(connection, settings)
    requests = [make_request("x" * length) for length in (50, 90, 20, 80, 30)]

    with pytest.raises(QueueFull):
        queue.submit_many(requests)

    waiting = {job.decode() for job in connection.lrange(keys.queue("bulk"), 0, -1)}
    assert waiting == {requests[place].job_id for place in (0, 2, 4)}
    assert {path.stem for path in outbox.iterdir()} == waiting


def test_a_refusal_takes_no_earlier_submit_out_of_the_outbox(
    connection: redis.Redis, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """What Redis has lost is still to be replayed, though asking for it again finds no room."""
    outbox = tmp_path / "outbox"
    settings = queue_settings.model_copy(update={"max_queued_jobs": 1, "outbox_dir": outbox})
    queue = SpeechQueue(connection, settings)
    lost = queue.submit(make_request("lost"))
    connection.flushdb()
    other = queue.submit(make_request("other"))

    with pytest.raises(QueueFull):
        queue.submit(make_request("lost"))

    assert {path.stem for path in outbox.iterdir()} == {lost.id, other.id}


def test_an_outbox_that_cannot_be_written_keeps_no_half(
    connection: redis.Redis,
    queue_settings: QueueSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full at the third of five: nothing is submitted, now or by the janitor later."""
    outbox = tmp_path / "outbox"
    settings = queue_settings.model_copy(update={"outbox_dir": outbox})
    queue = SpeechQueue(connection, settings)
    known = queue.submit(make_request("text 0"))
    requests = [make_request(f"text {number}") for number in range(5)]
    full = f"{requests[2].job_id}.json"
    write = outbox_module.write_file

    def fail(path: Path, data: bytes) -> None:
        if path.name == full:
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(outbox_module, "write_file", fail)

    with pytest.raises(OutputError, match="nothing was submitted"):
        queue.submit_many(requests)

    assert {path.stem for path in outbox.iterdir()} == {known.id}
    assert connection.llen(keys.queue("bulk")) == 0
