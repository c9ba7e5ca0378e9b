"""What this processor can do at most: one large matrix product in each kind of number.

    python -m scripts.measure.speed.ceiling THREADS

prints ``{"fp32": 190.0, "bf16": 410.0, "int8": 900.0}``, in thousand million operations per second;
null where PyTorch has no such product here. A process of its own, so that whoever measures does not
hold PyTorch.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from jobs.child import child_command

GIGA_OPERATIONS_PER_SECOND_OF_AUDIO = 63.0
"""31.5 thousand million multiply-adds in Kokoro's network per second of audio, counted."""

KINDS = ("fp32", "bf16", "int8")
_SIZE = 1024
_SECONDS_PER_KIND = 1.5
_CHILD_SECONDS = 120


def measure_ceiling(threads: int, environment: Mapping[str, str]) -> dict[str, float | None]:
    """Return the best rate of each kind, measured in a child; all None where there is no answer."""
    try:
        ended = subprocess.run(
            child_command("-m", __name__, str(threads)),
            capture_output=True,
            text=True,
            env=dict(environment),
            timeout=_CHILD_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return dict.fromkeys(KINDS)
    rates: dict[str, float | None] = json.loads(ended.stdout.splitlines()[-1])
    return rates


def share_of_ceiling(speed: float, ceiling: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return how much of each rate a speed (seconds of audio per second) amounts to."""
    done = speed * GIGA_OPERATIONS_PER_SECOND_OF_AUDIO
    return {kind: round(done / rate, 3) if rate else None for kind, rate in ceiling.items()}


def main(argv: list[str]) -> int:
    """Measure every kind."""
    import torch

    torch.set_num_threads(int(argv[0]))
    print(json.dumps({kind: _measure(kind, torch) for kind in KINDS}))
    return 0


def _measure(kind: str, torch: Any) -> float | None:
    try:
        multiply = _prepare(kind, torch)
        multiply()
    except (RuntimeError, AttributeError):  # not on this processor, not in this PyTorch
        return None
    best_seconds = float("inf")
    end = time.perf_counter() + _SECONDS_PER_KIND
    while (started := time.perf_counter()) < end:
        multiply()
        best_seconds = min(best_seconds, time.perf_counter() - started)
    return round(2 * _SIZE**3 / best_seconds / 1e9, 1)


def _prepare(kind: str, torch: Any) -> Callable[[], object]:
    if kind == "int8":
        small = [torch.randint(-127, 127, (_SIZE, _SIZE), dtype=torch.int8) for _ in range(2)]
        return lambda: torch._int_mm(*small)  # noqa: SLF001  # the one int8 product that there is
    dtype = torch.float32 if kind == "fp32" else torch.bfloat16
    a, b = (torch.randn(_SIZE, _SIZE).to(dtype) for _ in range(2))
    return lambda: a @ b


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
