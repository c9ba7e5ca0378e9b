"""The metrics of the whole system in Prometheus's text format.

Each request reads everything from Redis, so that any process can answer, also after others have
died. If Redis does not answer, ``ktts_redis_up 0`` stands for all that is
in it.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import accumulate

import redis
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from jobs.errors import QueueUnavailable, StartupError
from jobs.queue import keys
from jobs.queue.connection import as_text, open_connection
from jobs.settings import QueueSettings
from jobs.telemetry.pushed_metrics import push_metrics
from worker.metrics.counters import COUNTERS, HISTOGRAMS, CounterKind, HistogramKind
from worker.metrics.gauges import Volumes, make_gauge, read_build, read_gauges

log = logging.getLogger(__name__)


class SpeechCollector(Collector):
    """Reads the metrics from Redis at each request."""

    def __init__(self, connection: redis.Redis, settings: QueueSettings | None) -> None:
        """Read from `connection`, and of the volumes of `settings` where there are some."""
        self._connection = connection
        self._settings = settings
        self._volumes = Volumes(settings)

    def collect(self) -> Iterator[Metric]:
        """Yield every family of metrics."""
        try:
            # Completely or not at all: half of the metrics would look like empty queues.
            owners = self._settings.owner_labels if self._settings else ()
            gauges = read_gauges(self._connection, owners)
            families = [*gauges, *read_counters(self._connection)]
        except (redis.exceptions.RedisError, QueueUnavailable):
            families = [make_gauge("redis_up", "Redis answers.", 0)]
        yield from families
        yield read_build()
        yield from self._volumes.read()


def read_counters(connection: redis.Redis) -> Iterator[Metric]:
    """Yield all counters and histograms.

    Raises:
        redis.exceptions.RedisError: Redis does not answer.
    """
    counted = {
        as_text(field): float(value) for field, value in connection.hgetall(keys.COUNTERS).items()
    }
    for counter in COUNTERS:
        yield _counter_family(counter, counted)
    for histogram in HISTOGRAMS:
        yield _histogram_family(histogram, counted)


def write_metrics(connection: redis.Redis, settings: QueueSettings | None = None) -> str:
    """Return the metrics as text; of the volumes of `settings`, too."""
    return generate_latest(_make_registry(connection, settings)).decode()


@contextmanager
def serve_metrics(settings: QueueSettings, listen: str | None) -> Iterator[int]:
    """Answer HTTP requests in a thread while the block runs; yields the port.

    Args:
        settings: Server of the queue, volumes, and owners with labels of their own.
        listen: ``HOST:PORT``, where port 0 means any free port; None means not to serve.

    Raises:
        StartupError: the address cannot be used.
    """
    if listen is None:
        yield 0
        return
    host, _, port = listen.rpartition(":")
    # No retries: the next scrape comes soon enough.
    with open_connection(settings.redis_url, attempts=0) as connection:
        registry = _make_registry(connection, settings)
        try:
            server, thread = start_http_server(int(port), host.strip("[]"), registry)
        except (OSError, OverflowError) as exc:
            raise StartupError(
                f"metrics cannot be served at {listen} ({exc}); choose another address and port"
            ) from exc
        log.info("metrics at http://%s:%d/metrics", host, server.server_port)
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextmanager
def push_queue_metrics(settings: QueueSettings) -> Iterator[None]:
    """Send the metrics over OTLP while the block runs, where an endpoint is set for that."""
    with open_connection(settings.redis_url, attempts=0) as connection:
        collector = SpeechCollector(connection, settings)
        with push_metrics("ktts-janitor", collector.collect):
            yield


def _make_registry(connection: redis.Redis, settings: QueueSettings | None) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SpeechCollector(connection, settings))
    return registry


def _counter_family(kind: CounterKind, counted: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(f"ktts_{kind.name}", kind.help, labels=list(kind.labels))
    shown = {kind.field(*values): values for values in kind.known_values()}
    for field in sorted(counted):
        name, *values = field.split("|")
        if name == kind.name and len(values) == len(kind.labels):
            shown[field] = tuple(values)
    for field, labels in shown.items():
        family.add_metric(labels, counted.get(field, 0))
    return family


def _histogram_family(kind: HistogramKind, counted: Mapping[str, float]) -> Metric:
    counts = accumulate(counted.get(kind.field(bound), 0) for bound in kind.bounds)
    return HistogramMetricFamily(
        f"ktts_{kind.name}",
        kind.help,
        buckets=list(zip(map(floatToGoString, kind.bounds), counts, strict=True)),
        sum_value=counted.get(kind.sum_field, 0),
    )
