"""Ids that tie a job's log lines to its book and to the producer's own trace."""

import re
import sys
from contextvars import ContextVar
from typing import Any

from ..request import MAX_METADATA_ENTRIES, SpeechRequest

TRACEPARENT = "traceparent"
"""Key in a request's metadata: the W3C Trace Context that came with a web request."""

BATCH = "batch"
"""Key in a request's metadata: id of the batch that the request is a part of."""

CURRENT: ContextVar[str] = ContextVar("traceparent", default="")
"""What this process is at work for, where it has no span of OpenTelemetry's, or an empty text."""

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


def current_traceparent() -> str:
    """Return the trace context that a job submitted now belongs to; empty where there is none.

    That is `CURRENT`, or else the span of an application that uses OpenTelemetry. It is not
    imported for that: whoever has a span has imported it.
    """
    if given := CURRENT.get():
        return given
    api = sys.modules.get("opentelemetry.trace")
    known = api.get_current_span().get_span_context() if api is not None else None
    if known is None or not known.is_valid:
        return ""
    return f"00-{known.trace_id:032x}-{known.span_id:016x}-{int(known.trace_flags):02x}"


def with_trace(request: SpeechRequest) -> SpeechRequest:
    """Return `request` with the trace context that it is submitted in.

    A label of the producer's own comes first. Metadata are no part of a job's identity.
    """
    labels = request.metadata
    if TRACEPARENT in labels or len(labels) >= MAX_METADATA_ENTRIES:
        return request
    found = current_traceparent()
    if not found:
        return request
    return request.model_copy(update={"metadata": {**labels, TRACEPARENT: found}})
