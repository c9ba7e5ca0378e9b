"""Convolutions over rows: tensors (images, rows, channels), PyTorch's channels-last layout.

oneDNN is fastest on that layout, but accepts it only for two-dimensional convolutions. So rows are
passed as images of height one.
"""

from typing import Protocol

import torch
from torch.nn import functional

from worker.speech.fast.int8_products import find_int8_form, limit_sums, pack_convolution
from worker.speech.fast.processor import ZERO_POINT


class Convolution(Protocol):
    """Turns the rows that an activation wrote into bf16 rows."""

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Return bf16 (images, rows out, channels out), contiguous, for (images, rows, in).

        The rows after `frames`, counted over all images, stand for zero.
        """


class DenseConvolution:
    """A convolution in bf16 or fp32; the result is bf16 rows, or fp32 where that is asked for."""

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        dtype: torch.dtype,
        *,
        stride: int = 1,
        padding: int | None = None,
        answer: torch.dtype = torch.bfloat16,
    ) -> None:
        """Prepare a weight of (out, in, width).

        Args:
            weight: float32, (out, in, width).
            bias: float32, (out,).
            dtype: of the arithmetic: bf16 where the processor has it, else fp32.
            stride: input frames per result.
            padding: zero frames on both sides; None keeps the length, for odd widths.
            answer: type of the rows that it returns.
        """
        image = weight.to(dtype).unsqueeze(2)
        self._weight = image.contiguous(memory_format=torch.channels_last)
        self._bias = bias.to(dtype)
        self._dtype = dtype
        self._stride = stride
        self._padding = weight.shape[2] // 2 if padding is None else padding
        self._answer = answer

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Convolve rows (images, rows, in); return `answer` (images, rows, out), contiguous."""
        del frames
        image = rows.to(self._dtype).permute(0, 2, 1).unsqueeze(2)
        found = functional.conv2d(
            image, self._weight, self._bias, (1, self._stride), (0, self._padding)
        )
        found = found.squeeze(2).permute(0, 2, 1)
        return found.to(self._answer).contiguous()


class Int8Convolution:
    """A convolution of uint8 rows with an int8 weight; the result is bf16 rows."""

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        scale: torch.Tensor,
        *,
        padding: int | None = None,
    ) -> None:
        """Quantise a weight of (out, in, width).

        Args:
            weight: float32.
            bias: float32, (out,).
            scale: float32, (in,): size of one int8 step of each input channel.
            padding: as for `DenseConvolution`.
        """
        values, scales = quantize_weight(weight, scale)
        zeros = weight.shape[2] // 2 if padding is None else padding
        self._convolve = pack_convolution(values, scales, bias.float(), zeros)

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Convolve rows (images, rows, in); return bf16 (images, rows, out), contiguous."""
        del frames
        return self._convolve(rows)


class Upsampler:
    """A transposed convolution of width 2 * stride, computed as an ordinary one of two taps.

    Each input frame and its neighbour give `stride` output frames. So this is a convolution with
    `stride` times the channels, whose result only needs another view of the same memory.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        dtype: torch.dtype,
        scale: torch.Tensor | None = None,
        *,
        cut: int,
    ) -> None:
        """Prepare a weight of (in, out, 2 * stride).

        Args:
            weight: float32.
            bias: float32, (out,).
            dtype: of the arithmetic where it is not int8.
            scale: float32, (in,): size of one int8 step of each input channel; None computes
                in `dtype`.
            cut: frames to cut off at both ends: the padding of a transposed convolution.
        """
        inputs, self._channels, width = weight.shape
        stride = width // 2
        taps = torch.stack([weight[:, :, stride:], weight[:, :, :stride]], dim=-1)
        taps = taps.permute(2, 1, 0, 3).reshape(stride * self._channels, inputs, 2)
        self._convolution = make_convolution(taps, bias.repeat(stride), dtype, scale, padding=1)
        self._cut = cut

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Return bf16 (1, rows * stride, out) for rows (1, rows, in)."""
        found = self._convolution(rows, frames).view(1, -1, self._channels)
        return found[:, self._cut : found.shape[1] - self._cut]


class DoublingConvolution:
    """Kokoro's pool, which doubles the frames, and the convolution of three taps after it, as one.

    The pool is a transposed convolution of three taps and stride 2 on each channel by itself. Both
    are linear, so each input frame and its two neighbours give two output frames. Only at the ends
    the joined convolution's padding is wrong, so the first and the last frame are corrected.
    """

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        pool: tuple[torch.Tensor, torch.Tensor],
        dtype: torch.dtype,
        scale: torch.Tensor | None = None,
    ) -> None:
        """Join both weights.

        Args:
            weight: float32, (out, in, 3).
            bias: float32, (out,).
            pool: float32, weight (in, 1, 3) and bias (in,) of the pool.
            dtype: of the arithmetic where it is not int8.
            scale: float32, (in,): size of one int8 step of each input channel; None computes
                in `dtype`.
        """
        self._channels = len(bias)
        # With pool p, pooled frame 2t is x[t] p[1], and 2t + 1 is x[t] p[2] + x[t + 1] p[0].
        before, here, after = weight.unbind(2)
        first, middle, last = pool[0][:, 0].unbind(1)
        even = (before * last, before * first + here * middle + after * last, after * first)
        odd = (
            torch.zeros_like(here),
            before * middle + here * last,
            here * first + after * middle,
        )
        joined = torch.cat([torch.stack(even, 2), torch.stack(odd, 2)])
        through = weight.sum(2) @ pool[1]
        self._convolution = make_convolution(joined, (bias + through).repeat(2), dtype, scale)
        # Frames -1 and 2n of the pooled rows are zero padding, not results of the pool.
        self._first = before * first * (1 if scale is None else scale)
        self._zero_point = 0 if scale is None else ZERO_POINT
        self._first_bias = before @ pool[1]
        self._last_bias = after @ pool[1]

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Return bf16 (1, 2 * rows, out) for rows (1, rows, in)."""
        found = self._convolution(rows, frames).view(1, -1, self._channels)
        found[0, 0] -= self._first @ (rows[0, 0].float() - self._zero_point) + self._first_bias
        found[0, 2 * frames - 1] -= self._last_bias
        return found


def make_convolution(
    weight: torch.Tensor,
    bias: torch.Tensor,
    dtype: torch.dtype,
    scale: torch.Tensor | None,
    *,
    padding: int | None = None,
) -> Convolution:
    """Return an int8 convolution where its input has a scale, else one in `dtype`."""
    if scale is None:
        return DenseConvolution(weight, bias, dtype, padding=padding)
    return Int8Convolution(weight, bias, scale, padding=padding)


def quantize_weight(weight: torch.Tensor, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Fold the input's scale into a weight and round it to int8.

    Where sums of four have only 16 bits, a channel's steps are made just so large that none of its
    sums can leave them, whatever the input.

    Returns:
        int8 (out, in, width), and float32 (out,): size of one step of each output channel.
    """
    form = find_int8_form()
    folded = weight.float() * scale.view(1, -1, 1)
    scales = (folded.abs().amax((1, 2)) / form.largest_weight).clamp(min=torch.finfo().tiny)
    while True:
        steps = (folded / scales.view(-1, 1, 1)).round()
        steps = steps.clamp(-form.largest_weight, form.largest_weight)
        excess = limit_sums(steps) if form.sums_four else torch.zeros(len(scales))
        if not (excess > 1).any():
            return steps.to(torch.int8), scales
        scales = torch.where(excess > 1, scales * excess, scales)
