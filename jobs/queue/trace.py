"""Ids that tie a job's log lines to its book and to the producer's own trace."""

import re
from typing import Any

TRACEPARENT = "traceparent"
"""Key in a request's metadata: the W3C Trace Context that came with a web request."""

BATCH = "batch"
"""Key in a request's metadata: id of the batch that the request is a part of."""

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?")


def read_traceparent(text: str) -> str:
    """Return `text` if it is a valid W3C traceparent, else an empty text.

    Versions after 00 may append fields. Version ``ff`` and ids of zeros are invalid.
    """
    found = _TRACEPARENT.fullmatch(text)
    if found is None:
        return ""
    version, trace_id, parent_id, rest = found.groups()
    if version == "ff" or not trace_id.strip("0") or not parent_id.strip("0"):
        return ""
    return "" if version == "00" and rest else text


def read_trace(arguments: dict[str, Any]) -> dict[str, str]:
    """Return ``batch_id`` and ``traceparent`` from a job's arguments, if they are there.

    Anybody may have written the arguments: a value of another type counts as absent.
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
