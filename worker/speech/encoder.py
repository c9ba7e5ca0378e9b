"""Kokoro's text encoder (`albert`) for a CPU with its products in int8.

It is one layer, applied twelve times, and its products were an eighth of all time. Sums, norms and
the attention itself stay in fp32. Durations move by a frame of 25 ms in 3 % of the tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from worker.speech.convolution import make_convolution
from worker.speech.kernels.activation import Activation, Leaky
from worker.speech.residual import Block, Step, count_steps

ENCODER = "bert"
"""Its name in the calibration."""

_UNCHANGED = 1.0
"""As a leak: the activation only rounds."""
_NO_STYLES = torch.empty(0)


def encode(bert: Any, encoder: Block, ids: torch.Tensor) -> torch.Tensor:
    """Return float32 (1, tokens, channels) for int64 (1, tokens), with `encoder` for the layers."""
    embedded = bert.embeddings(ids)
    return encoder(bert.encoder.embedding_hidden_mapping_in(embedded), _NO_STYLES)


class Encoder:
    """All layers; a `Block` of four steps: attention's inputs and its output, and the inner net."""

    def __init__(
        self,
        bert: Any,
        activate: Activation,
        dtype: torch.dtype,
        scales: list[torch.Tensor] | None,
    ) -> None:
        """Lay out the weights.

        Args:
            bert: Kokoro's `albert.AlbertModel`.
            activate: rounds what goes into a product.
            dtype: of the products that are not int8.
            scales: what one step of each channel is worth, float32 (channels,), for the four
                products in order; None leaves them in `dtype`.
        """
        self._bert = bert
        self._activate = activate
        self._layer = bert.encoder.albert_layer_groups[0].albert_layers[0]
        attention = self._layer.attention
        inputs = (attention.query, attention.key, attention.value)
        weights = [
            (
                torch.cat([part.weight for part in inputs]),
                torch.cat([part.bias for part in inputs]),
            ),
            *(
                (part.weight, part.bias)
                for part in (attention.dense, self._layer.ffn, self._layer.ffn_output)
            ),
        ]
        self.steps = [
            Step(
                Leaky(_UNCHANGED, count_steps(scale)),
                make_convolution(weight.float().unsqueeze(2), bias.float(), dtype, scale),
            )
            for (weight, bias), scale in zip(weights, scales or [None] * 4, strict=True)
        ]

    def __call__(self, rows: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        """Return float32 (1, tokens, channels) for embedded tokens like it; styles are not read."""
        attend, combine, widen, narrow = self.steps
        attention, layer = self._layer.attention, self._layer
        hidden = rows
        for _ in range(self._bert.encoder.repetitions):
            inputs = self._multiply(attend, hidden, styles).unflatten(-1, (3, attention.heads, -1))
            query, key, value = inputs.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value)
            mixed = mixed.transpose(1, 2).flatten(2)
            attended = attention.LayerNorm(hidden + self._multiply(combine, mixed, styles))
            inner = functional.gelu(self._multiply(widen, attended, styles), approximate="tanh")
            hidden = layer.full_layer_layer_norm(self._multiply(narrow, inner, styles) + attended)
        return hidden

    def _multiply(self, step: Step, values: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        rows = values.to(torch.bfloat16).contiguous()
        return step.run(self._activate, rows, rows.shape[1], styles).float()
