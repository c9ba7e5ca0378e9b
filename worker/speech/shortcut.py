"""Two convolutions beside a shortcut: kokoro's AdainResBlk1d, of decoder and contours.

Rows of channels in bf16, convolutions in int8 where they are calibrated.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from worker.speech.convolution import Convolution, DoublingConvolution, make_convolution
from worker.speech.extent import Extent
from worker.speech.kernels.activation import Activation, Leaky
from worker.speech.residual import Step, StyleProjection, count_steps

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

    def __call__(self, rows: torch.Tensor, extent: Extent, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, growth * length, channels out) for bf16 (1, length, channels)."""
        first, second, *shortcut = self.steps
        inner = first.run(self._activate, rows, extent, styles)
        found = second.run(self._activate, inner, extent.times(self._growth), styles)
        if not shortcut:
            return found.add_(rows, alpha=_SHARE)
        straight = shortcut[0].run(self._activate, rows, extent, styles)
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
        Step(Leaky(_SLOPE, count_steps(first)), entry, style=styles.add(block.norm1)),
        Step(
            Leaky(_SLOPE, count_steps(second)),
            make_convolution(*inner, dtype, second),
            style=styles.add(block.norm2),
        ),
    ]
    if block.learned_sc:
        bypass = block.conv1x1.weight.float() * _SHARE
        convolution = make_convolution(bypass, torch.zeros(len(bypass)), dtype, straight)
        steps.append(Step(Leaky(1.0, count_steps(straight)), convolution))
    return ShortcutBlock(steps, activate, 2 if doubles else 1)
