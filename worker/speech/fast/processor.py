"""Examines the processor: which instructions there are, and which of them masks leave."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import torch

from worker.speech.fast.kernels.library import NARROW, PLAIN, WIDE

CPUINFO = Path("/proc/cpuinfo")

# They switch instructions off without any probe noticing, so they are part of the identity.
_MASKS = (
    "ONEDNN_MAX_CPU_ISA",
    "DNNL_MAX_CPU_ISA",
    "ATEN_CPU_CAPABILITY",
    "MKL_ENABLE_INSTRUCTIONS",
)

_ISA_RANKS = {
    "SSE41": 0,
    "AVX": 0,
    "AVX2": 1,
    "AVX2_VNNI": 2,
    "AVX2_VNNI_2": 2,
    "AVX512_CORE": 3,
    "AVX512_CORE_VNNI": 4,
}
"""Values of oneDNN's mask, by what they leave; all others leave everything."""
_UNMASKED = 5

_ARM = ("aarch64", "arm64")

ZERO_POINT = 128
"""The uint8 value that means zero."""


@dataclass(frozen=True, slots=True)
class Processor:
    """The properties of a processor that decide about precision."""

    name: str
    """Architecture and model name, for people and as a key."""
    has_avx2: bool
    has_avx512: bool
    has_vnni: bool
    """int8 products that are summed in 32 bits: AVX-512, AMX, or AVX-VNNI without AVX-512."""
    has_bf16: bool
    """bf16 products in AVX-512 or AMX."""
    has_neon: bool = False
    """64-bit Arm."""
    masks: str = ""
    """Environment variables that switch instructions off, as ``NAME=value``."""

    @property
    def identity(self) -> str:
        """Key for caches and fingerprints; it differs where any property does."""
        kinds = (
            ("avx2", self.has_avx2 and not self.has_avx512),
            ("avx512", self.has_avx512),
            ("vnni", self.has_vnni),
            ("bf16", self.has_bf16),
            ("neon", self.has_neon),
        )
        return " ".join([self.name, *(name for name, has in kinds if has), self.masks]).strip()

    @property
    def level(self) -> int:
        """Most that the C kernels may use, as in `kernels.library`; they look for themselves."""
        if self.has_avx512 or self.has_neon:
            return WIDE
        return NARROW if self.has_avx2 else PLAIN

    @property
    def vectors(self) -> str:
        """Name of the instructions that int8 products need; empty where there are none."""
        names = {
            "AVX-512": self.has_avx512,
            "AVX2": self.has_avx2,
            "NEON": self.has_neon,
        }
        found = next((name for name, has in names.items() if has), "")
        return f"{found} with VNNI" if found and self.has_vnni else found


def examine_processor(cpuinfo: Path = CPUINFO) -> Processor:
    """Ask PyTorch, or read /proc/cpuinfo where PyTorch lacks the private functions."""
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    flags = set((_field("flags", text) or "").split())

    def can(probe: str, *names: str) -> bool:
        asked = getattr(torch.cpu, f"_is_{probe}_supported", None)
        return bool(asked()) if asked else bool(flags.intersection(names))

    has_amx = can("amx_tile", "amx_tile")
    mask = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA") or ""
    rank = _ISA_RANKS.get(mask.upper(), _UNMASKED)
    has_avx512 = rank >= _ISA_RANKS["AVX512_CORE"] and can("avx512", "avx512f")
    has_avx512_vnni = rank >= _ISA_RANKS["AVX512_CORE_VNNI"] and (
        can("vnni", "avx512_vnni") or has_amx
    )
    has_avx2_vnni = rank >= _ISA_RANKS["AVX2_VNNI"] and "avx_vnni" in flags
    return Processor(
        name=f"{platform.machine()} {_field('model name', text) or platform.processor()}".strip(),
        has_avx2=rank >= _ISA_RANKS["AVX2"] and can("avx2", "avx2"),
        has_avx512=has_avx512,
        has_vnni=has_avx512_vnni if has_avx512 else has_avx2_vnni,
        has_bf16=rank >= _UNMASKED and (can("avx512_bf16", "avx512_bf16") or has_amx),
        has_neon=platform.machine() in _ARM,
        masks=" ".join(f"{name}={os.environ[name]}" for name in _MASKS if os.environ.get(name)),
    )


def _field(name: str, cpuinfo: str) -> str | None:
    found = re.search(rf"^{name}\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1] if found else None
