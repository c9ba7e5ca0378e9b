"""Instance norm, style, Snake or leaky ReLU, and quantisation between two convolutions.

Two implementations with one meaning: `NativeActivation` calls the C kernel, `PlainActivation` is
PyTorch alone. They differ by at most one of 255 steps, or one bf16 rounding, on few elements: the
order of their sums differs. A process uses one of them for its whole life.

Activations are bf16 or uint8, (phases, rows, channels); ``activation.c`` explains the phases.
"""

from __future__ import annotations

import ctypes
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch

from jobs.errors import StartupError, SynthesisError
from worker.speech.fast.kernels.build import find_kernel, kernel_id
from worker.speech.fast.padding import Extent

log = logging.getLogger(__name__)

ZERO_POINT = 128
"""What stands for zero in uint8."""

_NORM_EPSILON = 1e-5
_NOT_FINITE = 2


@dataclass(frozen=True, slots=True)
class Snake:
    """The constants of one activation, float32, (channels,)."""

    alpha: torch.Tensor
    """Frequency of Snake."""
    steps: torch.Tensor | None = None
    """uint8 steps per unit; None leaves the result in bf16."""


@dataclass(frozen=True, slots=True)
class Leaky:
    """The constants of one leaky ReLU."""

    leak: float
    """What is left of a negative value, 0 to 1; 1 changes nothing."""
    steps: torch.Tensor | None = None
    """float32, (channels,): uint8 steps per unit; None leaves the result in bf16."""


Curve = Snake | Leaky


class Activation(Protocol):
    """One way to compute the activation."""

    name: str
    """For the fingerprint: another implementation or build gives other bytes."""

    def __call__(
        self,
        rows: torch.Tensor,
        extent: Extent,
        phases: int,
        style: torch.Tensor | None,
        curve: Curve,
    ) -> torch.Tensor:
        """Return uint8 or bf16, (phases, ceil(extent.length / phases), channels).

        Args:
            rows: bf16, (phases before, rows, channels), contiguous.
            extent: the frames that the rows hold and the length of the result.
            phases: how many the result is to have.
            style: float32, (2, channels), contiguous: gain and shift; None leaves out norm and
                style, before a leaky ReLU.
            curve: the constants.

        Raises:
            SynthesisError: the rows hold a value that is no number.
        """


def load_activation(cache: Path | None = None) -> Activation:
    """Return the fastest activation that this machine can have."""
    library = find_kernel(cache)
    if library:
        try:
            return NativeActivation(library)
        except StartupError as exc:
            log.warning("%s; PyTorch does its work slower", exc)
    return PlainActivation()


class NativeActivation:
    """The C kernel."""

    def __init__(self, library: Path) -> None:
        """Load the library; PyTorch, whose OpenMP it shares, is loaded already.

        Raises:
            StartupError: it cannot be loaded.
        """
        self.name = f"c-{kernel_id()}"
        try:
            self._function = ctypes.CDLL(str(library)).ktts_activate
        except (OSError, AttributeError) as exc:
            raise StartupError(f"{library} cannot be loaded ({exc}); delete it") from exc
        pointer = ctypes.c_void_p
        sizes = [*[ctypes.c_int64] * 3, *[ctypes.c_int] * 3]
        styles = [pointer] * 3
        self._function.argtypes = [pointer, *sizes, *styles, ctypes.c_float, pointer, pointer]
        self._function.restype = ctypes.c_int

    def __call__(
        self,
        rows: torch.Tensor,
        extent: Extent,
        phases: int,
        style: torch.Tensor | None,
        curve: Curve,
    ) -> torch.Tensor:
        """See `Activation`."""
        channels = rows.shape[2]
        rows_out = -(-extent.length // phases)
        out = torch.empty(
            (phases, rows_out, channels),
            dtype=torch.bfloat16 if curve.steps is None else torch.uint8,
        )
        status = self._function(
            rows.data_ptr(),
            extent.frames,
            rows.shape[1],
            rows_out,
            channels,
            rows.shape[0],
            phases,
            None if style is None else style[0].data_ptr(),
            None if style is None else style[1].data_ptr(),
            curve.alpha.data_ptr() if isinstance(curve, Snake) else None,
            curve.leak if isinstance(curve, Leaky) else 1.0,
            None if curve.steps is None else curve.steps.data_ptr(),
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
        extent: Extent,
        phases: int,
        style: torch.Tensor | None,
        curve: Curve,
    ) -> torch.Tensor:
        """See `Activation`."""
        channels = rows.shape[2]
        values = rows.transpose(0, 1).reshape(-1, channels)[: extent.frames].float()
        if style is not None:
            variance, mean = torch.var_mean(values, 0, correction=0)
            slope = style[0] * torch.rsqrt(variance + _NORM_EPSILON)
            values.mul_(slope).add_(style[1] - mean * slope)
        if not torch.isfinite(values).all():
            raise SynthesisError("the vocoder's values are no numbers; the audio is lost")
        if isinstance(curve, Snake):
            values.addcdiv_(torch.sin(values * curve.alpha).square_(), curve.alpha)
        else:
            torch.nn.functional.leaky_relu_(values, curve.leak)
        if curve.steps is None:
            out = values.bfloat16()
        else:
            values.mul_(curve.steps).add_(ZERO_POINT + 0.5).clamp_(0, 255)
            out = values.to(torch.uint8)
        padding = -(-extent.length // phases) * phases - extent.frames
        if padding:
            zero = 0 if curve.steps is None else ZERO_POINT
            out = torch.cat([out, out.new_full((padding, channels), zero)])
        return out.view(-1, phases, channels).transpose(0, 1).contiguous()
