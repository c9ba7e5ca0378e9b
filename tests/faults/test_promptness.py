"""What must be done in time: each of these measures seconds, and none runs beside a heavy test."""

from __future__ import annotations

import signal
import time
from datetime import datetime

import pytest

from jobs.errors import Cancelled
from jobs.queue import keys
from jobs.request import SpeechRequest
from jobs.settings import QUEUES
from tests.builders.journals import read_journal
from tests.conftest import eventually
from tests.faults.launcher import LABELS
from tests.faults.processes import Stable, calm_hashes, is_alive, make_request, wait_all

RECOVERY_SECONDS = 15.0
"""From the kill to a ready worker being at the job again."""


def test_a_forced_cancel_ends_a_hanging_chunk_within_a_second(stable: Stable) -> None:
    """A forced cancel ends even a chunk that hangs in native code, within a second."""
    worker = stable.worker(pace=20)
    job = stable.queue.submit(make_request(1))
    eventually(lambda: stable.field(job, "status") == "started")
    model_process, asked = worker.model_process(), time.monotonic()

    job.cancel(force=True)
    eventually(lambda: stable.field(job, "status") == "canceled" and not is_alive(model_process))

    assert time.monotonic() - asked <= 1.0
    with pytest.raises(Cancelled):
        job.result()
    assert worker.is_running
    stable.assert_tidy()


def test_sigterm_finishes_the_chunk_and_puts_the_job_at_the_front(stable: Stable) -> None:
    """SIGTERM: the chunk is finished, the job goes to the front with its retries, exit code 0."""
    worker = stable.worker(pace=0.5)
    request = make_request(1, chunks=10)
    job = stable.queue.submit(request)
    behind = stable.queue.submit(make_request(2))
    eventually(lambda: stable.chunks_of(job) >= 1)
    before, asked = stable.chunks_of(job), time.monotonic()

    worker.signal(signal.SIGTERM)
    code = worker.wait()

    assert code == 0
    assert time.monotonic() - asked < 0.5 + 1.0
    assert stable.chunks_of(job) <= before + 1
    journal = read_journal(stable.settings.work_dir / job.id)
    assert journal is not None
    assert len(journal.lines) == stable.chunks_of(job)
    queued = [id_.decode() for id_ in stable.connection.lrange(keys.queue("default"), 0, -1)]
    assert queued == [job.id, behind.id]
    assert stable.field(job, "retries_left") == "3"
    assert stable.queue.overview().workers == ()

    stable.worker()
    assert job.wait(60).sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.chunks_made_twice() == []


def test_a_second_sigterm_does_not_wait_for_the_chunk(stable: Stable) -> None:
    """A second signal does not wait for the chunk: the job is at the front within a second."""
    worker = stable.worker(pace=30)
    job = stable.queue.submit(make_request(1))
    eventually(lambda: stable.field(job, "status") == "started")
    model_process = worker.model_process()
    worker.signal(signal.SIGTERM)
    eventually(lambda: worker.is_running)
    asked = time.monotonic()

    worker.signal(signal.SIGINT)
    code = worker.wait()

    assert code == 0
    assert time.monotonic() - asked < 1.0
    assert not is_alive(model_process)
    assert stable.field(job, "status") == "queued"
    assert stable.connection.lrange(keys.queue("default"), 0, -1) == [job.id.encode()]


def test_an_idle_worker_stops_at_once(stable: Stable) -> None:
    """A worker that waits for work hears SIGTERM within its wait for the bell."""
    worker = stable.worker()
    asked = time.monotonic()

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 0
    assert time.monotonic() - asked < 2.0


def test_an_interactive_job_starts_within_one_chunk_of_a_long_one(stable: Stable) -> None:
    """An interactive job behind a long bulk job starts within one chunk and a second."""
    pace = 0.5
    worker = stable.worker(pace=pace)
    request = make_request(1, chunks=12)
    book = stable.queue.submit(request, queue="bulk")
    eventually(lambda: stable.chunks_of(book) >= 2)
    asked = time.time()

    urgent = stable.queue.submit(make_request(2, chunks=1), queue="interactive")
    urgent.wait(60)

    started = datetime.fromisoformat(stable.field(urgent, "started_at")).timestamp()
    assert started - asked < pace + 1.0
    assert stable.field(book, "status") in {"queued", "started"}
    assert book.wait(60).sha256 == calm_hashes([request], stable.directory)[book.id]
    assert stable.chunks_made_twice() == []
    assert stable.field(book, "retries_left") == "3"
    assert worker.is_running


def test_a_chunk_that_hangs_in_native_code_is_killed(stable: Stable) -> None:
    """A chunk that hangs in C is killed five seconds after its limit at the latest."""
    worker = stable.worker(KTTS_STALL_SECONDS="1")
    stuck = stable.queue.submit(SpeechRequest(text="This one will HANGC for ever."))
    eventually(lambda: stable.field(stuck, "status") == "started")
    model_process, began = worker.model_process(), time.monotonic()

    eventually(lambda: not is_alive(model_process))

    assert time.monotonic() - began < 1 + 5
    assert worker.is_running
    stuck.cancel()


@pytest.mark.parametrize("queues", [("default",), QUEUES], ids=["1_queue", "3_queues"])
def test_a_worker_killed_at_any_point_loses_no_job(stable: Stable, queues: tuple[str, ...]) -> None:
    """Killed at six points of a job, workers lose none, make no file twice, redo one chunk each."""
    stable.janitor()
    doomed = {
        label: stable.doomed(label, pace=0.05, KTTS_QUEUES=",".join(queues)) for label in LABELS
    }
    requests = [make_request(number) for number in range(len(LABELS))]
    jobs = [
        stable.queue.submit(request, queue=queues[number % len(queues)])
        for number, request in enumerate(requests)
    ]
    killed_at = {}
    for label, process in doomed.items():
        assert process.wait() == -signal.SIGKILL, label
        killed_at[label] = time.time()
    last_kill = max(killed_at.values())
    survivor = stable.worker(pace=0.05, KTTS_QUEUES=",".join(queues))

    hashes = list(wait_all(jobs, 60))

    expected = calm_hashes(requests, stable.directory)
    assert hashes == [expected[job.id] for job in jobs]
    assert stable.files_made_twice() == []
    assert stable.chunks_made_twice() == []
    by_survivor = [
        job for job in jobs if stable.field(job, "worker_name") == stable.name_of(survivor)
    ]
    assert len(by_survivor) == len(LABELS) - 1  # all but the one whose end was in the books
    started = [datetime.fromisoformat(stable.field(job, "started_at")) for job in by_survivor]
    assert max(moment.timestamp() for moment in started) - last_kill < RECOVERY_SECONDS
    stable.assert_tidy()


def test_nothing_works_on_one_second_after_its_worker(stable: Stable) -> None:
    """The model process of a worker that was killed alone is gone within a second."""
    worker = stable.worker(pace=0.3)
    job = stable.queue.submit(make_request(1, chunks=30))
    eventually(lambda: stable.chunks_of(job))
    model_process = worker.model_process()

    worker.kill()

    eventually(lambda: not is_alive(model_process), 1.0)
