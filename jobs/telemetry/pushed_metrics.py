"""Metrics over OTLP, under the names that Prometheus has them by."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NamedTuple

from .build_info import read_version
from .otlp import describe_process, is_wanted, run_bounded, try_making

PUSH_MILLISECONDS = 60_000
"""From one push of metrics to the next, unless OTEL_METRIC_EXPORT_INTERVAL says otherwise."""

log = logging.getLogger(__name__)


class Sample(NamedTuple):
    """One number, as Prometheus has it."""

    name: str
    labels: Mapping[str, str]
    value: float


class Family(NamedTuple):
    """The samples of one metric; prometheus_client's own families have the same fields."""

    name: str
    type: str
    documentation: str
    samples: Iterable[Any]


@contextmanager
def push_metrics(service: str, read: Callable[[], Iterable[Any]]) -> Iterator[None]:
    """Send what `read` returns once a minute, and at the end, while the block runs.

    Args:
        service: As of `export_spans`.
        read: Called in a thread; what it raises costs that one push.
    """
    push = try_making(lambda: _make_push(service, read)) if is_wanted("METRICS") else None
    if push is None:
        yield
        return
    stopping = threading.Event()
    interval_seconds = _read_interval()

    def push_again() -> None:
        while not stopping.wait(interval_seconds):
            push()

    threading.Thread(target=push_again, name="push-metrics", daemon=True).start()
    try:
        yield
    finally:
        stopping.set()
        run_bounded(push)


def _make_push(service: str, read: Callable[[], Iterable[Any]]) -> Callable[[], None]:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    exporter, resource = OTLPMetricExporter(), describe_process(service)

    def push() -> None:
        try:
            exporter.export(_metrics_data(resource, read()))
        except Exception as exc:  # noqa: BLE001 - the next push comes soon, and jobs go on
            log.warning("metrics not sent: %s: %s", type(exc).__name__, exc)

    return push


def _read_interval() -> float:
    try:
        milliseconds = float(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL") or PUSH_MILLISECONDS)
    except ValueError:
        milliseconds = PUSH_MILLISECONDS
    return max(100.0, milliseconds) / 1000


def _metrics_data(resource: Any, families: Iterable[Family]) -> Any:
    """Return Prometheus's families as OTLP has them, under the same names."""
    from opentelemetry.sdk.metrics import export
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    now = time.time_ns()
    metrics = [metric for family in families for metric in _convert(family, now)]
    scope = InstrumentationScope("kokoro-tts-processor", read_version())
    scopes = [export.ScopeMetrics(scope=scope, metrics=metrics, schema_url="")]
    return export.MetricsData(
        [export.ResourceMetrics(resource=resource, scope_metrics=scopes, schema_url="")]
    )


def _convert(family: Family, now: int) -> Iterator[Any]:
    from opentelemetry.sdk.metrics import export

    cumulative = export.AggregationTemporality.CUMULATIVE
    if family.type == "histogram":
        points = [_histogram_point(labels, kept, now) for labels, kept in _by_labels(family)]
        data = export.Histogram(data_points=points, aggregation_temporality=cumulative)
        yield export.Metric(family.name, family.documentation, "", data)
        return
    by_name: dict[str, list[Any]] = {}
    for sample in family.samples:
        point = export.NumberDataPoint(dict(sample.labels), 0, now, float(sample.value))
        by_name.setdefault(sample.name, []).append(point)
    for name, points in by_name.items():
        if family.type == "counter":
            data = export.Sum(points, aggregation_temporality=cumulative, is_monotonic=True)
        else:
            data = export.Gauge(points)
        yield export.Metric(name, family.documentation, "", data)


def _by_labels(family: Family) -> Iterator[tuple[dict[str, str], list[Any]]]:
    """Yield the samples of each histogram of a family, with its labels beside ``le``."""
    found: dict[tuple[tuple[str, str], ...], list[Any]] = {}
    for sample in family.samples:
        labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
        found.setdefault(labels, []).append(sample)
    for labels, samples in found.items():
        yield dict(labels), samples


def _histogram_point(labels: dict[str, str], samples: Iterable[Any], now: int) -> Any:
    from opentelemetry.sdk.metrics import export

    bounds, counts, total = [], [0.0], 0.0
    for sample in samples:
        if sample.name.endswith("_bucket"):
            bounds.append(float(sample.labels["le"]))
            counts.append(sample.value)
        elif sample.name.endswith("_sum"):
            total = sample.value
    buckets = [int(here - before) for before, here in pairwise(counts)]
    return export.HistogramDataPoint(
        labels, 0, now, int(counts[-1]), total, buckets, bounds[:-1], None, None
    )
