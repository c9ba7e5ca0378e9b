"""A worker that dies: its jobs go on elsewhere, each file is made once."""

from __future__ import annotations

import os
import signal

from jobs.text import text_version
from tests.conftest import eventually
from tests.faults.processes import Stable, calm_hashes, make_request


def test_a_paused_worker_that_wakes_up_gives_way(stable: Stable) -> None:
    """A worker that was frozen until its job was given away does not finish it a second time."""
    stable.janitor()
    frozen = stable.worker(pace=0.3)
    request = make_request(1, chunks=12)
    job = stable.queue.submit(request)
    eventually(lambda: stable.chunks_of(job))
    frozen.signal(signal.SIGSTOP)
    second = stable.worker(pace=0.3)
    # The frozen worker's model process still writes its chunk and then waits for an answer; it
    # holds the lock, so that the second worker must wait without spending a retry.
    eventually(lambda: "its files are in use" in second.log)
    frozen.signal(signal.SIGCONT)

    result = job.wait(60)

    assert result.sha256 == calm_hashes([request], stable.directory)[job.id]
    assert stable.files_made_twice() == []
    assert stable.chunks_made_twice() == []
    assert stable.field(job, "retries_left") == "3"
    assert frozen.is_running


def test_a_job_given_away_before_the_rename_makes_no_file(stable: Stable) -> None:
    """An execution that is no longer the live one does not publish, and keeps the chunks."""
    worker = stable.start("-m", "tests.faults.robbed")
    stable.await_ready(worker)
    job = stable.queue.submit(make_request(1))

    eventually(lambda: "another worker holds this job by now" in worker.log)

    assert stable.made("file") == []
    assert list(stable.settings.output_dir.iterdir()) == []
    assert (stable.settings.work_dir / job.id / "journal.jsonl").exists()
    assert stable.field(job, "status") == "started"
    assert worker.is_running


def test_two_versions_of_the_worker_at_once_lose_nothing(stable: Stable) -> None:
    """An old and a new version together lose nothing; a file that both made says so."""
    stable.janitor()
    # So slow that the new version is at work before the old one is through.
    old = stable.worker(pace=0.5, KTTS_FAULT_TONE_VERSION="1")
    shared = stable.queue.submit(make_request(0, chunks=80))
    eventually(lambda: any(line.job_id == shared.id for line in stable.made("chunk")))
    stable.worker(pace=0.05, KTTS_FAULT_TONE_VERSION="2")
    jobs = [shared, *(stable.queue.submit(make_request(number)) for number in range(1, 5))]
    jobs[-1].wait(60)
    old.signal(signal.SIGTERM)
    assert old.wait() == 0

    results = [job.wait(60) for job in jobs]

    assert stable.files_made_twice() == []
    assert stable.chunks_made_twice() == []
    for result in results:
        makers = {line.words[3] for line in stable.made("chunk") if line.job_id == result.job_id}
        assert result.mixed is (len(makers) == 2)
        assert result.fingerprint["tone"] in {"1", "2"}
    assert [result.job_id for result in results if result.mixed] == [shared.id]


def test_an_upgrade_in_the_middle_of_a_job_leaves_one_reading(stable: Stable) -> None:
    """What other rules began is spoken anew, even if that is killed between its two files."""
    stable.janitor()
    old = stable.worker(pace=0.2, KTTS_FAULT_READING_VERSION="0")
    request = make_request(1, chunks=8)
    job = stable.queue.submit(request)
    eventually(lambda: stable.chunks_of(job) >= 3)
    old.kill()

    new = stable.worker(KTTS_FAULT_KILL_MODEL_PROCESS="while-discarding")
    result = job.wait(60)

    assert (stable.directory / "killed-while-discarding").exists()
    assert result.sha256 == calm_hashes([request], stable.directory)[job.id]
    assert (result.mixed, result.fingerprint["reading"]) == (False, text_version.READING_VERSION)
    assert len([line for line in stable.made("chunk") if line.index == 7]) == 1
    assert stable.files_made_twice() == []
    assert f"job {job.id} was begun otherwise (reading rules 0, now" in new.log
    stable.assert_tidy()


def test_an_engine_that_cannot_load_ends_the_worker(stable: Stable) -> None:
    """After three model processes that died while loading, the worker ends with 78 and says why."""
    job = stable.queue.submit(make_request(1))
    worker = stable.worker(ready=False, KTTS_SYNTHESIZER="tests.faults.broken:load_engine")

    assert worker.wait() == 78

    assert "while loading, 3 times in a row" in worker.log
    assert stable.field(job, "status") == "queued"


def test_a_model_process_that_dies_while_loading_is_replaced(stable: Stable) -> None:
    """A model process that is killed while it loads costs neither the worker nor a job."""
    worker = stable.worker(ready=False)
    first = worker.model_process()
    os.kill(first, signal.SIGKILL)
    job = stable.queue.submit(make_request(1))

    job.wait(60)

    assert worker.model_process() != first
    assert worker.is_running
