"""The machine that was measured on, as far as the figures depend on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

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
_PACKAGES = ("torch", "kokoro", "onnxruntime", "kokoro-onnx", "numpy")


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
