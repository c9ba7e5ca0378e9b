"""A run's spans: a first one is a child of the producer's, a later one a trace of its own."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jobs import SpeechQueue
from jobs.telemetry.spans import Tracer
from tests.fakes.fake_worker import FakeWorker, make_request
from worker.supervision import job_spans
from worker.supervision.job_spans import JobSpans
from worker.supervision.job_store import HeldJob, JobOrigin

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
JOB = HeldJob("a" * 32, "bulk", "e" * 32, 120, 3, 0, 0)


@pytest.fixture
def made() -> InMemorySpanExporter:
    """Return what keeps the spans in memory."""
    return InMemorySpanExporter()


def run(made: InMemorySpanExporter, origin: JobOrigin, outcome: Any, chunks: int = 2) -> Any:
    """Make the spans of one run and return them by name, the last of each."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(made))
    spans = JobSpans(Tracer(provider.get_tracer("x")))
    spans.begin(JOB, origin, "worker.tasks.synthesize_speech", {"traceparent": TRACE})
    for number in range(chunks + 1):
        spans.see_progress({"chunks": number, "audio_seconds": 2.0 * number})
    spans.end(outcome)
    return {span.name: span for span in made.get_finished_spans()}


def test_a_first_run_is_a_child_and_begins_with_its_wait(made: InMemorySpanExporter) -> None:
    """The wait begins when the job was submitted."""
    submitted = time.time() - 60
    outcome = SimpleNamespace(ending="finished", error="")
    found = run(made, JobOrigin(enqueued_seconds=submitted), outcome)

    job, wait = found["job"], found["wait in the queue"]
    assert f"{job.parent.span_id:016x}" == TRACE.split("-")[2]
    assert wait.start_time == job.start_time == int(submitted * 1e9)
    assert wait.end_time - wait.start_time >= 60e9
    assert found["speak chunks"].attributes["ktts.audio_seconds"] == 4.0
    assert job.status.is_ok or job.status.is_unset


def test_a_later_run_is_a_trace_of_its_own_with_a_link(made: InMemorySpanExporter) -> None:
    """As OpenTelemetry has it for what is tried again long after."""
    outcome = SimpleNamespace(ending="failed", error="OutputError: the disk is full")
    found = run(made, JobOrigin(is_retry=True), outcome)

    job = found["job"]
    assert job.parent is None
    assert f"{job.context.trace_id:032x}" != TRACE.split("-")[1]
    assert f"{job.links[0].context.span_id:016x}" == TRACE.split("-")[2]
    assert job.status.description == "OutputError: the disk is full"
    assert found.keys() == {"job", "speak chunks"}


def test_clocks_that_differ_and_chunks_that_take_long(
    made: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A producer's clock that is ahead makes no wait below zero; batches end with time."""
    monkeypatch.setattr(job_spans, "BATCH_SECONDS", 0.0)
    outcome = SimpleNamespace(ending="yield", error="")
    run(made, JobOrigin(enqueued_seconds=time.time() + 3600), outcome, chunks=3)

    every = made.get_finished_spans()
    assert all(span.end_time >= span.start_time for span in every)
    batches = [span.attributes["ktts.first_chunk"] for span in every if span.name == "speak chunks"]
    assert batches == [0, 1, 2]
    assert not any(span.name == "write the file" for span in every)


def test_the_record_tells_where_a_job_comes_from(
    queue: SpeechQueue, fake_worker: FakeWorker
) -> None:
    """A job that was put back, by its worker or by the janitor, is no first run."""
    queue.submit(make_request("x"), queue="bulk")
    held = fake_worker.take()
    assert held is not None
    first = fake_worker.store.read_origin(held)
    fake_worker.store.requeue(held)
    again = fake_worker.take()
    assert again is not None
    second = fake_worker.store.read_origin(again)

    assert first.enqueued_seconds == second.enqueued_seconds
    assert abs(time.time() - (first.enqueued_seconds or 0)) < 60
    assert (first.is_retry, second.is_retry) == (False, True)


def test_without_a_tracer_nothing_happens() -> None:
    """No telemetry, no spans."""
    spans = JobSpans(None)
    spans.begin(JOB, JobOrigin(), "x", {})
    spans.see_progress({"chunks": 1, "audio_seconds": 1.0})
    spans.end(SimpleNamespace(ending="finished", error=""))
