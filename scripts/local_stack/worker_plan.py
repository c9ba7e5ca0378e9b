"""How many workers a machine gets unless it is told: enough that their threads do not wait.

Of a worker's work 4 % is done by one thread while the others wait, as measured; so each worker gets
about four cores, of which 89 % count, and a larger machine more workers, as its memory allows.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from worker.speech.device.cores import CGROUP, count_cores

SERIAL_SHARE = 0.04
"""Share of the work of one thread that no second thread makes shorter."""
CORES_PER_WORKER = 4
WORKER_BYTES = 2 << 30
"""Memory of a worker: 1.5 GiB after its longest chunks, and room for the next one."""
SPARED_BYTES = 1 << 30
"""Left to the server, the janitor and all else."""

_NVIDIA = Path("/proc/driver/nvidia/gpus")


def measure_efficiency(threads: int) -> float:
    """Return the share of its cores that a worker with so many threads makes use of, by Amdahl."""
    return 1 / (1 + SERIAL_SHARE * (threads - 1))


def plan_workers(cores: int, free_bytes: int) -> int:
    """Return how many workers share `cores`; each then has an equal part of them as threads."""
    by_memory = (free_bytes - SPARED_BYTES) // WORKER_BYTES
    return max(1, min(round(cores / CORES_PER_WORKER), by_memory))


def choose_workers(environment: Mapping[str, str], nvidia: Path = _NVIDIA) -> int:
    """Return the workers of this machine or container.

    It is one where the user has said how many threads it gets, and where the card does the work.
    """
    is_cpu = environment.get("KTTS_DEVICE") == "cpu" or not nvidia.exists()
    if "KTTS_THREADS" in environment or not is_cpu:
        return 1
    return plan_workers(count_cores(), find_free_bytes())


def find_free_bytes(cgroup: Path = CGROUP) -> int:
    """Return the memory that is free, or what the container may have if that is less."""
    import psutil

    free = int(psutil.virtual_memory().available)
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # it is not there, or says "max"
            free = min(free, int((cgroup / name).read_text()))
    return free
