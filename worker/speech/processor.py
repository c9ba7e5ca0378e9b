"""What this processor can do, and the int8 convolution that oneDNN hides inside PyTorch.

The one file that touches private names of PyTorch: `torch.cpu._is_*` and `torch.ops.onednn`. Both
may change with any release, so `find_int8_fault` compares a real convolution with plain arithmetic
before anybody relies on it.
"""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

CPUINFO = Path("/proc/cpuinfo")

# They switch instructions off behind the back of every probe, so they belong to the identity.
_MASKS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")

_ZERO_POINT = 128
_PACKING_FRAMES = 1000
_INT8_TOLERANCE = 0.02
"""Of the largest value: the answer comes in bf16, which keeps 8 bits; a wrong layout is far off."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A processor, as far as the choice of arithmetic depends on it."""

    name: str
    """The maker's name and the family, for people and as a key."""
    has_avx512: bool
    has_vnni: bool
    """int8 products in AVX-512; AMX counts too."""
    has_bf16: bool
    """bf16 products in AVX-512 or AMX."""
    masks: str = ""
    """Environment variables that switch instructions off, as ``NAME=value``."""

    @property
    def identity(self) -> str:
        """Name it for a cache or a fingerprint: other answers, another identity."""
        kinds = (("avx512", self.has_avx512), ("vnni", self.has_vnni), ("bf16", self.has_bf16))
        return " ".join([self.name, *(name for name, has in kinds if has), self.masks]).strip()


def examine_processor(cpuinfo: Path = CPUINFO) -> Processor:
    """Ask PyTorch, or /proc/cpuinfo where its private answers are gone."""
    text = cpuinfo.read_text() if cpuinfo.is_file() else ""
    flags = set((_field("flags", text) or "").split())

    def can(probe: str, *names: str) -> bool:
        asked = getattr(torch.cpu, f"_is_{probe}_supported", None)
        return bool(asked()) if asked else bool(flags.intersection(names))

    has_amx = can("amx_tile", "amx_tile")
    return Processor(
        name=f"{platform.machine()} {_field('model name', text) or platform.processor()}".strip(),
        has_avx512=can("avx512", "avx512f"),
        has_vnni=can("vnni", "avx512_vnni") or has_amx,
        has_bf16=can("avx512_bf16", "avx512_bf16") or has_amx,
        masks=" ".join(f"{name}={os.environ[name]}" for name in _MASKS if os.environ.get(name)),
    )


def find_int8_fault() -> str:
    """Convolve a little in int8; return what is wrong with it, empty where nothing is."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 256, (3, 9, 16), generator=generator, dtype=torch.uint8)
    weight = torch.randint(-127, 128, (16, 16, 3), generator=generator, dtype=torch.int8)
    scales = torch.rand(16, generator=generator) / 100
    bias = torch.rand(16, generator=generator)
    dense = weight.float() * scales.view(-1, 1, 1)
    centred = rows.float().transpose(1, 2) - _ZERO_POINT
    expected = torch.nn.functional.conv1d(centred, dense, bias, padding=1).transpose(1, 2)
    try:
        found = convolve_int8(rows, pack_int8(weight, scales, 1), scales, bias, 1).float()
    except (AttributeError, RuntimeError, TypeError) as exc:
        reason = str(exc).partition("\n")[0]
        return f"oneDNN's int8 convolution does not run under PyTorch {torch.__version__}: {reason}"
    error = float((found - expected).abs().max() / expected.abs().max())
    if found.shape == expected.shape and error <= _INT8_TOLERANCE:
        return ""
    return f"oneDNN's int8 convolution is wrong by {error:.2g} of the peak"


def pack_int8(weight: torch.Tensor, scales: torch.Tensor, padding: int) -> Any:
    """Lay a weight out as oneDNN wants it.

    Args:
        weight: int8, (out, in, width).
        scales: float32, (out,): what one step is worth.
        padding: frames of zero on both sides.
    """
    image = [1, weight.shape[1], 1, _PACKING_FRAMES]
    return torch.ops.onednn.qconv_prepack(
        weight.unsqueeze(2), scales, 1.0, _ZERO_POINT, [1, 1], [0, padding], [1, 1], 1, image
    )


def convolve_int8(
    rows: torch.Tensor, packed: Any, scales: torch.Tensor, bias: torch.Tensor, padding: int
) -> torch.Tensor:
    """Convolve uint8 rows (images, rows, in) around 128; return bf16 (images, rows, out).

    The scale of the input is 1: it is folded into the weight, channel by channel.
    """
    image = rows.permute(0, 2, 1).unsqueeze(2)
    zero_points = torch.zeros(len(scales), dtype=torch.int)
    found = torch.ops.onednn.qconv_pointwise(
        image,
        1.0,
        _ZERO_POINT,
        packed,
        scales,
        zero_points,
        bias,
        [1, 1],
        [0, padding],
        [1, 1],
        1,
        1.0,
        0,
        torch.bfloat16,
        "none",
        [],
        "none",
    )
    return found.squeeze(2).permute(0, 2, 1).contiguous()


def _field(name: str, cpuinfo: str) -> str | None:
    found = re.search(rf"^{name}\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1] if found else None
