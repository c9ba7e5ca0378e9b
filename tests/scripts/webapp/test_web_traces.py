"""A trace from the web request to the finished file, received over OTLP."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Server, eventually
from tests.fakes.otlp_receiver import attributes_of, run_collector
from tests.fakes.web import Site, make_text, submit, wait_for

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_trace_goes_from_the_request_to_the_finished_file(server: Server, tmp_path: Path):
    """Request, wait, job, chunks and file are one tree, whose root is the client's span."""
    with run_collector() as collector:
        telemetry = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        site = Site(server, tmp_path, **telemetry)
        with site.serve(KTTS_LOG_FORMAT="json") as client, site.worker():
            answer = client.post(
                "/v1/jobs",
                json={"text": make_text("Traced", 3)},
                headers={"traceparent": TRACE},
            )
            job_id = answer.json()["id"]
            wait_for(client, job_id)
            other = submit(client, text="Without a trace of its own.")
            wait_for(client, other)
            first = eventually(lambda: collector.span("job"))
            eventually(lambda: collector.span("job", but=first.span_id))
            health = client.get("/health")

    spans = {span.span_id: span for every in collector.services.values() for span in every}
    [job] = [s for s in spans.values() if attributes_of(s).get("ktts.job_id") == job_id]
    request = spans[job.parent_span_id]
    below = {s.name: s for s in spans.values() if s.parent_span_id == job.span_id}
    [loose] = [s for s in spans.values() if attributes_of(s).get("ktts.job_id") == other]

    assert collector.services.keys() == {"ktts-web", "ktts-worker"}
    assert (request.name, attributes_of(request)["http.response.status_code"]) == (
        "POST /v1/jobs",
        202,
    )
    assert request.parent_span_id.hex() == TRACE.split("-")[2]
    assert {s.trace_id.hex() for s in (request, job, *below.values())} == {TRACE.split("-")[1]}
    assert answer.headers["x-trace-id"] == TRACE.split("-")[1]
    assert below.keys() == {"wait in the queue", "speak chunks", "write the file"}
    assert attributes_of(below["speak chunks"])["ktts.chunks"] == 3
    assert attributes_of(job)["ktts.ending"] == "finished"
    assert all(
        job.start_time_unix_nano <= s.start_time_unix_nano <= s.end_time_unix_nano
        and s.end_time_unix_nano <= job.end_time_unix_nano
        for s in below.values()
    )
    assert spans[loose.parent_span_id].name == "POST /v1/jobs"
    assert not spans[loose.parent_span_id].parent_span_id
    assert health.status_code == 200
    assert not any("/health" in s.name for s in spans.values())
    assert site.gateway is not None
    assert all(line.startswith(("{", "http")) for line in site.gateway.log.splitlines())
    requests = collector.metrics["ktts_http_requests_total"].sum
    assert requests.is_monotonic
    assert sum(p.as_double for p in requests.data_points) > 2
