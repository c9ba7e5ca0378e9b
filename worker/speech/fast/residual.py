"""Activation and convolution: one step; six of them are a residual block of the vocoder's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from worker.speech.fast.convolution import Convolution, DoublingConvolution, make_convolution
from worker.speech.fast.kernels.activation import Activation, LeakyRelu, Nonlinearity, Snake
from worker.speech.fast.padding import Padding

Scales = Mapping[str, list[torch.Tensor]]
"""Block name -> what one int8 step of each channel is worth, for its convolutions in order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One activation and the convolution after it."""

    nonlinearity: Nonlinearity
    convolution: Convolution
    dilation: int = 1
    """Phases that the activation writes, so that the convolution itself needs no dilation."""
    style: slice | None = None
    """Where gain and shift lie in the row that `StyleProjection` makes; None is no norm."""

    def run(
        self, activate: Activation, rows: torch.Tensor, padded: Padding, styles: torch.Tensor
    ) -> torch.Tensor:
        """Return bf16 rows for bf16 rows that hold the frames of `padded`."""
        style = None if self.style is None else styles[self.style].view(2, -1)
        active = activate(rows, padded, self.dilation, style, self.nonlinearity)
        return self.convolution(active, padded.frames)


class NetworkBlock(Protocol):
    """Steps that run in int8 together or not at all, under one name in the calibration.

    Rows may be more than their frames: what lies after those is neither read nor meant.
    """

    @property
    def steps(self) -> Sequence[Step]:
        """The steps, in the order of their ranges."""

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, length, channels) for rows like it, which stay as they are."""


class SingleStep:
    """One step as a block."""

    def __init__(self, step: Step, activate: Activation) -> None:
        """Take the step."""
        self.steps = [step]
        self._activate = activate

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """See `NetworkBlock`."""
        return self.steps[0].run(self._activate, rows, padded, styles)


class ResidualBlock:
    """Three pairs of steps, each added to what came in."""

    def __init__(self, steps: list[Step], activate: Activation) -> None:
        """Take six steps, in order."""
        self.steps = steps
        self.activate = activate

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, length, channels) for rows like it, which stay as they are."""
        for first, second in zip(self.steps[::2], self.steps[1::2], strict=True):
            inner = first.run(self.activate, rows, padded, styles)
            rows = second.run(self.activate, inner, padded, styles).add_(rows)
        return rows


class StyleProjection:
    """Every gain and shift of a network in one product per segment."""

    def __init__(self) -> None:
        """Start without any; `add` them, then call it."""
        self._weights: list[torch.Tensor] = []
        self._biases: list[torch.Tensor] = []
        self._length = 0

    def add(self, norm: Any) -> slice:
        """Take in one of kokoro's AdaIN1d; return where its gain and shift will lie."""
        weight, bias = norm.fc.weight.float(), norm.fc.bias.float().clone()
        channels = len(bias) // 2
        bias[:channels] += 1.0  # AdaIN multiplies by 1 + gamma
        self._weights.append(weight)
        self._biases.append(bias)
        self._length += len(bias)
        return slice(self._length - len(bias), self._length)

    def freeze(self) -> None:
        """Join what was added."""
        self._weights = [torch.cat(self._weights)]
        self._biases = [torch.cat(self._biases)]

    def __call__(self, style: torch.Tensor) -> torch.Tensor:
        """Project a style, float32 (1, 128); return float32 (length,)."""
        projected = torch.nn.functional.linear(style.float(), self._weights[0], self._biases[0])
        return projected[0]


def make_block(
    block: Any,
    styles: StyleProjection,
    activate: Activation,
    dtype: torch.dtype,
    scales: list[torch.Tensor] | None,
) -> ResidualBlock:
    """Prepare one of kokoro's AdaINResBlock1.

    Args:
        block: the module, weight norm folded.
        styles: takes in its style projections.
        activate: computes the activations.
        dtype: of the convolutions that are not int8.
        scales: what one step of each channel is worth, float32 (channels,), for the six
            convolutions in order; None leaves the block in `dtype`.
    """
    steps = []
    for index, (norm, alpha, source) in enumerate(_parts(block)):
        weight, bias = source.weight.float(), source.bias.float()
        frequency = alpha.detach().float().flatten().contiguous()
        dilation = source.dilation[0]
        scale = None if scales is None else scales[index]
        snake = Snake(frequency, count_steps(scale))
        convolution = make_convolution(weight, bias, dtype, scale)
        steps.append(Step(snake, convolution, dilation, styles.add(norm)))
    return ResidualBlock(steps, activate)


def count_steps(scale: torch.Tensor | None) -> torch.Tensor | None:
    """Return the uint8 steps per unit for what one step is worth; None stays None."""
    return None if scale is None else (1 / scale).contiguous()


def _parts(block: Any) -> Iterator[tuple[Any, torch.Tensor, Any]]:
    """Yield norm, alpha and convolution in the order in which they are applied."""
    for index in range(len(block.convs1)):
        yield block.adain1[index], block.alpha1[index], block.convs1[index]
        yield block.adain2[index], block.alpha2[index], block.convs2[index]


_SLOPE = 0.2
_SHARE = math.sqrt(0.5)
"""The sum of both ways is divided by the root of two; here their weights are multiplied."""


class ShortcutBlock:
    """Two steps with norm and style, and a third without, to which they are added."""

    def __init__(self, steps: list[Step], activate: Activation, growth: int) -> None:
        """Take the steps; the first one makes `growth` frames of each.

        Without a third step what comes in is added as it is.
        """
        self.steps = steps
        self._activate = activate
        self._growth = growth

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, growth * length, channels out) for bf16 (1, length, channels)."""
        first, second, *shortcut = self.steps
        inner = first.run(self._activate, rows, padded, styles)
        found = second.run(self._activate, inner, padded.times(self._growth), styles)
        if not shortcut:
            return found.add_(rows, alpha=_SHARE)
        straight = shortcut[0].run(self._activate, rows, padded, styles)
        if self._growth > 1:
            straight = straight.repeat_interleave(self._growth, dim=1)
        return found.add_(straight)


def make_shortcut_block(
    block: Any,
    styles: StyleProjection,
    activate: Activation,
    dtype: torch.dtype,
    scales: list[torch.Tensor] | None,
) -> ShortcutBlock:
    """Prepare one of kokoro's AdainResBlk1d.

    Args:
        block: the module, weight norm folded; one that doubles the frames changes their channels.
        styles: takes in its style projections.
        activate: computes the activations.
        dtype: of the convolutions that are not int8.
        scales: what one step of each channel is worth, float32 (channels,), for both
            convolutions and, where it has one, the shortcut's; None leaves the block in `dtype`.
    """
    first, second, straight = [*(scales or [None] * 3), None][:3]
    weight, bias = block.conv1.weight.float(), block.conv1.bias.float()
    doubles = block.upsample_type != "none"
    if doubles:
        pool = block.pool.weight.float(), block.pool.bias.float()
        entry: Convolution = DoublingConvolution(weight, bias, pool, dtype, first)
    else:
        entry = make_convolution(weight, bias, dtype, first)
    inner = block.conv2.weight.float() * _SHARE, block.conv2.bias.float() * _SHARE
    steps = [
        Step(LeakyRelu(_SLOPE, count_steps(first)), entry, style=styles.add(block.norm1)),
        Step(
            LeakyRelu(_SLOPE, count_steps(second)),
            make_convolution(*inner, dtype, second),
            style=styles.add(block.norm2),
        ),
    ]
    if block.learned_sc:
        bypass = block.conv1x1.weight.float() * _SHARE
        convolution = make_convolution(bypass, torch.zeros(len(bypass)), dtype, straight)
        steps.append(Step(LeakyRelu(1.0, count_steps(straight)), convolution))
    return ShortcutBlock(steps, activate, 2 if doubles else 1)
