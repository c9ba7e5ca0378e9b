"""Stopping, cancelling and making way: at a chunk's end, or at once where that is asked for."""

from __future__ import annotations

import os
import signal
import time

import httpx
import pytest

from jobs.errors import Cancelled
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request


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
        job.wait(60)

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

    last.wait(60)

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


def test_nobody_makes_way_where_a_worker_is_free(stable: Stable) -> None:
    """A long job goes on undisturbed while another worker can take the interactive one."""
    first = stable.worker(pace=0.2)
    book = stable.queue.submit(make_request(1, chunks=10), queue="bulk")
    eventually(lambda: stable.chunks_of(book) >= 1)
    stable.worker(pace=0.2)

    stable.queue.submit(make_request(2), queue="interactive").wait(60)
    book.wait(60)

    executions = {line.words[3] for line in stable.made("chunk") if line.job_id == book.id}
    assert len(executions) == 1
    assert stable.field(book, "worker_name") == stable.name_of(first)


def test_a_worker_without_the_interactive_queue_goes_on(stable: Stable) -> None:
    """One that could not take the urgent job does not make way for it."""
    stable.worker(pace=0.1, KTTS_QUEUES="bulk")
    stable.queue.submit(make_request(2), queue="interactive")
    book = stable.queue.submit(make_request(1, chunks=6), queue="bulk")

    book.wait(60)

    assert len({line.words[3] for line in stable.made("chunk")}) == 1


def test_bulk_is_not_starved(stable: Stable) -> None:
    """While interactive jobs never run out, every fourth take goes to another queue."""
    bulk = [stable.queue.submit(make_request(n, chunks=1), queue="bulk") for n in range(2)]
    urgent = [
        stable.queue.submit(make_request(n, chunks=1), queue="interactive") for n in range(10, 22)
    ]
    stable.worker()

    for job in [*bulk, *urgent]:
        job.wait(60)

    order = [line.job_id for line in stable.made("file")]
    assert max(order.index(job.id) for job in bulk) < 12


def test_every_process_may_be_stopped_for_a_while(stable: Stable) -> None:
    """Worker, model process, janitor, gateway and server: each goes on where it was."""
    worker = stable.worker(pace=0.1)
    janitor = stable.janitor()
    gateway = stable.start("-m", "scripts.cli", "web", "--port", "0")
    eventually(lambda: "http://" in gateway.log)
    jobs = stable.queue.submit_many(make_request(number, chunks=20) for number in range(4))
    eventually(lambda: stable.chunks_of(jobs[0]))

    for pid in (worker.pid, worker.model_process(), janitor.pid, gateway.pid, stable.server.pid):
        os.kill(pid, signal.SIGSTOP)
        resumed = time.monotonic() + 1.0
        eventually(lambda until=resumed: time.monotonic() > until)
        os.kill(pid, signal.SIGCONT)

    assert [job.wait(120).chunks for job in jobs] == [20] * 4
    assert stable.chunks_made_twice() == []
    assert all(process.is_running for process in (worker, janitor, gateway))
    url = next(line for line in gateway.log.splitlines() if line.startswith("http://"))
    assert httpx.get(f"{url}/health", timeout=60).status_code == 200
