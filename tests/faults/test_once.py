"""Once in effect: equal work is done once, by whomever it is asked for and however often."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.errors import JobFailed, QueueFull
from jobs.queue.queue import SpeechQueue
from jobs.request import SpeechRequest
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request


def test_eight_producers_at_once_start_the_work_once(stable: Stable) -> None:
    """Eight producers that submit the same work at the same moment start it once."""
    stable.worker()
    barrier = threading.Barrier(8)

    def submit(_number: int) -> bool:
        with stable.server.connection() as connection:
            queue = SpeechQueue(connection, stable.settings)
            barrier.wait(60)
            return queue.submit(make_request(1)).is_new

    with ThreadPoolExecutor(8) as producers:
        new = list(producers.map(submit, range(8)))

    assert sorted(new) == [False] * 7 + [True]
    stable.queue.job(make_request(1).job_id).wait(60)
    assert len(stable.made("file")) == 1
    assert len(stable.made("chunk")) == 3


def test_finished_work_is_not_done_again_unless_asked(stable: Stable) -> None:
    """The same request returns the finished job; with `again` it is spoken anew, once."""
    stable.worker()
    request = make_request(1)
    first = stable.queue.submit(request).wait(60)

    assert not stable.queue.submit(request).is_new
    repeated = stable.queue.submit(request, again=True)
    assert repeated.is_new
    second = repeated.wait(60)

    assert second.sha256 == first.sha256
    assert len(stable.made("file")) == 2


def test_a_failed_job_is_replaced(stable: Stable) -> None:
    """Submitting failed work again runs it again."""
    stable.worker()
    request = SpeechRequest(text="This goes BOOM now.")
    for _ in range(2):
        job = stable.queue.submit(request)
        assert job.is_new
        with pytest.raises(JobFailed, match="BOOM"):
            job.wait(60)


def test_an_error_that_a_retry_cannot_help_is_not_retried(stable: Stable) -> None:
    """Only one run is made of a text that the model cannot speak; the rest of its retries stay."""
    worker = stable.worker()
    job = stable.queue.submit(SpeechRequest(text="This stays SILENT now."))

    with pytest.raises(JobFailed) as failure:
        job.wait(60)

    assert failure.value.error_name == "SilentAudio"
    assert worker.log.count("job started") == 1


def test_an_error_that_may_pass_is_retried(stable: Stable) -> None:
    """A job that cannot write its file is tried again, and finishes when the disk has recovered."""
    worker = stable.worker()
    stable.settings.output_dir.write_text("in the way")
    job = stable.queue.submit(make_request(1))
    eventually(lambda: "will be tried again" in worker.log)

    stable.settings.output_dir.unlink()

    assert job.wait(60).chunks == 3
    assert stable.field(job, "retries_left") in {"1", "2"}


def test_a_full_queue_refuses_every_producer(stable: Stable) -> None:
    """Over the bound submitting raises QueueFull, for eight producers at once as for one."""
    settings = stable.settings.model_copy(update={"max_queued_jobs": 5})

    def submit(number: int) -> bool:
        with stable.server.connection() as connection:
            try:
                SpeechQueue(connection, settings).submit(make_request(number))
            except QueueFull:
                return False
            return True

    with ThreadPoolExecutor(8) as producers:
        taken = list(producers.map(submit, range(24)))

    assert sum(taken) == 5
    narrow = stable.settings.model_copy(update={"max_queued_characters": 400})
    with pytest.raises(QueueFull, match="bounds: 100000 and 400"):
        SpeechQueue(stable.connection, narrow).submit(make_request(99, chunks=2))


def test_a_full_queue_ends_the_command_with_75(stable: Stable) -> None:
    """`ktts submit` says that the queue is full by its exit code."""
    stable.queue.submit(make_request(1))
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "submit", "One more."],
        env=stable.environment | {"KTTS_MAX_QUEUED_JOBS": "1", "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == QueueFull.exit_code == 75
