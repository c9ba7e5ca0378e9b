"""Linear layers over rows, in int8 or fp32.

A convolution of width one computes the same, but for fewer than 64 rows oneDNN reorders its weights
at every call: for 60 rows of ALBERT that takes eight times as long as the product.
"""

import torch
from torch.nn import functional

from worker.speech.fast.convolution import Convolution, quantize_weight
from worker.speech.fast.int8_products import pack_matrix


class DenseLinear:
    """A linear layer in fp32."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, *, is_gelu: bool = False) -> None:
        """Keep a matrix, float32 (out, in), and a bias, float32 (out,); GELU may follow."""
        self._weight = weight
        self._bias = bias
        self._is_gelu = is_gelu

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Multiply bf16 rows (1, rows, in); return float32 (1, rows, out)."""
        del frames
        found = functional.linear(rows.float(), self._weight, self._bias)
        return functional.gelu(found, approximate="tanh") if self._is_gelu else found


class Int8Linear:
    """A linear layer with uint8 rows and an int8 matrix."""

    def __init__(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor,
        scale: torch.Tensor,
        *,
        is_gelu: bool = False,
    ) -> None:
        """Quantise a matrix for inputs whose int8 step is `scale`, float32 (in,).

        Shapes are those of `DenseLinear`; GELU is its tanh form.
        """
        values, scales = quantize_weight(weight.unsqueeze(2), scale)
        self._multiply = pack_matrix(values.squeeze(2), scales, bias.float(), is_gelu=is_gelu)

    def __call__(self, rows: torch.Tensor, frames: int) -> torch.Tensor:
        """Multiply uint8 rows (1, rows, in); return float32 (1, rows, out)."""
        del frames
        return self._multiply(rows[0]).unsqueeze(0)


def make_linear(
    weight: torch.Tensor,
    bias: torch.Tensor,
    scale: torch.Tensor | None,
    *,
    is_gelu: bool = False,
) -> Convolution:
    """Return an int8 layer where its input has a scale, else an fp32 layer."""
    if scale is None:
        return DenseLinear(weight.float(), bias.float(), is_gelu=is_gelu)
    return Int8Linear(weight, bias, scale, is_gelu=is_gelu)
