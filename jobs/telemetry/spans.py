"""Spans over OTLP, for traces from a web request to the finished file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .otlp import describe_process, is_wanted, run_bounded, try_making

Attributes = Mapping[str, str | float]


class Tracer:
    """Makes the spans of one process."""

    def __init__(self, tracer: Any) -> None:
        """Make them with one of the SDK's tracers."""
        self._tracer = tracer

    def start(
        self,
        name: str,
        *,
        kind: str = "INTERNAL",
        parent: str = "",
        link: str = "",
        at_seconds: float | None = None,
        attributes: Attributes | None = None,
    ) -> "Span":
        """Begin a span.

        Args:
            name: One of few: what differs from job to job is an attribute.
            kind: SERVER, CONSUMER or INTERNAL.
            parent: The traceparent that it is a child of; empty begins a trace.
            link: The traceparent of another trace that it has to do with.
            at_seconds: When it began, if not now, in seconds since the epoch.
            attributes: What is told of it.
        """
        from opentelemetry import trace

        span = self._tracer.start_span(
            name,
            context=_context_of(parent),
            kind=trace.SpanKind[kind],
            links=[trace.Link(trace.get_current_span(_context_of(link)).get_span_context())]
            if link
            else [],
            start_time=_nanoseconds(at_seconds),
            attributes=_encodable(attributes),
        )
        return Span(span)


class Span:
    """A span that has begun."""

    def __init__(self, span: Any) -> None:
        """Hold one of the SDK's spans."""
        self._span = span

    @property
    def traceparent(self) -> str:
        """Its W3C trace context, for whoever goes on with it."""
        known = self._span.get_span_context()
        return f"00-{known.trace_id:032x}-{known.span_id:016x}-{int(known.trace_flags):02x}"

    def rename(self, name: str) -> None:
        """Give it the name that is known only now."""
        self._span.update_name(name)

    def end(
        self,
        error: str = "",
        *,
        at_seconds: float | None = None,
        attributes: Attributes | None = None,
    ) -> None:
        """End it; an `error` says why what it stands for has failed."""
        from opentelemetry.trace import Status, StatusCode

        self._span.set_attributes(_encodable(attributes))
        if error:
            self._span.set_status(Status(StatusCode.ERROR, _whole(error)))
        self._span.end(_nanoseconds(at_seconds))


@contextmanager
def export_spans(service: str) -> Iterator[Tracer | None]:
    """Yield what makes spans of a service, or None where no endpoint is set; sends the rest at end.

    Args:
        service: Name of the service, unless OTEL_SERVICE_NAME has one.
    """
    provider = try_making(lambda: _make_provider(service)) if is_wanted("TRACES") else None
    if provider is None:
        yield None
        return
    try:
        yield Tracer(provider.get_tracer("kokoro-tts-processor"))
    finally:
        run_bounded(provider.shutdown)


def _encodable(attributes: Attributes | None) -> Attributes:
    """Return attributes of which none keeps the SDK from sending all spans of its batch."""
    return {
        name: _whole(value) if isinstance(value, str) else value
        for name, value in (attributes or {}).items()
    }


def _whole(text: str) -> str:
    """Return `text` with a question mark for each half of a character, which JSON may hold."""
    return text.encode(errors="replace").decode()


def _nanoseconds(seconds: float | None) -> int | None:
    """Return a moment as the SDK has it, none before 1970; anybody may have written it."""
    return None if seconds is None else max(0, int(seconds * 1e9))


def _make_provider(service: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # It would wait half a minute for a collector that is away.
    provider = TracerProvider(resource=describe_process(service), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _context_of(traceparent: str) -> Any:
    """Return the context that a traceparent stands for; one without a span where it is empty."""
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": traceparent} if traceparent else {}
    return TraceContextTextMapPropagator().extract(carrier, context=Context())
