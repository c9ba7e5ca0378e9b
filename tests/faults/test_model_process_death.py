"""A model process that dies, hangs or grows: its worker lives on and gets another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.errors import JobFailed
from jobs.request import SpeechRequest
from tests.conftest import eventually
from tests.faults.processes import (
    Stable,
    calm_hashes,
    is_alive,
    kill_model_process,
    make_request,
    wait_all,
)


def test_a_model_process_killed_in_mid_job_costs_one_chunk(stable: Stable) -> None:
    """A killed model process costs at most one chunk: the same worker finishes on a new one."""
    worker = stable.worker(pace=0.2)
    request = make_request(1, chunks=8)
    job = stable.queue.submit(request)
    eventually(lambda: stable.chunks_of(job) >= 2)

    first = kill_model_process(worker)
    result = job.wait(60)

    assert worker.is_running
    assert worker.model_process() != first
    assert result.sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.chunks_made_twice() == []
    assert len(stable.made("spoke")) <= 9  # the killed chunk is not always logged
    assert stable.field(job, "retries_left") == "3"
    stable.assert_tidy()


@pytest.mark.parametrize("label", ["before-rename", "after-rename"])
def test_a_file_is_made_once_if_killed_around_its_rename(stable: Stable, label: str) -> None:
    """Killed right before or after the file gets its name, it is still made once."""
    stable.worker(KTTS_FAULT_KILL_MODEL_PROCESS=label)
    request = make_request(1)
    job = stable.queue.submit(request)

    result = job.wait(60)

    assert (stable.directory / f"killed-{label}").exists()
    assert result.sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.files_made_twice() == []
    assert stable.chunks_made_twice() == []
    stable.assert_tidy()


def test_a_model_process_whose_parent_is_gone_before_it_looks_ends_by_itself() -> None:
    """It does not begin to load a model that nobody will ask for anything."""
    begun_by_another = [sys.executable, "-P", "-m", "worker.supervision.model_main", "1"]

    assert os.getpid() != 1
    assert subprocess.run(begun_by_another, timeout=60, check=False).returncode == 0


def test_a_job_over_its_time_fails_and_keeps_its_chunks(stable: Stable) -> None:
    """The limit for the whole job ends it with JobTimeout; the next job has a new model process."""
    worker = stable.worker(pace=0.2)
    slow = stable.queue.submit(make_request(1, chunks=40))
    first = worker.model_process()
    eventually(lambda: stable.field(slow, "status") == "started")
    again = stable.queue.submit(make_request(2, chunks=40))
    # The only worker is busy: the limit is there before anybody takes the job.
    stable.connection.hset(f"rq:job:{again.id}", "timeout", 1)
    slow.cancel(keep_partial=True)

    with pytest.raises(JobFailed, match="not finished after 1 s") as failure:
        again.wait(60)

    assert failure.value.error_name == "JobTimeout"
    assert stable.queue.submit(make_request(3)).wait(60)
    assert worker.model_process() != first
    assert (stable.settings.work_dir / again.id / "journal.jsonl").exists()


def test_a_model_process_that_dies_between_jobs_is_replaced(stable: Stable) -> None:
    """A model process that dies between two jobs is replaced before the next one is taken."""
    worker = stable.worker()
    stable.queue.submit(make_request(1)).wait(60)
    first = worker.model_process()
    os.kill(first, signal.SIGKILL)
    eventually(lambda: "was killed by SIGKILL while it waited" in worker.log)

    assert stable.queue.submit(make_request(2)).wait(60)
    assert worker.model_process() != first
    assert "put back after a death" not in worker.log


def test_a_text_that_kills_three_model_processes_is_given_up(stable: Stable) -> None:
    """A text that kills three model processes goes to the failed jobs; the others are unharmed."""
    worker = stable.worker(KTTS_FAULT_NAME="poison")
    poison = stable.queue.submit(SpeechRequest(text="Harmless. [pause:0.1s] SEGFAULT here."))
    requests = [make_request(number) for number in range(3)]
    jobs = [stable.queue.submit(request) for request in requests]

    with pytest.raises(JobFailed, match="SIGSEGV") as failure:
        poison.wait(60)

    assert failure.value.error_name == "PoisonedJob"
    assert worker.log.count("job_outcome: model process was killed by SIGSEGV") == 3
    expected = calm_hashes(requests, stable.directory)
    assert list(wait_all(jobs, 30)) == [expected[job.id] for job in jobs]
    assert worker.is_running


def test_deaths_with_progress_between_are_no_poison(stable: Stable) -> None:
    """A job whose model process is killed again and again goes on, chunk by chunk."""
    worker = stable.worker(pace=0.15)
    request = make_request(1, chunks=12)
    job = stable.queue.submit(request)
    for done in range(1, 6):
        eventually(lambda done=done: stable.chunks_of(job) > 2 * done - 1)
        kill_model_process(worker)

    result = job.wait(60)

    assert result.sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.chunks_made_twice() == []


def test_a_model_process_over_its_memory_limit_is_replaced(stable: Stable) -> None:
    """A model process that has grown over the limit is replaced between two jobs."""
    worker = stable.worker(KTTS_RECYCLE_BYTES=str(300 << 20), KTTS_FAULT_LEAK_BYTES=str(100 << 20))
    first = worker.model_process()

    for number in range(6):
        stable.queue.submit(make_request(number, chunks=1)).wait(60)

    eventually(lambda: "replacing the model process: it holds" in worker.log)
    eventually(lambda: not is_alive(first))
    assert stable.files_made_twice() == []


def test_a_model_process_is_replaced_after_so_many_jobs(stable: Stable) -> None:
    """With a bound in jobs a model process does so many and is replaced."""
    worker = stable.worker(KTTS_RECYCLE_JOBS="2")
    first = worker.model_process()

    for number in range(3):
        stable.queue.submit(make_request(number, chunks=1)).wait(60)

    assert "it has done 2 jobs" in worker.log
    assert not is_alive(first)


def test_a_model_process_is_replaced_after_a_timeout(stable: Stable) -> None:
    """A model process in which a chunk was broken off is replaced, even if it could go on."""
    worker = stable.worker(pace=1.5, KTTS_STALL_SECONDS="0.5")
    job = stable.queue.submit(make_request(1, chunks=1))
    first = worker.model_process()

    with pytest.raises(JobFailed, match="made no chunk"):
        job.wait(60)

    assert worker.log.count("a job was broken off in it") >= 2
    assert not is_alive(first)


def test_the_kernel_takes_the_model_process_first(stable: Stable) -> None:
    """When memory runs out, the model process is to go and not the one that keeps the books."""
    worker = stable.worker()
    scores = {}
    for pid in (worker.pid, worker.model_process()):
        scores[pid] = int(Path(f"/proc/{pid}/oom_score_adj").read_text())

    assert scores[worker.model_process()] > scores[worker.pid]
    os.kill(worker.model_process(), signal.SIGKILL)
    assert stable.queue.submit(make_request(1)).wait(60)
