"""Stopping, cancelling and making way: at a chunk's end, or at once where that is asked for."""

from __future__ import annotations

import signal
import time
from datetime import datetime

import pytest

from jobs.errors import Cancelled
from jobs.journal import read_journal
from tests.conftest import eventually
from tests.faults.processes import Stable, calm_hashes, is_alive, make_request


def test_t5_forced_cancel(stable: Stable) -> None:
    """A forced cancel ends even a chunk that hangs in native code, within a second."""
    worker = stable.worker(pace=20)
    job = stable.queue.submit(make_request(1))
    eventually(lambda: stable.field(job, "status") == "started")
    horse, asked = worker.horse(), time.monotonic()

    job.cancel(force=True)
    eventually(lambda: stable.field(job, "status") == "canceled" and not is_alive(horse))

    assert time.monotonic() - asked <= 1.0
    with pytest.raises(Cancelled):
        job.result()
    assert worker.is_running
    stable.assert_tidy()


@pytest.mark.parametrize("keep_partial", [False, True])
def test_cancel_running(stable: Stable, keep_partial: bool) -> None:
    """A running job ends at its next chunk; its chunks stay or go as was said."""
    stable.worker(pace=0.3)
    request = make_request(1, chunks=20)
    job = stable.queue.submit(request)
    eventually(lambda: stable.chunks_of(job) >= 2)
    made = stable.chunks_of(job)

    job.cancel(keep_partial=keep_partial)
    with pytest.raises(Cancelled):
        job.wait(10)

    assert stable.chunks_of(job) <= made + 2
    eventually(lambda: (stable.settings.work_dir / job.id).exists() is keep_partial)
    assert not list(stable.settings.output_dir.glob("*"))
    if keep_partial:
        again = stable.queue.submit(request)
        eventually(lambda: stable.chunks_of(job) > made + 2)
        assert stable.chunks_made_twice() == []
        again.cancel()


def test_cancel_queued(stable: Stable) -> None:
    """A waiting job is cancelled at once and never runs."""
    job = stable.queue.submit(make_request(1))
    job.cancel()
    assert stable.field(job, "status") == "canceled"
    stable.worker()
    last = stable.queue.submit(make_request(2))

    last.wait(20)

    assert [line.job_id for line in stable.made("file")] == [last.id]
    stable.assert_tidy()


def test_cancel_between_stop_and_requeue_is_not_forgotten(stable: Stable) -> None:
    """A cancel that comes while a stopping worker finishes its last chunk still holds."""
    worker = stable.worker(pace=1.0)
    job = stable.queue.submit(make_request(1, chunks=5))
    eventually(lambda: stable.field(job, "status") == "started")
    worker.signal(signal.SIGTERM)
    job.cancel()

    assert worker.wait() == 0

    assert stable.field(job, "status") == "canceled"


def test_t6_sigterm(stable: Stable) -> None:
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
    queued = [id_.decode() for id_ in stable.connection.lrange("rq:queue:default", 0, -1)]
    assert queued == [job.id, behind.id]
    assert stable.field(job, "retries_left") == "3"
    assert stable.queue.overview().workers == ()

    stable.worker()
    assert job.wait(20).sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.chunks_made_twice() == []


def test_t6_second_sigterm(stable: Stable) -> None:
    """A second signal does not wait for the chunk: the job is at the front within a second."""
    worker = stable.worker(pace=30)
    job = stable.queue.submit(make_request(1))
    eventually(lambda: stable.field(job, "status") == "started")
    horse = worker.horse()
    worker.signal(signal.SIGTERM)
    eventually(lambda: worker.is_running)
    asked = time.monotonic()

    worker.signal(signal.SIGINT)
    code = worker.wait()

    assert code == 0
    assert time.monotonic() - asked < 1.0
    assert not is_alive(horse)
    assert stable.field(job, "status") == "queued"
    assert stable.connection.lrange("rq:queue:default", 0, -1) == [job.id.encode()]


def test_an_idle_worker_stops_at_once(stable: Stable) -> None:
    """A worker that waits for work hears SIGTERM within its wait for the bell."""
    worker = stable.worker()
    asked = time.monotonic()

    worker.signal(signal.SIGTERM)

    assert worker.wait() == 0
    assert time.monotonic() - asked < 2.0


def test_t16_interactive_behind_a_long_job(stable: Stable) -> None:
    """An interactive job behind a long bulk job starts within one chunk and a second."""
    pace = 0.5
    worker = stable.worker(pace=pace)
    request = make_request(1, chunks=12)
    book = stable.queue.submit(request, queue="bulk")
    eventually(lambda: stable.chunks_of(book) >= 2)
    asked = time.time()

    urgent = stable.queue.submit(make_request(2, chunks=1), queue="interactive")
    urgent.wait(20)

    started = datetime.fromisoformat(stable.field(urgent, "started_at")).timestamp()
    assert started - asked < pace + 1.0
    assert stable.field(book, "status") in {"queued", "started"}
    assert book.wait(30).sha256 == calm_hashes([request], stable.directory)[book.id]
    assert stable.chunks_made_twice() == []
    assert stable.field(book, "retries_left") == "3"
    assert worker.is_running


def test_nobody_makes_way_where_a_worker_is_free(stable: Stable) -> None:
    """A long job goes on undisturbed while another worker can take the interactive one."""
    first = stable.worker(pace=0.2)
    book = stable.queue.submit(make_request(1, chunks=10), queue="bulk")
    eventually(lambda: stable.chunks_of(book) >= 1)
    stable.worker(pace=0.2)

    stable.queue.submit(make_request(2), queue="interactive").wait(20)
    book.wait(20)

    executions = {line.words[3] for line in stable.made("chunk") if line.job_id == book.id}
    assert len(executions) == 1
    assert stable.field(book, "worker_name") == stable.name_of(first)


def test_a_worker_without_the_interactive_queue_goes_on(stable: Stable) -> None:
    """One that could not take the urgent job does not make way for it."""
    stable.worker(pace=0.1, KTTS_QUEUES="bulk")
    stable.queue.submit(make_request(2), queue="interactive")
    book = stable.queue.submit(make_request(1, chunks=6), queue="bulk")

    book.wait(20)

    assert len({line.words[3] for line in stable.made("chunk")}) == 1


def test_bulk_is_not_starved(stable: Stable) -> None:
    """While interactive jobs never run out, every fourth take goes to another queue."""
    bulk = [stable.queue.submit(make_request(n, chunks=1), queue="bulk") for n in range(2)]
    urgent = [
        stable.queue.submit(make_request(n, chunks=1), queue="interactive") for n in range(10, 22)
    ]
    stable.worker()

    for job in [*bulk, *urgent]:
        job.wait(20)

    order = [line.job_id for line in stable.made("file")]
    assert max(order.index(job.id) for job in bulk) < 12
