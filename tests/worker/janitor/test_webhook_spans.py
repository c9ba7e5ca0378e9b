"""An attempt to tell a caller is a span in the trace of what it tells of."""

from __future__ import annotations

from dataclasses import replace

import pytest
import redis
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jobs import SpeechQueue
from jobs.books.store import keep_traceparent
from jobs.queue.webhooks import Delivery
from jobs.telemetry.spans import Tracer
from tests.fakes.fake_worker import make_request
from worker.janitor.webhook_spans import WebhookSpans
from worker.settings import WorkerSettings

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BOOK = "b" * 32


@pytest.mark.parametrize("is_book", [False, True], ids=["job", "book"])
def test_a_first_attempt_is_a_child_and_a_later_one_is_linked(
    queue: SpeechQueue, connection: redis.Redis, is_book: bool
) -> None:
    """Of the request that submitted the job or the book; a failed one says why."""
    made = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(made))
    settings = WorkerSettings(**queue.settings.model_dump())
    spans = WebhookSpans(connection, settings, Tracer(provider.get_tracer("x")))
    keep_traceparent(settings.output_dir, BOOK, TRACE)
    job = queue.submit(make_request(metadata={"traceparent": TRACE}))
    first = Delivery(
        id="m",
        receiver="r",
        url="http://a.example/x",
        body="{}",
        event="job.finished",
        subject=BOOK if is_book else job.id,
    )
    for delivery, error in ((first, "the answer was 500"), (replace(first, error="500"), "")):
        span = spans.begin(delivery)
        assert span is not None
        span.end(error)

    child, linked = made.get_finished_spans()
    assert f"{child.parent.span_id:016x}" == TRACE.split("-")[2]
    assert child.status.description == "the answer was 500"
    assert linked.parent is None
    assert f"{linked.links[0].context.span_id:016x}" == TRACE.split("-")[2]
    assert WebhookSpans(connection, settings, None).begin(first) is None
    gone = spans.begin(replace(first, subject="f" * 32))
    assert gone is not None
