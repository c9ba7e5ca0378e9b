"""Whether memory has grown: the arithmetic of a soak."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, quantiles

WARM_UP_JOBS = 20
"""Jobs that load every language and let the largest tensors be allocated once."""

NOISE_SHARE = 0.02
"""What stays below this share of all memory is no growth: allocators round and keep."""

_MIN_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Growth:
    """What became of the memory after the warm-up."""

    early_bytes: float
    """Middle of the first quarter."""
    late_bytes: float
    """Middle of the last quarter."""
    noise_bytes: float
    """Growth up to this is none."""

    @property
    def growth_bytes(self) -> float:
        """How much more the last quarter holds than the first."""
        return self.late_bytes - self.early_bytes

    @property
    def has_grown(self) -> bool:
        """Whether there is more growth than noise."""
        return self.growth_bytes > self.noise_bytes


def judge_growth(samples: Sequence[int], warm_up: int = WARM_UP_JOBS) -> Growth | None:
    """Compare the first and the last quarter of what comes after the warm-up.

    Args:
        samples: Bytes held after each job, in order.
        warm_up: Samples at the start that do not count.

    Returns:
        None where there are too few samples to say.
    """
    steady = samples[warm_up:]
    if len(steady) < _MIN_SAMPLES:
        return None
    size = len(steady) // 4
    early, late = steady[:size], steady[-size:]
    # How far neighbours differ is noise; a leak moves all of them.
    steps = [abs(after - before) for before, after in pairwise(steady)]
    usual_step = quantiles(steps, n=4)[2]
    noise = max(NOISE_SHARE * median(steady), usual_step)
    return Growth(early_bytes=median(early), late_bytes=median(late), noise_bytes=noise)
