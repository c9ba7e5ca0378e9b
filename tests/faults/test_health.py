"""A health check that fails for each thing that a worker needs, and only then."""

from __future__ import annotations

import os
import signal

from jobs.queue import keys
from tests.conftest import eventually
from tests.faults.processes import Stable, make_request


def _check(stable: Stable) -> tuple[int, str]:
    """Run the health check as a container does; return its exit code and what it says."""
    process = stable.start("-m", "worker.health")
    return process.wait(), process.log


def test_a_worker_that_waits_or_works_is_healthy(stable: Stable) -> None:
    """A worker with its model loaded is healthy, idle as well as in a job."""
    stable.worker(pace=0.2)

    assert _check(stable) == (0, "healthy\n")
    job = stable.queue.submit(make_request(1, chunks=30))
    eventually(lambda: stable.chunks_of(job))
    assert _check(stable) == (0, "healthy\n")


def test_without_a_worker_there_is_no_heartbeat(stable: Stable) -> None:
    """Another host's worker is none of ours."""
    stable.connection.sadd(keys.WORKERS, keys.worker("elsewhere"))
    stable.connection.hset(
        keys.worker("elsewhere"), mapping={"hostname": "elsewhere", "pid": 1, "state": "idle"}
    )

    code, said = _check(stable)

    assert code == 1
    assert said.startswith("heartbeat: no worker of host ")


def test_a_model_that_is_not_loaded_is_unhealthy(stable: Stable) -> None:
    """A worker whose model process never gets ready beats its heart and is not healthy."""
    worker = stable.worker(ready=False, KTTS_SYNTHESIZER="tests.faults.loading:load_engine")
    eventually(lambda: stable.state_of(worker) == "starting")

    assert _check(stable) == (1, "model: not loaded yet\n")


def test_a_stopped_model_process_is_unhealthy(stable: Stable) -> None:
    """SIGSTOP on the model process is seen at once and forgotten after SIGCONT."""
    model_process = stable.worker().model_process()

    os.kill(model_process, signal.SIGSTOP)
    assert _check(stable) == (1, f"model process: {model_process} is stopped\n")
    os.kill(model_process, signal.SIGCONT)
    assert _check(stable) == (0, "healthy\n")


def test_a_stopped_worker_is_unhealthy_when_its_heartbeat_has_lapsed(stable: Stable) -> None:
    """SIGSTOP on the parent, whose model process is well, shows within the lease."""
    worker = stable.worker()

    worker.signal(signal.SIGSTOP)
    eventually(lambda: stable.state_of(worker) == "")
    code, said = _check(stable)
    worker.signal(signal.SIGCONT)

    assert code == 1
    assert said.startswith("heartbeat: no worker of host ")
    eventually(lambda: _check(stable) == (0, "healthy\n"))


def test_a_dead_server_is_unhealthy(stable: Stable) -> None:
    """When Redis is gone the line says so, and all is well when it is back."""
    stable.worker()

    stable.server.kill()
    code, said = _check(stable)
    stable.server.start()

    assert code == 1
    assert said.startswith("Redis does not answer")
    eventually(lambda: _check(stable) == (0, "healthy\n"))


def test_a_server_that_hangs_is_unhealthy(stable: Stable) -> None:
    """A server that takes connections and answers none is not waited for longer than 15 s."""
    stable.worker()

    os.kill(stable.server.pid, signal.SIGSTOP)
    try:
        code, said = _check(stable)
    finally:
        os.kill(stable.server.pid, signal.SIGCONT)

    assert code == 1
    assert said.startswith("Redis does not answer")


def test_each_volume_that_cannot_be_written_is_unhealthy(stable: Stable) -> None:
    """Output and work directory are tried by writing, and each is named."""
    stable.worker()
    for directory in (stable.settings.output_dir, stable.settings.work_dir):
        if directory.exists():
            directory.rmdir()
        directory.write_text("a file where the volume should be")

        code, said = _check(stable)

        directory.unlink()
        assert code == 1
        assert said.startswith(f"volume: {directory} cannot be written")
        assert said.count("\n") == 1


def test_a_setting_that_cannot_be_is_unhealthy(stable: Stable) -> None:
    """A wrong setting fails the check with its name instead of a traceback."""
    process = stable.start("-m", "worker.health", KTTS_DEVICE="gpu")

    assert process.wait() == 1
    assert process.log.startswith("KTTS_DEVICE=gpu: ")


def test_a_password_never_shows(stable: Stable) -> None:
    """What Docker keeps of a check that failed holds no secret."""
    process = stable.start(
        "-m", "worker.health", KTTS_REDIS_URL="redis://worker:secret@127.0.0.1:1/0"
    )

    assert process.wait() == 1
    assert process.log.startswith("Redis does not answer")
    assert "secret" not in process.log


def test_all_faults_are_told(stable: Stable) -> None:
    """A check that fails for two reasons names both."""
    stable.settings.output_dir.write_text("")

    _, said = _check(stable)

    assert [line.partition(":")[0] for line in said.splitlines()] == ["heartbeat", "volume"]
