"""Telemetry is sent where an endpoint is set, and whatever becomes of it, the process goes on."""

from __future__ import annotations

import logging
import re
import socket
import subprocess
import sys
import time

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from jobs.request import SpeechRequest
from jobs.telemetry import otlp
from jobs.telemetry.pushed_metrics import Family, Sample, push_metrics
from jobs.telemetry.spans import export_spans
from jobs.telemetry.trace import CURRENT, current_traceparent, with_trace
from tests.fakes.otlp_receiver import attributes_of, run_collector

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
GAUGE = Family("ktts_x", "gauge", "X.", [Sample("ktts_x", {"queue": "bulk"}, 3)])


def test_without_an_endpoint_there_is_no_tracer_and_no_exporter(monkeypatch: pytest.MonkeyPatch):
    """Nobody who does not ask for it pays for it."""
    monkeypatch.delenv(otlp.ENDPOINT, raising=False)
    program = (
        "import sys\n"
        "from jobs.telemetry.spans import export_spans\n"
        "from jobs.telemetry.pushed_metrics import push_metrics\n"
        "with export_spans('x') as tracer, push_metrics('x', list):\n"
        "    print(tracer, any(name.startswith('opentelemetry') for name in sys.modules))\n"
    )
    printed = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert printed == "None False\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-1"),
    ],
)
def test_what_switches_it_off_or_is_wrong_leaves_no_tracer(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
):
    """A wrong setting costs the spans and a warning, and nothing is raised."""
    monkeypatch.setenv(otlp.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)

    with export_spans("x") as tracer:
        assert tracer is None


def test_the_missing_package_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The endpoint is often set for other programs, and jobs go on without."""
    monkeypatch.setenv(otlp.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with export_spans("x") as tracer:
        assert tracer is None
    assert re.search(r"is not installed; .*pip install .*\[otel\]", caplog.text)


def test_the_end_does_not_wait_for_a_collector_that_never_answers(
    monkeypatch: pytest.MonkeyPatch,
):
    """Nor do spans and metrics on the way there; both are given up in the end."""
    monkeypatch.setattr(otlp, "FLUSH_SECONDS", 0.3)
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv(otlp.ENDPOINT, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
        began = time.monotonic()
        with export_spans("x") as tracer, push_metrics("x", lambda: [GAUGE]):
            assert tracer is not None
            for _ in range(5000):  # more than the SDK's queue holds
                tracer.start("job", parent=TRACE).end()
        assert time.monotonic() - began < 5


def test_gauges_counters_and_histograms_keep_their_names(monkeypatch: pytest.MonkeyPatch):
    """What Prometheus scrapes and what a collector gets is the same, histograms by buckets."""
    name = "ktts_y_seconds"
    families = [
        GAUGE,
        Family("ktts_z", "counter", "Z.", [Sample("ktts_z_total", {}, 2)]),
        Family(
            name,
            "histogram",
            "Y.",
            [
                Sample(f"{name}_bucket", {"le": "0.5"}, 1),
                Sample(f"{name}_bucket", {"le": "2"}, 4),
                Sample(f"{name}_bucket", {"le": "+Inf"}, 5),
                Sample(f"{name}_sum", {}, 9.5),
                Sample(f"{name}_count", {}, 5),
            ],
        ),
    ]
    with run_collector() as collector:
        monkeypatch.setenv(otlp.ENDPOINT, collector.url)
        with push_metrics("ktts-x", lambda: families):
            pass

    [gauge] = collector.metrics["ktts_x"].gauge.data_points
    [counter] = collector.metrics["ktts_z_total"].sum.data_points
    [histogram] = collector.metrics[name].histogram.data_points
    assert (attributes_of(gauge), gauge.as_double, counter.as_double) == ({"queue": "bulk"}, 3, 2)
    assert list(histogram.bucket_counts) == [1, 3, 1]
    assert list(histogram.explicit_bounds) == [0.5, 2]
    assert (histogram.count, histogram.sum) == (5, 9.5)


def test_metrics_that_cannot_be_read_cost_one_push(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """The janitor goes on."""
    monkeypatch.setenv(otlp.ENDPOINT, "http://127.0.0.1:9")

    with push_metrics("x", lambda: [1 / 0]):
        pass

    assert "metrics not sent: ZeroDivisionError" in caplog.text


def test_a_job_submitted_inside_a_span_belongs_to_it():
    """Of the application's own tracing, unless it names a trace itself."""
    request = SpeechRequest(text="Inside.")
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("application")
    with tracer.start_as_current_span("order") as span:
        inside, own = with_trace(request), SpeechRequest(text="X", metadata={"traceparent": TRACE})
        known = span.get_span_context()
        assert with_trace(own) is own
    assert inside.metadata["traceparent"].split("-")[1:3] == [
        trace.format_trace_id(known.trace_id),
        trace.format_span_id(known.span_id),
    ]
    assert inside.job_id == request.job_id
    assert with_trace(request) is request


def test_the_web_requests_own_trace_comes_first():
    """As it does where the gateway sends no telemetry."""
    token = CURRENT.set(TRACE)
    try:
        assert current_traceparent() == TRACE
        full = SpeechRequest(text="X", metadata={str(n): "" for n in range(32)})
        assert with_trace(full) is full
    finally:
        CURRENT.reset(token)


def test_what_anybody_may_have_written_loses_no_span(monkeypatch: pytest.MonkeyPatch):
    """Half a character in an error, and a job that was submitted before 1970."""
    with run_collector() as collector:
        monkeypatch.setenv(otlp.ENDPOINT, collector.url)
        with export_spans("x") as tracer:
            assert tracer is not None
            odd = tracer.start("odd", at_seconds=-5.0, attributes={"a": "b\ud800"})
            odd.end("bad \ud800", at_seconds=1.0)
            tracer.start("other", parent="not one", link="nor this").end()

    assert collector.span("other") is not None
    assert attributes_of(collector.span("odd")) == {"a": "b?"}
    assert collector.span("odd").status.message == "bad ?"
