"""What is said when a server stands still, wants something else, or lacks something."""

from __future__ import annotations

import os
import signal
import time

import httpx
import pytest
from rq.job import Job
from rq.serializers import JSONSerializer

from jobs.request import SpeechRequest
from tests.conftest import eventually
from tests.faults.processes import Process, Stable, make_request

MOST_SECONDS = 30.0


def test_no_call_hangs_on_a_server_that_stands_still(stable: Stable) -> None:
    """Submit, status, the gateway and its health end within 30 s; all goes on after CONT."""
    worker = stable.worker(pace=0.5)
    gateway = stable.start("-m", "scripts.cli", "web", "--port", "0")
    url = eventually(lambda: _address(gateway))
    running = stable.queue.submit(make_request(1, chunks=6))
    eventually(lambda: stable.chunks_of(running))

    os.kill(stable.server.pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        calls = [
            stable.start("-m", "scripts.cli", *arguments)
            for arguments in (("submit", "Hello."), ("status",))
        ]
        answers = [httpx.get(f"{url}{path}", timeout=60) for path in ("/health", "/v1/jobs")]
        codes = [call.wait() for call in calls]
        took = time.monotonic() - began
    finally:
        os.kill(stable.server.pid, signal.SIGCONT)

    assert codes == [69, 69]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert took < 2 * MOST_SECONDS  # two requests one after the other
    assert all("does not answer" in call.log for call in calls)
    assert running.wait(60).chunks == 6
    assert stable.chunks_made_twice() == []
    assert worker.is_running
    eventually(lambda: stable.state_of(worker) == "idle", 10)


def _address(process: Process) -> str:
    assert process.is_running, process.log
    lines = [line for line in process.log.splitlines() if line.startswith("http")]
    return lines[0].strip().rstrip("/") if lines else ""


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("?db=99", "has no database of that number"),
        ("?username=nobody&password=x", "wants another user or password"),
    ],
)
def test_the_cause_is_named(stable: Stable, query: str, cause: str) -> None:
    """A wrong number or password is told in one line, by producers and by a worker."""
    url = stable.server.url + query
    process = stable.start("-m", "scripts.cli", "submit", "Hello.", KTTS_REDIS_URL=url)

    assert process.wait() == 69
    assert cause in process.log
    assert len(process.log.splitlines()) == 1
    worker = stable.worker(ready=False, KTTS_REDIS_URL=url)
    eventually(lambda: cause in worker.log)


def test_a_missing_password_is_named(stable: Stable) -> None:
    """A server that wants a password says so in our words."""
    stable.connection.config_set("requirepass", "secret")
    process = stable.start("-m", "scripts.cli", "status")

    assert process.wait() == 69
    assert "wants another user or password" in process.log


def test_an_eviction_policy_is_named_by_the_worker(stable: Stable) -> None:
    """A server that throws jobs away is warned of at the start."""
    stable.connection.config_set("maxmemory-policy", "allkeys-lru")

    worker = stable.worker()

    eventually(lambda: "set maxmemory-policy noeviction" in worker.log)
    assert "(maxmemory-policy allkeys-lru)" in worker.log


def test_rq_requeues_a_failed_job(stable: Stable) -> None:
    """RQ's own tools see why a job of ours failed, and have it run again."""
    stable.worker()
    job = stable.queue.submit(SpeechRequest(text="This one goes BOOM at once."))
    eventually(lambda: stable.field(job, "status") == "failed")
    first = stable.field(job, "execution")

    seen = Job.fetch(job.id, connection=stable.connection, serializer=JSONSerializer)
    with pytest.warns(DeprecationWarning, match="exc_info"):
        assert seen.exc_info.startswith("RuntimeError: ")
    seen.requeue()

    eventually(lambda: stable.field(job, "execution") != first)
    eventually(lambda: stable.field(job, "status") == "failed")
    stable.assert_tidy()
