"""The call that a job carries, as RQ packs it: zlib over JSON, ``[function, null, [], {...}]``."""

from __future__ import annotations

import json
import zlib
from typing import Any

from .errors import InvalidRequest

MAX_CALL_BYTES = 256 << 20
"""Largest job that is unpacked; a small payload may claim to be any size."""


def decode_call(data: bytes | str | None) -> tuple[str, dict[str, Any]]:
    """Return the function's name and its arguments; nothing in it is executed or imported.

    Raises:
        InvalidRequest: it is something else, for example a pickle.
    """
    if not isinstance(data, bytes):
        raise InvalidRequest("the job has no payload; submit it anew")
    unpacker = zlib.decompressobj()
    try:
        document = unpacker.decompress(data, MAX_CALL_BYTES)
        if unpacker.unconsumed_tail:
            raise InvalidRequest(f"the job's payload unpacks to more than {MAX_CALL_BYTES} bytes")
        name, _, positional, named = json.loads(document)
    except (zlib.error, ValueError, TypeError, RecursionError) as exc:
        raise InvalidRequest(
            f"the job's payload is not the JSON call that producers write: {exc}"
        ) from exc
    if not isinstance(name, str) or positional or not isinstance(named, dict):
        raise InvalidRequest("the job's payload is not a named function with named arguments")
    return name, named
