"""Instance norm, style, Snake or leaky ReLU, and quantisation between two convolutions.

`NativeActivation` calls the C kernel; `PlainActivation` computes the same in PyTorch. Because they
sum in different order, few elements differ, by one of 255 steps or one bf16 rounding. A process
uses one of them for its whole life.

Activations are bf16 or uint8, (phases, rows, channels); ``activation.c`` explains the phases.
"""

import ctypes
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from jobs.errors import SynthesisError
from worker.speech.fast.kernels.library import load_kernels
from worker.speech.fast.kernels.sources import kernel_id
from worker.speech.fast.padding import Padding
from worker.speech.fast.processor import ZERO_POINT, examine_processor

_NORM_EPSILON = 1e-5
_NOT_FINITE = 2


@dataclass(frozen=True, slots=True)
class Snake:
    """The constants of one Snake activation, float32, (channels,)."""

    alpha: torch.Tensor
    """Frequency."""
    steps: torch.Tensor | None = None
    """int8 steps per unit; None keeps the result in bf16."""


@dataclass(frozen=True, slots=True)
class LeakyRelu:
    """The constants of one leaky ReLU."""

    negative_slope: float
    """Factor of negative values, 0 to 1; 1 is the identity."""
    steps: torch.Tensor | None = None
    """float32, (channels,): int8 steps per unit; None keeps the result in bf16."""


Nonlinearity = Snake | LeakyRelu


class Activation(Protocol):
    """One implementation of the activation."""

    name: str
    """Part of the fingerprint: another implementation or build gives other bytes."""

    def __call__(
        self,
        rows: torch.Tensor,
        padded: Padding,
        phases: int,
        style: torch.Tensor | None,
        nonlinearity: Nonlinearity,
    ) -> torch.Tensor:
        """Return uint8 or bf16, (phases, ceil(padded.length / phases), channels).

        Args:
            rows: bf16, (phases before, rows, channels), contiguous.
            padded: frames in the rows, and length of the result.
            phases: number of phases of the result.
            style: float32, (2, channels), contiguous: gain and shift; None skips norm and style,
                which only a leaky ReLU allows.
            nonlinearity: the constants.

        Raises:
            SynthesisError: a value is NaN or infinite.
        """


def load_activation(cache: Path | None = None) -> Activation:
    """Return the C kernel, or PyTorch's operations where there is no kernel."""
    kernels = load_kernels(examine_processor().level, cache)
    return NativeActivation(kernels) if kernels else PlainActivation()


class NativeActivation:
    """The C kernel."""

    def __init__(self, kernels: ctypes.CDLL) -> None:
        """Keep the library of `load_kernels`."""
        self.name = f"c-{kernel_id()}"
        self._function = kernels.ktts_activate

    def __call__(
        self,
        rows: torch.Tensor,
        padded: Padding,
        phases: int,
        style: torch.Tensor | None,
        nonlinearity: Nonlinearity,
    ) -> torch.Tensor:
        """See `Activation`."""
        channels = rows.shape[2]
        rows_out = -(-padded.length // phases)
        out = torch.empty(
            (phases, rows_out, channels),
            dtype=torch.bfloat16 if nonlinearity.steps is None else torch.uint8,
        )
        status = self._function(
            rows.data_ptr(),
            padded.frames,
            rows.shape[1],
            rows_out,
            channels,
            rows.shape[0],
            phases,
            None if style is None else style[0].data_ptr(),
            None if style is None else style[1].data_ptr(),
            nonlinearity.alpha.data_ptr() if isinstance(nonlinearity, Snake) else None,
            nonlinearity.negative_slope if isinstance(nonlinearity, LeakyRelu) else 1.0,
            None if nonlinearity.steps is None else nonlinearity.steps.data_ptr(),
            out.data_ptr(),
        )
        if status == _NOT_FINITE:
            raise SynthesisError("the vocoder's values are no numbers; the audio is lost")
        if status:
            raise MemoryError("no memory for the sums of one activation")
        return out


class PlainActivation:
    """PyTorch's own operations, for a machine without the C kernel."""

    name = "torch"

    def __call__(
        self,
        rows: torch.Tensor,
        padded: Padding,
        phases: int,
        style: torch.Tensor | None,
        nonlinearity: Nonlinearity,
    ) -> torch.Tensor:
        """See `Activation`."""
        channels = rows.shape[2]
        values = rows.transpose(0, 1).reshape(-1, channels)[: padded.frames].float()
        if style is not None:
            variance, mean = torch.var_mean(values, 0, correction=0)
            slope = style[0] * torch.rsqrt(variance + _NORM_EPSILON)
            values.mul_(slope).add_(style[1] - mean * slope)
        if not torch.isfinite(values).all():
            raise SynthesisError("the vocoder's values are no numbers; the audio is lost")
        if isinstance(nonlinearity, Snake):
            values.addcdiv_(torch.sin(values * nonlinearity.alpha).square_(), nonlinearity.alpha)
        else:
            torch.nn.functional.leaky_relu_(values, nonlinearity.negative_slope)
        if nonlinearity.steps is None:
            out = values.bfloat16()
        else:
            values.mul_(nonlinearity.steps).add_(ZERO_POINT + 0.5).clamp_(0, 255)
            out = values.to(torch.uint8)
        padding = -(-padded.length // phases) * phases - padded.frames
        if padding:
            zero = 0 if nonlinearity.steps is None else ZERO_POINT
            out = torch.cat([out, out.new_full((padding, channels), zero)])
        return out.view(-1, phases, channels).transpose(0, 1).contiguous()
