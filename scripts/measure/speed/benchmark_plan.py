"""What a run measures: whole, or the quick one that ends within three minutes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from scripts.measure.speed.texts import MEDIUM, SHORT, cut_text

QUICK_SECONDS = 165.0
"""What a quick run may take before it leaves out all but the first round."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Texts and repetitions."""

    texts: Mapping[str, str]
    """Size to what this product speaks."""
    peer_texts: Mapping[str, str]
    """Size to what the peers speak: the same text, or the start of it."""
    rounds: Mapping[str, int]
    """Size to repetitions."""
    starts: int
    """How often each contestant is started to take the time."""
    scaling_text: str
    scaling_rounds: int
    path_rounds: int = 1
    """How often each arithmetic is measured by itself."""
    seconds: float = float("inf")
    """Time for all of it."""

    @property
    def slices(self) -> dict[str, str]:
        """Say where the peers speak less than this product."""
        return {
            size: f"peers speak the first {len(self.peer_texts[size])} of {len(text)} characters"
            for size, text in self.texts.items()
            if self.peer_texts[size] != text
        }


def make_plan(book: str, *, quick: bool, whole: bool) -> Plan:
    """Return the plan of a run.

    Args:
        book: The long text.
        quick: Take the start of everything, once.
        whole: Let the peers speak the whole book too: three times as long.
    """
    medium = cut_text(MEDIUM, 250) if quick else MEDIUM
    long = cut_text(book, 1_500) if quick else book
    long_for_peers = long if whole else cut_text(book, 400 if quick else 2_000)
    return Plan(
        texts={"short": SHORT, "medium": medium, "book": long},
        peer_texts={"short": SHORT, "medium": medium, "book": long_for_peers},
        rounds={"short": 2, "medium": 1, "book": 1} if quick else _ROUNDS,
        starts=1 if quick else 3,
        scaling_text=cut_text(book, 600 if quick else 2_500),
        scaling_rounds=1 if quick else 3,
        path_rounds=1 if quick else 5,
        seconds=QUICK_SECONDS if quick else float("inf"),
    )


_ROUNDS = {"short": 7, "medium": 5, "book": 3}


class Clock:
    """The time that a run has left."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self._end = time.monotonic() + seconds

    def has(self, seconds: float = 0.0) -> bool:
        """Say whether there are so many seconds left."""
        return time.monotonic() + seconds < self._end
