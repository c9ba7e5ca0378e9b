"""One logging set-up for parent and child: lines for people, or JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from worker.settings import WorkerSettings

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up_logging(settings: WorkerSettings) -> None:
    """Send every record of this process to stderr in the format that the settings name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else TextFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)


class TextFormatter(logging.Formatter):
    """``12:00:01 INFO    worker.render: chunk done chunk=3 seconds=4.1``."""

    def __init__(self) -> None:
        """Fix the layout."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """Append the record's own facts to the line."""
        facts = "".join(f" {key}={value}" for key, value in _facts(record).items())
        return super().formatMessage(record) + facts


class JsonFormatter(logging.Formatter):
    """One JSON object per line, the record's own facts among its keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str, ensure_ascii=False)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
