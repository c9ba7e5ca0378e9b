"""One line for each request, a trace id in every answer, and counters of them."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import Counter
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobs.queue.trace import TRACEPARENT as TRACE_LABEL
from jobs.queue.trace import read_traceparent
from jobs.request import MAX_METADATA_ENTRIES, SpeechRequest
from scripts.webapp.schemas.problems import path_of

TRACEPARENT: ContextVar[str] = ContextVar("traceparent", default="")
"""The request's W3C trace context; empty where the client sends none. Its jobs carry it on."""

BOUNDS_SECONDS = (0.01, 0.1, 1.0, 10.0, float("inf"))

log = logging.getLogger(__name__)


def traced(request: SpeechRequest) -> SpeechRequest:
    """Return `request` with the trace context of the HTTP request that brought it.

    A label of the client's own comes first. Metadata are no part of a job's identity.
    """
    if TRACE_LABEL in request.metadata or len(request.metadata) >= MAX_METADATA_ENTRIES:
        return request
    labels = {**request.metadata, TRACE_LABEL: TRACEPARENT.get()}
    return request.model_copy(update={"metadata": labels}) if TRACEPARENT.get() else request


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

    def write(self) -> str:
        """Return them in Prometheus's text format."""
        lines = ["# TYPE ktts_http_requests_total counter"]
        for (method, status), count in sorted(self._answers.items()):
            labels = f'method="{method}",status="{status}"'
            lines.append(f"ktts_http_requests_total{{{labels}}} {count}")
        lines.append("# TYPE ktts_http_request_seconds histogram")
        total = 0
        for bound in BOUNDS_SECONDS:
            total += self._durations[bound]
            name = "+Inf" if bound == BOUNDS_SECONDS[-1] else str(bound)
            lines.append(f'ktts_http_request_seconds_bucket{{le="{name}"}} {total}')
        lines.append(f"ktts_http_request_seconds_sum {self._seconds:.6f}")
        lines.append(f"ktts_http_request_seconds_count {total}")
        return "\n".join(lines) + "\n"


class RequestLog:
    """Logs, counts and names the requests that pass."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics, log_format: str) -> None:
        """Watch `app`; `log_format` is text, json or empty for no log."""
        self._app = app
        self._metrics = metrics
        self._format = log_format

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = read_traceparent(Headers(scope=scope).get("traceparent", ""))
        trace = given or f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
        TRACEPARENT.set(given)
        began, status = time.monotonic(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Trace-Id"] = trace.split("-")[1]
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        finally:
            seconds = time.monotonic() - began
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.count(method, status, seconds)
            if self._format:
                self._write(scope, status, seconds, trace.split("-")[1])

    def _write(self, scope: Scope, status: int, seconds: float, trace_id: str) -> None:
        client = scope["client"][0] if scope["client"] else ""
        fields = {
            "client": client,
            "method": scope["method"],
            "path": path_of(scope),
            "status": status,
            "seconds": round(seconds, 4),
            "trace_id": trace_id,
        }
        if self._format == "json":
            log.warning("%s", json.dumps(fields))
        else:
            # A path may hold anything; as JSON it steers no terminal.
            log.warning("%s", " ".join(f"{name}={_quote(value)}" for name, value in fields.items()))


_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})


def _quote(value: object) -> str:
    text = str(value)
    return text if text.isascii() and text.isprintable() and " " not in text else json.dumps(text)
