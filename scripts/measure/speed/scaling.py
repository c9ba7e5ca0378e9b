"""One replica against two, each with one thread on a core of its own."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from scripts.measure.speed.comparison import ratios_by_round, spread_of
from scripts.measure.speed.product import Product

REPLICAS = 2


@dataclass(frozen=True, slots=True)
class Scaling:
    """Speeds of one and of two replicas, round by round."""

    cores: tuple[int, ...]
    alone: tuple[float, ...]
    """Seconds of audio per second of one replica, the other idle."""
    together: tuple[float, ...]
    """Of both at once."""

    def describe(self) -> dict[str, Any]:
        """Return the facts for the document."""
        alone, together = spread_of(self.alone), spread_of(self.together)
        ratio = spread_of(ratios_by_round(self.together, self.alone))
        return {
            "replicas": REPLICAS,
            "threads_each": 1,
            "cores": list(self.cores),
            "one": asdict(alone) if alone else None,
            "two": asdict(together) if together else None,
            "ratio": round(ratio.median, 3) if ratio else None,
            "ratio_spread": [round(ratio.low, 3), round(ratio.high, 3)] if ratio else None,
        }


def measure_scaling(
    product: Product,
    cores: tuple[int, ...],
    text: str,
    rounds: int,
    tell: Callable[[str], None],
) -> Scaling:
    """Let one replica and then both speak `text`, by turns.

    Raises:
        StartupError: the replicas do not start.
    """
    alone, together = [], []
    try:
        product.start()
        _speak_together(product, text, REPLICAS)  # warm: first texts load the pronunciation
        for number in range(rounds):
            alone.append(_speak_together(product, text, 1))
            together.append(_speak_together(product, text, REPLICAS))
            tell(f"scaling {number + 1}: {alone[-1]:.2f}x and {together[-1]:.2f}x real time")
    finally:
        product.stop()
    return Scaling(cores, tuple(alone), tuple(together))


def _speak_together(product: Product, text: str, count: int) -> float:
    """Return the seconds of audio per second of `count` jobs that run at once."""
    submitted = time.monotonic()
    jobs = [product.submit(text) for _ in range(count)]
    takes = [product.follow(job, submitted) for job in jobs]
    return sum(take.audio_seconds for take in takes) / max(take.wall_seconds for take in takes)
