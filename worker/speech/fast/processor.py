"""Examines the processor, and calls oneDNN's int8 operations, which PyTorch keeps private.

Only this file uses private names of PyTorch: `torch.cpu._is_*` and `torch.ops.onednn`. Any release
may change them, so `find_int8_fault` first compares a convolution and a product with fp32.
"""

from __future__ import annotations

import math
import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

CPUINFO = Path("/proc/cpuinfo")

# They switch instructions off without any probe noticing, so they are part of the identity.
_MASKS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")

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

_ZERO_POINT = 128
_PACKING_FRAMES = 1000
_INT8_TOLERANCE = 0.02
"""Relative to the largest value: bf16 results keep 8 bits; a wrong layout differs far more."""


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
        )
        return " ".join([self.name, *(name for name, has in kinds if has), self.masks]).strip()


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
        masks=" ".join(f"{name}={os.environ[name]}" for name in _MASKS if os.environ.get(name)),
    )


@dataclass(frozen=True, slots=True)
class Int8Form:
    """How int8 products are to be asked for on a processor."""

    answer: torch.dtype
    """Of a convolution: oneDNN answers in bf16 by its slow reference code where there is no
    AVX-512."""
    largest_weight: int
    """Without VNNI two products of uint8 and int8 are summed in 16 bits, which saturate:
    2 * 255 * 64 = 32,640 does not, 2 * 255 * 127 does."""


@cache
def find_int8_form() -> Int8Form:
    """Return the form for this processor, which is the same for the life of a process."""
    processor = examine_processor()
    return Int8Form(
        torch.bfloat16 if processor.has_avx512 else torch.float32,
        127 if processor.has_vnni else 64,
    )


def find_int8_fault() -> str:
    """Try the int8 operations on small tensors; return what is wrong, empty where nothing is."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 256, (3, 9, 16), generator=generator, dtype=torch.uint8)
    largest = find_int8_form().largest_weight
    weight = torch.randint(
        -largest, largest + 1, (16, 16, 3), generator=generator, dtype=torch.int8
    )
    scales = torch.rand(16, generator=generator) / 100
    bias = torch.rand(16, generator=generator)
    dense = weight.float() * scales.view(-1, 1, 1)
    centred = rows.float() - _ZERO_POINT
    convolved = functional.conv1d(centred.transpose(1, 2), dense, bias, padding=1).transpose(1, 2)
    multiplied = functional.linear(centred[0], dense[:, :, 0], bias)
    curved = functional.gelu(multiplied, approximate="tanh")
    matrix = weight[:, :, 0].contiguous()
    try:
        pairs = (
            (convolved, convolve_int8(rows, pack_int8(weight, scales, 1), scales, bias, 1)),
            (multiplied, multiply_int8(rows[0], pack_matrix_int8(matrix), scales, bias)),
            (curved, multiply_int8(rows[0], pack_matrix_int8(matrix), scales, bias, is_gelu=True)),
        )
    except (AttributeError, RuntimeError, TypeError) as exc:
        reason = str(exc).partition("\n")[0]
        return f"oneDNN's int8 products do not run under PyTorch {torch.__version__}: {reason}"
    for expected, found in pairs:
        error = _relative_error(expected, found.float())
        # Written this way round because NaN compares as false.
        if not error <= _INT8_TOLERANCE:
            return f"oneDNN's int8 products are wrong by {error:.2g} of the peak"
    return ""


def pack_int8(weight: torch.Tensor, scales: torch.Tensor, padding: int) -> Any:
    """Pack a weight for `convolve_int8`.

    Args:
        weight: int8, (out, in, width).
        scales: float32, (out,): size of one step.
        padding: zero frames on both sides.
    """
    image = [1, weight.shape[1], 1, _PACKING_FRAMES]
    return torch.ops.onednn.qconv_prepack(
        weight.unsqueeze(2), scales, 1.0, _ZERO_POINT, [1, 1], [0, padding], [1, 1], 1, image
    )


def convolve_int8(
    rows: torch.Tensor, packed: Any, scales: torch.Tensor, bias: torch.Tensor, padding: int
) -> torch.Tensor:
    """Convolve uint8 rows (images, rows, in), zero point 128; return bf16 (images, rows, out).

    The scale of the input is 1, because the weight contains it, channel by channel.
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
        find_int8_form().answer,
        "none",
        [],
        "none",
    )
    return found.squeeze(2).permute(0, 2, 1).to(torch.bfloat16).contiguous()


def pack_matrix_int8(weight: torch.Tensor) -> Any:
    """Pack a matrix, int8 (out, in), for `multiply_int8`."""
    return torch.ops.onednn.qlinear_prepack(weight, None)


def multiply_int8(
    rows: torch.Tensor,
    packed: Any,
    scales: torch.Tensor,
    bias: torch.Tensor,
    *,
    is_gelu: bool = False,
) -> torch.Tensor:
    """Multiply uint8 rows (n, in), zero point 128, with a matrix; return float32 (n, out).

    Args:
        rows: uint8, contiguous; the scale of the input is 1, as in `convolve_int8`.
        packed: from `pack_matrix_int8`.
        scales: float32, (out,): size of one step of the matrix.
        bias: float32, (out,).
        is_gelu: apply GELU (its tanh form) to the result.
    """
    found: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
        rows,
        1.0,
        _ZERO_POINT,
        packed,
        scales,
        torch.zeros(len(scales), dtype=torch.int),
        bias,
        1.0,
        0,
        torch.float32,
        "gelu" if is_gelu else "none",
        [],
        "tanh" if is_gelu else "none",
    )
    return found


def _relative_error(expected: torch.Tensor, found: torch.Tensor) -> float:
    """Return the largest difference over the largest value; infinite for another shape."""
    if found.shape != expected.shape:
        return math.inf
    return float((found - expected).abs().max() / expected.abs().max())


def _field(name: str, cpuinfo: str) -> str | None:
    found = re.search(rf"^{name}\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return found[1] if found else None
