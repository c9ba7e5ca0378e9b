"""The spans of webhooks: each attempt is one, in the trace of the job or book that it tells of."""

import redis

from jobs.books.store import find_traceparent
from jobs.errors import InvalidRequest
from jobs.queue import keys
from jobs.queue.job_record import decode_call
from jobs.queue.webhooks import Delivery
from jobs.telemetry.spans import Span, Tracer
from jobs.telemetry.trace import read_trace
from worker.settings import WorkerSettings


class WebhookSpans:
    """Begins them; without a tracer there are none."""

    def __init__(
        self, connection: redis.Redis, settings: WorkerSettings, tracer: Tracer | None
    ) -> None:
        """Prepare to make them with `tracer`."""
        self._connection = connection
        self._settings = settings
        self._tracer = tracer

    def begin(self, delivery: Delivery) -> Span | None:
        """Begin the span of an attempt: the first is a child of the producer's, later ones linked.

        Raises:
            redis.exceptions.RedisError: Redis is away.
        """
        if self._tracer is None:
            return None
        producer = self._find_producer(delivery.subject)
        is_retry = bool(delivery.error)
        return self._tracer.start(
            "webhook",
            kind="CLIENT",
            parent="" if is_retry else producer,
            link=producer if is_retry else "",
            attributes={
                "server.address": delivery.host,
                "ktts.event": delivery.event,
                "ktts.subject": delivery.subject,
            },
        )

    def _find_producer(self, subject: str) -> str:
        try:
            _, arguments = decode_call(self._connection.hget(keys.job(subject), "data"))
        except (InvalidRequest, redis.exceptions.ResponseError):  # a book, or a record that is gone
            return find_traceparent(self._settings.output_dir, subject)
        return read_trace(arguments).get("traceparent", "")
