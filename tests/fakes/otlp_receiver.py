"""A collector of OpenTelemetry: takes spans and metrics by OTLP over HTTP, and keeps them."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class Collector:
    """What has come in."""

    def __init__(self) -> None:
        self.url = ""
        self.services: dict[str, list[Any]] = {}
        """Name of the service to its spans."""
        self.metrics: dict[str, Any] = {}
        """Name to the metric as it came last."""

    def span(self, name: str, *, but: bytes = b"") -> Any:
        """Return the last span of this name that is not `but`, or None."""
        every = [span for spans in self.services.values() for span in spans]
        found = [span for span in every if span.name == name and span.span_id != but]
        return found[-1] if found else None

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                service = attributes_of(resource.resource)["service.name"]
                spans = (span for scope in resource.scope_spans for span in scope.spans)
                self.services.setdefault(service, []).extend(spans)
        if path == "/v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    self.metrics |= {metric.name: metric for metric in scope.metrics}


def attributes_of(described: Any) -> dict[str, Any]:
    """Return the attributes of a span or a resource."""
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value"))
        for pair in described.attributes
    }


@contextmanager
def run_collector() -> Iterator[Collector]:
    """Yield a collector that listens until the block ends."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collector.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
