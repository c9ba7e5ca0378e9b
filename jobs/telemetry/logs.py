"""Logging of workers, janitor and gateway: lines for people, or JSON for machines."""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from ..settings import LogSettings

_context: ContextVar[Mapping[str, str]] = ContextVar("log_context", default=MappingProxyType({}))

TELEMETRY_SECONDS = 60.0

_STEERING = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON leaves as it is and a terminal obeys; anybody may have written it into a path."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logging(settings: LogSettings) -> None:
    """Send every record of this process to stderr in the format that the settings name."""
    handler = make_handler(settings.log_format)
    handler.addFilter(TelemetryFilter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # The SDK and its HTTP client log each connection; what they send says more.
    for name in ("urllib3", "opentelemetry"):
        logging.getLogger(name).setLevel(logging.WARNING)


def make_handler(log_format: str) -> logging.Handler:
    """Return what writes records to stderr, as ``json`` or as ``text``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    return handler


@contextmanager
def log_context(**fields: str) -> Iterator[None]:
    """Add these fields to every JSON line that is logged inside; text lines stay as they are."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


class TelemetryFilter(logging.Filter):
    """Lets a line of OpenTelemetry's through once a minute: a collector may be away for days."""

    def __init__(self) -> None:
        """Have let none through."""
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the record is written."""
        if not record.name.startswith("opentelemetry"):
            return True
        is_due = record.created >= self._next
        if is_due:
            self._next = record.created + TELEMETRY_SECONDS
        return is_due


class TextFormatter(logging.Formatter):
    """``12:00:01 INFO    worker.render.render: chunk done chunk=3 seconds=4.1``."""

    def __init__(self) -> None:
        """Set the layout."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Append the record's own fields to the line."""
        fields = "".join(f" {key}={value}" for key, value in _extra_fields(record).items())
        return super().formatMessage(record) + fields


class JsonFormatter(logging.Formatter):
    """One JSON object per line, with the fields of the record and of its `log_context`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_context.get(),
            **_extra_fields(record),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        line = json.dumps(document, default=str, ensure_ascii=False)
        return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def _extra_fields(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
