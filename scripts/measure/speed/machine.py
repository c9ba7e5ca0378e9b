"""The machine that was measured on, as far as the figures depend on it, and who else computed."""

import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from jobs.child import child_command
from scripts.local_stack.parent_death import end_with_parent

QUIET_SHARE = 0.05
"""A run is quiet where others took less of the cores' time while somebody was measured."""

ISA_MASKS = {
    "avx2": {
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    }
}
"""Environments that hold PyTorch's libraries to fewer instructions; our C kernels obey oneDNN's.

ONNX Runtime knows no such mask.
"""

_CPUINFO = Path("/proc/cpuinfo")
_TOPOLOGY = Path("/sys/devices/system/cpu")
_TELLING_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "i8mm",
    "bf16",
)
_PACKAGES = ("kokoro-tts-processor", "torch", "kokoro", "onnxruntime", "kokoro-onnx", "numpy")


def describe_machine() -> dict[str, object]:
    """Return processor, cores, load, versions."""
    text = _CPUINFO.read_text(errors="replace") if _CPUINFO.exists() else ""
    flags = set(_find_field(text, ("flags", "Features")).split())
    return {
        "processor": _find_field(text, ("model name",)) or platform.processor(),
        "features": [flag for flag in _TELLING_FLAGS if flag in flags],
        "cores": len(allowed_cores()),
        "load_average": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": _find_versions(_PACKAGES),
    }


def allowed_cores() -> list[int]:
    """Return the logical processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # macOS has no such call
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def separate_cores(topology: Path = _TOPOLOGY) -> list[int]:
    """Return one allowed logical processor of each physical core."""
    seen: dict[str, int] = {}
    for core in allowed_cores():
        siblings = topology / f"cpu{core}" / "topology" / "thread_siblings_list"
        key = siblings.read_text().strip() if siblings.exists() else str(core)
        seen.setdefault(key, core)
    return sorted(seen.values())


@dataclass(slots=True)
class LoadMeter:
    """Adds up what other programs computed while somebody was measured."""

    read_all: Callable[[], float]
    """Returns the seconds that this process's cores have computed since the system's start."""
    read_ours: Callable[[], float]
    """Returns the seconds of this process and those that it has started, ended ones too."""
    clock: Callable[[], float] = time.monotonic
    _others: float = field(default=0.0, init=False)
    _wall: float = field(default=0.0, init=False)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Count what others compute in the meantime."""
        before = self.clock(), self.read_all() - self.read_ours()
        yield
        self._wall += self.clock() - before[0]
        self._others += max(0.0, self.read_all() - self.read_ours() - before[1])

    def describe(self) -> dict[str, object]:
        """Return the facts for the document; None where nothing could be measured."""
        cores = len(allowed_cores())
        if not self._wall:
            return {"cores": None, "is_quiet": None}
        busy = self._others / self._wall
        return {"cores": round(busy, 3), "is_quiet": busy < QUIET_SHARE * cores}


def measure_load() -> LoadMeter:
    """Return a meter for this machine."""
    import psutil

    return LoadMeter(lambda: _computed_seconds(psutil), lambda: _our_seconds(psutil))


@contextmanager
def keep_core_busy() -> Iterator[int]:
    """Let a process compute on the last of our cores in the meantime; yields that core."""
    core = allowed_cores()[-1]
    command = child_command("-c", "while True: pass")
    with subprocess.Popen(end_with_parent(command, signal.SIGKILL)) as process:
        try:
            if hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(process.pid, {core})
            yield core
        finally:
            process.kill()


def _computed_seconds(psutil: Any) -> float:
    """Return what our cores computed for anybody; what the host kept back counts as well."""
    cores = psutil.cpu_times(percpu=True)
    times = [cores[core] for core in allowed_cores() if core < len(cores)]
    kinds = ("user", "nice", "system", "irq", "softirq", "steal")
    return float(sum(getattr(each, kind, 0.0) for each in times for kind in kinds))


def _our_seconds(psutil: Any) -> float:
    here = psutil.Process()
    total = 0.0
    for process in (here, *here.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has ended
            continue
        # What a process has started and waited for counts as well, or it would be others' load.
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _find_field(cpuinfo: str, names: tuple[str, ...]) -> str:
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in names:
            return value.strip()
    return ""


def _find_versions(names: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
