"""One line and one span for each request, a trace id in every answer, and counters of them."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import Counter
from itertools import accumulate
from math import inf

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.telemetry.build_info import read_labels
from jobs.telemetry.logs import make_handler
from jobs.telemetry.pushed_metrics import Family, Sample
from jobs.telemetry.spans import Span, Tracer
from jobs.telemetry.trace import CURRENT, read_traceparent
from scripts.webapp.guard.access import OWNER
from scripts.webapp.schemas.problems import path_of

BOUNDS_SECONDS = (0.01, 0.1, 1.0, 10.0, float("inf"))

log = logging.getLogger(__name__)


class RequestMetrics:
    """Counts of answers and of how long they took, since the process began."""

    def __init__(self) -> None:
        """Have counted none."""
        self._answers: Counter[tuple[str, int]] = Counter()
        self._durations: Counter[float] = Counter()
        self._seconds = 0.0

    def count(self, method: str, status: int, seconds: float) -> None:
        """Count an answer."""
        self._answers[method, status] += 1
        self._durations[next(bound for bound in BOUNDS_SECONDS if seconds <= bound)] += 1
        self._seconds += seconds

    def families(self) -> list[Family]:
        """Return them as families of samples."""
        answers, name = dict(self._answers), "ktts_http_request_seconds"
        requests = [
            Sample("ktts_http_requests_total", {"method": method, "status": str(status)}, count)
            for (method, status), count in sorted(answers.items())
        ]
        buckets = accumulate(self._durations[bound] for bound in BOUNDS_SECONDS)
        durations = [
            Sample(f"{name}_bucket", {"le": "+Inf" if bound == inf else str(bound)}, count)
            for bound, count in zip(BOUNDS_SECONDS, buckets, strict=True)
        ]
        durations.append(Sample(f"{name}_sum", {}, round(self._seconds, 6)))
        durations.append(Sample(f"{name}_count", {}, durations[-2].value))
        return [
            Family("ktts_build_info", "gauge", "", [Sample("ktts_build_info", read_labels(), 1)]),
            Family("ktts_http_requests_total", "counter", "Requests that were answered.", requests),
            Family(name, "histogram", "From a request to the end of its answer.", durations),
        ]

    def write(self) -> str:
        """Return them in Prometheus's text format."""
        return "".join(map(_write_family, self.families()))


class RequestLog:
    """Logs, counts, names and traces the requests that pass."""

    def __init__(
        self, app: ASGIApp, metrics: RequestMetrics, log_format: str, tracer: Tracer | None
    ) -> None:
        """Watch `app`; `log_format` is text, json or empty for no log."""
        self._app = app
        self._metrics = metrics
        self._format = log_format
        self._tracer = tracer
        if log_format:
            # Its lines have a setting of their own, and come whatever the level of the others is.
            log.handlers = [make_handler(log_format)]
            log.setLevel(logging.INFO)
            log.propagate = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = read_traceparent(Headers(scope=scope).get("traceparent", ""))
        span = self._begin_span(scope, given)
        current = span.traceparent if span else given
        CURRENT.set(current)
        trace_id = current.split("-")[1] if current else secrets.token_hex(16)
        began, status = time.monotonic(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Trace-Id"] = trace_id
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            seconds = time.monotonic() - began
            method = _method_of(scope)
            self._metrics.count(method, status, seconds)
            if span:
                route = getattr(scope.get("route"), "path", "")
                span.rename(f"{method} {route}".rstrip())
                error = f"HTTP {status}" if status >= SERVER_ERROR else ""
                told = {"http.response.status_code": status, "http.route": route}
                span.end(error, attributes=told)
            if self._format:
                self._write(scope, status, seconds, trace_id)

    def _begin_span(self, scope: Scope, given: str) -> Span | None:
        if self._tracer is None or scope["path"].endswith(UNTRACED):
            return None
        method = _method_of(scope)
        return self._tracer.start(
            method,
            kind="SERVER",
            parent=given,
            attributes={"http.request.method": method, "url.path": path_of(scope)},
        )

    def _write(self, scope: Scope, status: int, seconds: float, trace_id: str) -> None:
        client = scope["client"][0] if scope["client"] else ""
        fields = {
            "client": client,
            "method": scope["method"],
            "path": path_of(scope),
            "status": status,
            "seconds": round(seconds, 4),
            "trace_id": trace_id,
            **({"owner": OWNER.get()} if OWNER.get() else {}),
        }
        if self._format == "text":
            # A path may hold anything; as JSON it steers no terminal.
            fields = {name: _quote(value) for name, value in fields.items()}
        log.info("request", extra=fields)


UNTRACED = ("/health", "/v1/metrics")
"""Ends of paths that are asked every few seconds, and are no part of anybody's work."""

SERVER_ERROR = 500

_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})


def _quote(value: object) -> str:
    text = str(value)
    return text if text.isascii() and text.isprintable() and " " not in text else json.dumps(text)


def _method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in _METHODS else "other"


def _write_family(family: Family) -> str:
    lines = [f"# TYPE {family.name} {family.type}"]
    for name, labels, value in family.samples:
        shown = ",".join(
            f"{label}={json.dumps(text, ensure_ascii=False)}" for label, text in labels.items()
        )
        lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")
    return "\n".join(lines) + "\n"
