"""What ties a job to what it was submitted for: its book, and the producer's own trace."""

from __future__ import annotations

import re
from typing import Any

TRACEPARENT = "traceparent"
"""Key in a request's metadata: W3C Trace Context, as a producer got it with a web request."""

BATCH = "batch"
"""Key in a request's metadata: the batch that it is a part of."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def read_traceparent(text: str) -> str:
    """Return `text` if it is a W3C traceparent, else an empty text: it is to be ignored then.

    Versions after 00 may append fields; ``ff`` and ids of zeros are invalid.
    """
    found = _TRACEPARENT.fullmatch(text)
    if found is None:
        return ""
    version, trace_id, parent_id, rest = found.groups()
    if version == "ff" or not trace_id.strip("0") or not parent_id.strip("0"):
        return ""
    return "" if version == "00" and rest else text


def read_trace(arguments: dict[str, Any]) -> dict[str, str]:
    """Return ``batch_id`` and ``traceparent`` of a job's arguments, those that it has.

    The arguments are what anybody may have written; what is of another kind counts as absent.
    """
    request = arguments.get("request")
    if not isinstance(request, dict):
        return {}
    metadata = request.get("metadata")
    labels = metadata if isinstance(metadata, dict) else {}
    found = {
        "batch_id": request.get("batch_id") or labels.get(BATCH),
        "traceparent": read_traceparent(str(labels.get(TRACEPARENT, ""))),
    }
    return {name: value for name, value in found.items() if isinstance(value, str) and value}
