"""Convolutions and matrix products of uint8 rows with int8 weights: the C kernel's, or oneDNN's.

oneDNN is at the processor's limit where there is AVX-512. On AVX2 the C kernel is 1.5 times as fast
and writes bf16, which oneDNN does by slow reference code there; on Arm oneDNN has nothing to offer.

PyTorch keeps oneDNN's operations private (`torch.ops.onednn`), and any release may change them, so
`find_int8_fault` first compares a convolution and a product with fp32.
"""

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch.nn import functional

from worker.speech.fast.kernels.library import WIDE, load_kernels
from worker.speech.fast.processor import ZERO_POINT, examine_processor

Product = Callable[[torch.Tensor], torch.Tensor]
"""Multiplies uint8 rows, zero point 128, with the weight that it holds."""

_PACKING_FRAMES = 1000
_INT8_TOLERANCE = 0.02
"""Relative to the largest value: bf16 results keep 8 bits; a wrong layout differs far more."""

_TILE_CHANNELS, _TILE_STEP, _TILE_RUN = 16, 8, 4
"""The packed layout of ``int8_products.c``: OUTS, STEP, and numbers of a channel in a row."""
_LARGEST_SUM = 128
"""255 * 128 is the largest multiple of 255 below 2 ** 15."""


@dataclass(frozen=True, slots=True)
class Int8Form:
    """How int8 products are computed on a processor."""

    kernels: ctypes.CDLL | None
    """The C kernels where they compute the products; None is oneDNN."""
    answer: torch.dtype
    """Of oneDNN's convolution: without AVX-512 it answers in bf16 by its slow reference code."""
    largest_weight: int
    """Without VNNI oneDNN sums two products of uint8 and int8 in 16 bits, which saturate:
    2 * 255 * 64 = 32,640 does not, 2 * 255 * 127 does."""
    sums_four: bool
    """Whether four products are summed in 16 bits, which `limit_sums` makes room for."""


@cache
def find_int8_form() -> Int8Form:
    """Return the form for this processor, which is the same for the life of a process."""
    processor = examine_processor()
    kernels = None
    if not processor.has_avx512 and (processor.has_avx2 or processor.has_neon):
        kernels = load_kernels(processor.level)
    has_dots = kernels is not None and processor.has_neon and kernels.ktts_use(WIDE) == WIDE
    return Int8Form(
        kernels,
        torch.bfloat16 if processor.has_avx512 else torch.float32,
        127 if kernels or processor.has_vnni else 64,
        sums_four=bool(kernels) and not has_dots,
    )


def find_int8_fault() -> str:
    """Try the int8 operations on small tensors; return what is wrong, empty where nothing is."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.randint(0, 256, (3, 9, 16), generator=generator, dtype=torch.uint8)
    # Any four of them may be summed in 16 bits.
    largest = 32 if find_int8_form().sums_four else find_int8_form().largest_weight
    weight = torch.randint(
        -largest, largest + 1, (16, 16, 3), generator=generator, dtype=torch.int8
    )
    scales = torch.rand(16, generator=generator) / 100
    bias = torch.rand(16, generator=generator)
    dense = weight.float() * scales.view(-1, 1, 1)
    centred = rows.float() - ZERO_POINT
    convolved = functional.conv1d(centred.transpose(1, 2), dense, bias, padding=1).transpose(1, 2)
    multiplied = functional.linear(centred[0], dense[:, :, 0], bias)
    curved = functional.gelu(multiplied, approximate="tanh")
    matrix = weight[:, :, 0].contiguous()
    try:
        pairs = (
            (convolved, pack_convolution(weight, scales, bias, 1)(rows)),
            (multiplied, pack_matrix(matrix, scales, bias)(rows[0])),
            (curved, pack_matrix(matrix, scales, bias, is_gelu=True)(rows[0])),
        )
    except (AttributeError, RuntimeError, TypeError) as exc:
        reason = str(exc).partition("\n")[0]
        return f"int8 products do not run under PyTorch {torch.__version__}: {reason}"
    for expected, found in pairs:
        error = _relative_error(expected, found.float())
        # Written this way round because NaN compares as false.
        if not error <= _INT8_TOLERANCE:
            return f"int8 products are wrong by {error:.2g} of the peak"
    return ""


def pack_convolution(
    weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor, padding: int
) -> Product:
    """Pack a weight; return what makes bf16 (images, rows, out) of uint8 (images, rows, in).

    The scale of the input is 1, because the weight contains it, channel by channel.

    Args:
        weight: int8, (out, in, width).
        scales: float32, (out,): size of one step.
        bias: float32, (out,).
        padding: zero frames on both sides.
    """
    kernels = find_int8_form().kernels
    if kernels:
        return NativeProduct(kernels, weight, scales, bias, padding=padding, answer=torch.bfloat16)
    return OnednnConvolution(weight, scales, bias, padding)


def pack_matrix(
    matrix: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor, *, is_gelu: bool = False
) -> Product:
    """Pack a matrix, int8 (out, in); return what makes float32 (n, out) of uint8 (n, in).

    Args:
        matrix: its step is `scales`, float32 (out,); that of the input is 1.
        scales: as in `pack_convolution`.
        bias: float32, (out,).
        is_gelu: apply GELU (its tanh form) to the result.
    """
    kernels = find_int8_form().kernels
    if kernels is None:
        return OnednnProduct(matrix, scales, bias, is_gelu=is_gelu)
    product = NativeProduct(
        kernels, matrix.unsqueeze(2), scales, bias, padding=0, answer=torch.float32
    )

    def multiply(rows: torch.Tensor) -> torch.Tensor:
        found = product(rows.unsqueeze(0))[0]
        return functional.gelu(found, approximate="tanh") if is_gelu else found

    return multiply


def limit_sums(steps: torch.Tensor) -> torch.Tensor:
    """Return by how much each channel's weight is too large for sums of four in 16 bits.

    Bytes of 0 to 255 make the largest sum where a weight is positive, and the smallest where it is
    negative. So neither the positive nor the negative ones of four may add up to more than 128.

    Args:
        steps: int8 steps as float32, (out, in, width).

    Returns:
        float32, (out,): the largest of those sums over 128.
    """
    runs = _flatten(steps).view(len(steps), -1, 2, _TILE_RUN // 2, 2)
    fours = runs.transpose(2, 3).flatten(3)
    upper, lower = fours.clamp(min=0).sum(3), fours.clamp(max=0).sum(3)
    return torch.maximum(upper, -lower).amax((1, 2)) / _LARGEST_SUM


class NativeProduct:
    """A convolution of the C kernel; one of width 1 is a matrix product."""

    def __init__(
        self,
        kernels: ctypes.CDLL,
        weight: torch.Tensor,
        scales: torch.Tensor,
        bias: torch.Tensor,
        *,
        padding: int,
        answer: torch.dtype,
    ) -> None:
        """Pack a weight, int8 (out, in, width); see `pack_convolution`."""
        self._multiply = kernels.ktts_multiply
        self._channels, _, self._width = weight.shape
        self._padding = padding
        self._answer = answer
        missing = -self._channels % _TILE_CHANNELS
        rows = functional.pad(_flatten(weight), (0, 0, 0, missing))
        panels = rows.view(-1, _TILE_CHANNELS, rows.shape[1] // _TILE_RUN, _TILE_RUN)
        self._weights = panels.transpose(1, 2).contiguous()
        self._starts = (rows.int().sum(1) * -ZERO_POINT).int()
        self._scales, self._bias = (
            functional.pad(each.float(), (0, missing)) for each in (scales, bias)
        )

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """Return (images, rows, out) for uint8 (images, rows, in)."""
        rows = rows.contiguous()
        images, length, channels = rows.shape
        made = length + 2 * self._padding - self._width + 1
        out = torch.empty((images, made, self._channels), dtype=self._answer)
        status = self._multiply(
            *(rows.data_ptr(), images, length, channels),
            *(self._width, self._padding, self._channels),
            *(self._weights.data_ptr(), self._starts.data_ptr()),
            *(self._scales.data_ptr(), self._bias.data_ptr()),
            *(self._answer == torch.float32, out.data_ptr()),
        )
        if status:
            raise MemoryError("no memory for the edges of one convolution")
        return out


class OnednnConvolution:
    """A convolution of oneDNN."""

    def __init__(
        self, weight: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor, padding: int
    ) -> None:
        """Pack a weight; see `pack_convolution`."""
        self._scales, self._bias, self._padding = scales, bias, padding
        self._zero_points = torch.zeros(len(scales), dtype=torch.int)
        image = [1, weight.shape[1], 1, _PACKING_FRAMES]
        self._packed: Any = torch.ops.onednn.qconv_prepack(
            weight.unsqueeze(2), scales, 1.0, ZERO_POINT, [1, 1], [0, padding], [1, 1], 1, image
        )

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """Return bf16 (images, rows, out) for uint8 (images, rows, in)."""
        image = rows.permute(0, 2, 1).unsqueeze(2)
        sizes = [1, 1], [0, self._padding], [1, 1], 1
        answer = 1.0, 0, find_int8_form().answer
        found = torch.ops.onednn.qconv_pointwise(
            *(image, 1.0, ZERO_POINT),
            *(self._packed, self._scales, self._zero_points, self._bias),
            *(*sizes, *answer, "none", [], "none"),
        )
        return found.squeeze(2).permute(0, 2, 1).to(torch.bfloat16).contiguous()


class OnednnProduct:
    """A matrix product of oneDNN."""

    def __init__(
        self, matrix: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor, *, is_gelu: bool
    ) -> None:
        """Pack a matrix; see `pack_matrix`."""
        self._scales, self._bias = scales, bias
        self._zero_points = torch.zeros(len(scales), dtype=torch.int)
        self._after: tuple[object, ...] = ("gelu", [], "tanh") if is_gelu else ("none", [], "none")
        self._packed: Any = torch.ops.onednn.qlinear_prepack(matrix, None)

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """Return float32 (n, out) for uint8 (n, in), contiguous."""
        found: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(rows, 1.0, ZERO_POINT),
            *(self._packed, self._scales, self._zero_points, self._bias),
            *(1.0, 0, torch.float32, *self._after),
        )
        return found


def _flatten(weight: torch.Tensor) -> torch.Tensor:
    """Return (out, depth) for (out, in, width): tap after tap, zeros up to a whole step."""
    flat = weight.transpose(1, 2).flatten(1)
    return functional.pad(flat, (0, -flat.shape[1] % _TILE_STEP))


def _relative_error(expected: torch.Tensor, found: torch.Tensor) -> float:
    """Return the largest difference over the largest value; infinite for another shape."""
    if found.shape != expected.shape:
        return math.inf
    return float((found - expected).abs().max() / expected.abs().max())
