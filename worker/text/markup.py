"""Pauses that the producer writes into the text: ``[pause:1.5s]`` or ``[pause:500ms]``."""

from __future__ import annotations

import re

MAX_PAUSE_SECONDS = 60.0
"""A longer pause is shortened to this; so is the sum of pauses at one place."""

PAUSE = re.compile(
    r"\s*\[pause:[ \t]?(?P<amount>\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})[ \t]?(?P<unit>ms|s)\]",
    re.IGNORECASE,
)


def read_pause(match: re.Match[str]) -> float:
    """Return the length in seconds of a match of `PAUSE`."""
    scale = 0.001 if match["unit"].lower() == "ms" else 1.0
    return min(float(match["amount"]) * scale, MAX_PAUSE_SECONDS)
