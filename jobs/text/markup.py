"""What a text may hold that is not read out: pauses, voices, and how a word is said."""

from __future__ import annotations

import re

from .pauses import PAUSES

PAUSE = re.compile(
    r"\s*\[pause:[ \t]?(?P<amount>\d{1,6}(?:\.\d{1,6})?|\.\d{1,6})[ \t]?(?P<unit>ms|s)\]",
    re.IGNORECASE,
)
"""``[pause:1.5s]`` or ``[pause:500ms]``."""

VOICE = re.compile(r"\[/?voice(?::[^\[\]\n]{0,200})?\]", re.IGNORECASE)
"""``[voice:am_adam]`` in a book: who speaks from there on."""

SOUND = re.compile(r"\[(?P<word>[^\[\]\n]{1,200})\]\(/(?P<phonemes>[^/\n]{1,200})/\)")
"""``[Kokoro](/kˈOkəɹO/)``: the word, and how it is said."""


def read_pause(match: re.Match[str]) -> float:
    """Return the length in seconds of a match of `PAUSE`."""
    scale = 0.001 if match["unit"].lower() == "ms" else 1.0
    return min(float(match["amount"]) * scale, PAUSES.longest_seconds)


def write_pause(seconds: float) -> str:
    """Return the markup that `read_pause` reads as `seconds`."""
    return f"[pause:{seconds:g}s]"


def unnamed(pattern: re.Pattern[str]) -> str:
    """Return the source of `pattern` without names for its groups, to be part of another one."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern.pattern)
