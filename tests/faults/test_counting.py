"""What happens to real workers is counted, outlives them, and is in the log with its job."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from jobs.errors import JobFailed
from jobs.request import SpeechRequest, SpeechStatus
from tests.builders.metrics import read_samples
from tests.conftest import eventually
from tests.faults.processes import Process, Stable, kill_model_process, make_request, make_text
from worker.supervision.heartbeat import LEASE_SECONDS

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def counted(stable: Stable, name: str, **labels: str) -> float:
    """Return a counter's present value."""
    return read_samples(stable.connection).total(f"{name}_total", **labels)


def await_restart(stable: Stable, cause: str) -> None:
    """Wait until a model process was replaced for `cause` and for nothing else."""
    eventually(lambda: counted(stable, "horse_restarts", cause=cause) >= 1)
    assert counted(stable, "horse_restarts") == counted(stable, "horse_restarts", cause=cause)


def log_lines(process: Process) -> list[dict[str, Any]]:
    """Return what a process has logged as JSON."""
    return [json.loads(line) for line in process.log.splitlines()]


def test_speech_is_counted_chunk_by_chunk(stable: Stable) -> None:
    """Audio, text and time grow while a job runs; its speed and its first chunk are observed."""
    stable.worker(pace=0.2)
    job = stable.queue.submit(make_request(1, chunks=6))

    eventually(lambda: counted(stable, "chunks_spoken", device="cpu") >= 2)
    assert job.status() is SpeechStatus.RUNNING
    result = job.wait(60)

    samples = read_samples(stable.connection)
    assert samples.total("chunks_spoken_total") == 6
    assert samples.total("characters_spoken_total") == result.characters
    assert samples.total("audio_seconds_total") == pytest.approx(result.audio_seconds)
    assert 1.2 <= samples.total("speaking_seconds_total") <= result.processing_seconds
    assert samples.value("first_chunk_seconds_count") == 1
    assert samples.value("first_chunk_seconds_sum") >= 0.2
    assert samples.value("first_chunk_seconds_bucket", le="0.1") == 0
    assert samples.value("real_time_factor_count") == 1
    assert samples.value("real_time_factor_sum") == pytest.approx(result.real_time_factor)


def test_a_result_that_is_there_already_adds_no_speech(stable: Stable) -> None:
    """A job whose record has expired finds its file: it ends once more, and nothing is spoken."""
    stable.worker()
    request = make_request(1)
    stable.queue.submit(request).wait(60)
    stable.connection.delete(f"rq:job:{request.job_id}")

    stable.queue.submit(request).wait(60)

    samples = read_samples(stable.connection)
    assert samples.total("jobs_ended_total", status="finished") == 2
    assert samples.total("chunks_spoken_total") == 3
    assert samples.value("real_time_factor_count") == 1


def test_counters_outlive_worker_server_and_janitor(stable: Stable) -> None:
    """After kill -9 of all of them the numbers go on where they were."""
    worker, janitor = stable.worker(pace=0.1), stable.janitor()
    job = stable.queue.submit(make_request(1, chunks=20))
    eventually(lambda: counted(stable, "chunks_spoken") >= 3)
    worker.kill()
    janitor.kill()
    before = counted(stable, "chunks_spoken")

    stable.server.restart()
    assert counted(stable, "chunks_spoken") == before
    stable.janitor()
    stable.worker()
    job.wait(2 * LEASE_SECONDS + 20)

    # The chunk at hand was perhaps journaled, and its progress not yet told.
    assert 19 <= counted(stable, "chunks_spoken") <= 20
    assert counted(stable, "jobs_recovered", kind="taken_back") == 1
    assert counted(stable, "jobs_ended", status="finished") == 1


def test_a_model_process_that_dies_is_counted_where_it_died(stable: Stable) -> None:
    """In a job, and the job is put back for it; the next one while it waits."""
    worker = stable.worker(pace=0.2)
    job = stable.queue.submit(make_request(1, chunks=5))
    eventually(lambda: stable.chunks_of(job) >= 1)
    kill_model_process(worker)
    await_restart(stable, "died_in_job")
    job.wait(60)
    assert counted(stable, "jobs_requeued", cause="death") == 1

    eventually(lambda: stable.state_of(worker) == "idle")
    os.kill(worker.model_process(), signal.SIGKILL)

    eventually(lambda: counted(stable, "horse_restarts", cause="died_waiting") == 1)


def test_a_model_process_that_cannot_load_is_counted(stable: Stable) -> None:
    """The worker has given up, and what it tried is known."""
    worker = stable.worker(ready=False, KTTS_SYNTHESIZER="tests.faults.broken:load_engine")

    assert worker.wait() == 78

    assert counted(stable, "horse_restarts", cause="died_loading") == 3


def test_a_hang_in_native_code_is_counted(stable: Stable) -> None:
    """The kill after the limit is told from other deaths."""
    stable.worker(KTTS_STALL_SECONDS="0.5")
    stuck = stable.queue.submit(SpeechRequest(text="This one will HANGC for ever."))

    await_restart(stable, "hung")

    stuck.cancel()


def test_a_chunk_that_is_broken_off_is_counted(stable: Stable) -> None:
    """A timeout that Python hears leaves a model process that is replaced."""
    stable.worker(pace=1.5, KTTS_STALL_SECONDS="0.5")
    job = stable.queue.submit(make_request(1, chunks=1))

    with pytest.raises(JobFailed, match="made no chunk"):
        job.wait(60)

    await_restart(stable, "broken_off")
    assert counted(stable, "job_failures", error="PoisonedJob") == 1
    assert counted(stable, "jobs_ended", status="failed") == 1


def test_a_forced_cancel_is_counted(stable: Stable) -> None:
    """It costs a model process, and the job counts as cancelled."""
    stable.worker(pace=5)
    job = stable.queue.submit(make_request(1))
    eventually(lambda: job.status() is SpeechStatus.RUNNING)

    job.cancel(force=True)

    await_restart(stable, "forced_cancel")
    assert counted(stable, "jobs_ended", status="cancelled") == 1


@pytest.mark.parametrize(
    ("cause", "settings"),
    [
        ("job_limit", {"KTTS_RECYCLE_JOBS": "1"}),
        ("memory_limit", {"KTTS_RECYCLE_BYTES": "1000"}),
    ],
)
def test_recycling_is_counted(stable: Stable, cause: str, settings: dict[str, str]) -> None:
    """A model process that was replaced on purpose is no accident."""
    stable.worker(**settings)
    for number in range(2):
        stable.queue.submit(make_request(number, chunks=1)).wait(60)

    await_restart(stable, cause)


def test_why_a_job_was_put_back_is_counted(stable: Stable) -> None:
    """Making way, a stop of the worker and an error that may pass are told apart."""
    worker = stable.worker(pace=0.3)
    stable.queue.submit(make_request(1, chunks=30), queue="bulk")
    eventually(lambda: counted(stable, "chunks_spoken") >= 1)
    stable.queue.submit(make_request(2, chunks=1), queue="interactive").wait(60)
    assert counted(stable, "jobs_requeued", cause="yield") == 1

    eventually(lambda: stable.state_of(worker) == "busy")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0

    assert counted(stable, "jobs_requeued", cause="stop") == 1


def test_an_error_that_may_pass_is_counted_each_time(stable: Stable) -> None:
    """A job over its tries has failed once and was put back three times."""
    stable.worker()
    stable.settings.output_dir.write_text("not a directory")
    job = stable.queue.submit(make_request(1, chunks=1))

    with pytest.raises(JobFailed):
        job.wait(60)

    assert counted(stable, "jobs_requeued", cause="retry") == 3
    assert counted(stable, "job_failures", error="OutputError") == 1


def test_the_memory_of_a_model_process_is_seen_while_it_works(stable: Stable) -> None:
    """A leak shows during the job, not only when it has ended."""
    worker = stable.worker(pace=0.2, KTTS_FAULT_LEAK_BYTES=str(50 << 20))
    name = stable.name_of(worker)

    def host_bytes() -> float:
        return read_samples(stable.connection).total(
            "worker_memory_bytes", worker=name, kind="host"
        )

    eventually(lambda: host_bytes() > 0)
    before = host_bytes()
    job = stable.queue.submit(make_request(1, chunks=40))

    eventually(lambda: host_bytes() > before + (100 << 20))
    assert job.status() is SpeechStatus.RUNNING
    job.cancel(force=True)


def test_every_line_of_a_job_has_its_trace(stable: Stable) -> None:
    """Both processes of a worker write job, batch, worker and the producer's own trace."""
    worker = stable.worker(pace=0.1, KTTS_LOG_FORMAT="json", KTTS_LOG_LEVEL="DEBUG")
    name = stable.name_of(worker)
    labels = {"traceparent": TRACEPARENT, "batch": "b" * 32}
    traced = stable.queue.submit(make_request(1, metadata=labels))
    traced.wait(60)
    plain = stable.queue.submit(make_request(2, metadata={"traceparent": "not one"}))
    plain.wait(60)
    eventually(lambda: sum("job finished" in line["message"] for line in log_lines(worker)) == 2)

    lines = log_lines(worker)
    of_traced = [line for line in lines if line.get("job_id") == traced.id]
    of_plain = [line for line in lines if line.get("job_id") == plain.id]

    assert {line["worker"] for line in lines} == {name}
    assert {line["logger"] for line in of_traced} >= {
        "worker.supervision.job_runner",
        "worker.supervision.model_main",
        "worker.render.render",
        "worker.render.finish",
    }
    for line in of_traced:
        assert (line["traceparent"], line["batch_id"]) == (TRACEPARENT, "b" * 32)
    assert of_plain
    assert not any({"traceparent", "batch_id"} & line.keys() for line in of_plain)
    assert all("job_id" in line for line in lines if traced.id in line["message"])


def test_a_job_is_two_lines_at_info(stable: Stable) -> None:
    """Taken, and how it ended; chunks, files and memory are told at DEBUG."""
    worker = stable.worker(KTTS_LOG_FORMAT="json")
    jobs = [stable.queue.submit(make_request(number)) for number in (1, 2)]
    for job in jobs:
        job.wait(60)
    eventually(lambda: worker.log.count("job finished") == len(jobs))

    for job in jobs:
        lines = [line["message"] for line in log_lines(worker) if line.get("job_id") == job.id]
        assert len(lines) == 2
        assert lines[0] == "job started"
        assert lines[1].startswith("job finished: ")


def test_lines_of_a_failed_job_have_its_trace_and_never_its_text(stable: Stable) -> None:
    """The error that a web app's user reports is found by the trace alone."""
    worker = stable.worker(KTTS_LOG_FORMAT="json")
    text = f"{make_text(1, 1)} BOOM secret."
    job = stable.queue.submit(SpeechRequest(text=text, metadata={"traceparent": TRACEPARENT}))

    with pytest.raises(JobFailed):
        job.wait(60)
    eventually(lambda: "job failed:" in worker.log)

    errors = [line for line in log_lines(worker) if line["level"] == "ERROR"]
    assert len(errors) >= 2  # the model process has the traceback, the worker the end
    assert all(line["traceparent"] == TRACEPARENT for line in errors)
    assert "secret" not in worker.log
