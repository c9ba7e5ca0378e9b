"""The versions of what decides, beside the request, which words are said and how long it is silent.

The request itself says the rest: its text, word list, language and way of reading are in its id.
Audio of two text versions does not belong into one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .pauses import PAUSES

READING_VERSION = "2"
"""Raise it when the same text would be read otherwise."""

CHUNKER_VERSION = "4"
"""Raise it when the same text would be cut or normalised otherwise."""

_NAMES = {"reading": "reading rules", "chunker": "cutting into chunks", "pauses": "pauses"}


def text_version(reading: str = "full") -> dict[str, str]:
    """Return the versions for a way of reading, by their names in a fingerprint."""
    return {
        "reading": READING_VERSION if reading == "full" else reading,
        "chunker": CHUNKER_VERSION,
        "pauses": PAUSES.fingerprint,
    }


def describe_change(then: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say what differs between two text versions: ``reading rules 1, now 2; pauses ...``."""
    return "; ".join(_name_changes(then, now))


def _name_changes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for key in {**now, **then}:
        if then.get(key) != now.get(key):
            before, after = then.get(key, "without a version"), now.get(key, "none")
            yield f"{_NAMES.get(key, key)} {before}, now {after}"
