"""Blocks of steps: a step is an activation and the convolution after it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from worker.speech.fast.convolution import Convolution, DoublingConvolution, make_convolution
from worker.speech.fast.kernels.activation import Activation, LeakyRelu, Nonlinearity, Snake
from worker.speech.fast.padding import Padding

Scales = Mapping[str, list[torch.Tensor]]
"""Block name -> size of one int8 step of each channel, for its convolutions in order."""


@dataclass(frozen=True, slots=True)
class Step:
    """One activation and the convolution after it."""

    nonlinearity: Nonlinearity
    convolution: Convolution
    dilation: int = 1
    """The activation writes this many phases, so the convolution itself needs no dilation."""
    style: slice | None = None
    """Position of gain and shift in the result of `StyleProjection`; None means no norm."""

    def run(
        self, activate: Activation, rows: torch.Tensor, padded: Padding, styles: torch.Tensor
    ) -> torch.Tensor:
        """Return bf16 rows for bf16 rows that hold the frames of `padded`."""
        style = None if self.style is None else styles[self.style].view(2, -1)
        active = activate(rows, padded, self.dilation, style, self.nonlinearity)
        return self.convolution(active, padded.frames)


class NetworkBlock(Protocol):
    """Steps with one name in the calibration; either all of them run in int8 or none.

    Rows after the last frame are padding: their values change no frame.
    """

    @property
    def steps(self) -> Sequence[Step]:
        """The steps, in the order of their calibrated ranges."""

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, length, channels) for rows of that shape, which are not changed."""


class SingleStep:
    """A block of one step."""

    def __init__(self, step: Step, activate: Activation) -> None:
        """Keep the step."""
        self.steps = [step]
        self._activate = activate

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """See `NetworkBlock`."""
        return self.steps[0].run(self._activate, rows, padded, styles)


class ResidualBlock:
    """Three pairs of steps; the result of each pair is added to its input."""

    def __init__(self, steps: list[Step], activate: Activation) -> None:
        """Keep six steps, in order."""
        self.steps = steps
        self.activate = activate

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, length, channels) for rows of that shape, which are not changed."""
        for first, second in zip(self.steps[::2], self.steps[1::2], strict=True):
            inner = first.run(self.activate, rows, padded, styles)
            rows = second.run(self.activate, inner, padded, styles).add_(rows)
        return rows


class StyleProjection:
    """Computes every gain and shift of a network in one product per segment."""

    def __init__(self) -> None:
        """Start empty: `add` the norms, `freeze`, then call it."""
        self._weights: list[torch.Tensor] = []
        self._biases: list[torch.Tensor] = []
        self._length = 0

    def add(self, norm: Any) -> slice:
        """Add one of kokoro's AdaIN1d; return the position of its gain and shift."""
        weight, bias = norm.fc.weight.float(), norm.fc.bias.float().clone()
        channels = len(bias) // 2
        bias[:channels] += 1.0  # AdaIN multiplies by 1 + gamma
        self._weights.append(weight)
        self._biases.append(bias)
        self._length += len(bias)
        return slice(self._length - len(bias), self._length)

    def freeze(self) -> None:
        """Join the weights of all norms."""
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
        styles: gets its norms added.
        activate: computes the activations.
        dtype: of the convolutions that are not int8.
        scales: float32, (channels,): sizes of an int8 step for the six convolutions in order;
            None keeps the block in `dtype`.
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
    """Return int8 steps per unit for the size of a step; None stays None."""
    return None if scale is None else (1 / scale).contiguous()


def _parts(block: Any) -> Iterator[tuple[Any, torch.Tensor, Any]]:
    """Yield norm, alpha and convolution in the order in which they are applied."""
    for index in range(len(block.convs1)):
        yield block.adain1[index], block.alpha1[index], block.convs1[index]
        yield block.adain2[index], block.alpha2[index], block.convs2[index]


_SLOPE = 0.2
_SHARE = math.sqrt(0.5)
"""kokoro divides the sum of both paths by the root of two; here the weights contain the factor."""


class ShortcutBlock:
    """Two steps with norm and style; a shortcut step without them is added to their result."""

    def __init__(self, steps: list[Step], activate: Activation, growth: int) -> None:
        """Keep the steps; the first one turns each frame into `growth` frames.

        Without a third step the input itself is added.
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
        styles: gets its norms added.
        activate: computes the activations.
        dtype: of the convolutions that are not int8.
        scales: as for `make_block`, for both convolutions and the shortcut's, if it has one.
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
