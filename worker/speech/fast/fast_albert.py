"""Kokoro's text encoder (`albert`) for a CPU with its products in int8.

It is one layer, applied twelve times, and its products were an eighth of all time. Sums, norms and
the attention itself stay in fp32. Durations move by a frame of 25 ms in 3 % of the tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from worker.speech.fast.kernels.activation import Activation, LeakyRelu
from worker.speech.fast.linear import make_linear
from worker.speech.fast.padding import Padding, round_up
from worker.speech.fast.residual import NetworkBlock, Scales, Step, count_steps

ALBERT_BLOCK = "bert"
"""Its name in the calibration."""

_STEP = 16
"""Of tokens in a product."""
_UNCHANGED = 1.0
"""As a leak: the activation only rounds."""
_NO_STYLES = torch.empty(0)


class FastAlbert:
    """The whole encoder; stands in for kokoro's `bert`."""

    def __init__(self, bert: Any, activate: Activation, scales: Scales) -> None:
        """Lay out the weights.

        Args:
            bert: Kokoro's `albert.AlbertModel`.
            activate: rounds what goes into a product.
            scales: what one step of each channel is worth, by block; without its own the products
                are in fp32.
        """
        self._bert = bert
        self.blocks: dict[str, NetworkBlock] = {
            ALBERT_BLOCK: AlbertLayers(bert, activate, scales.get(ALBERT_BLOCK))
        }

    def __call__(self, ids: torch.Tensor) -> torch.Tensor:
        """Return float32 (1, tokens, channels) for int64 (1, tokens)."""
        embedded = self._bert.embeddings(ids)
        hidden = self._bert.encoder.embedding_hidden_mapping_in(embedded)
        return self.blocks[ALBERT_BLOCK](hidden, round_up(ids.shape[1], _STEP), _NO_STYLES)


class AlbertLayers:
    """All layers; four steps: attention's inputs and its output, and the inner net."""

    def __init__(self, bert: Any, activate: Activation, scales: list[torch.Tensor] | None) -> None:
        """Lay out the weights; see `FastAlbert`."""
        self._activate = activate
        self._repetitions = bert.encoder.repetitions
        self._layer = bert.encoder.albert_layer_groups[0].albert_layers[0]
        attention, layer = self._layer.attention, self._layer
        inputs = (attention.query, attention.key, attention.value)
        attend, combine, widen, narrow = scales or [None] * 4
        self.steps = [
            _make_step(
                torch.cat([part.weight for part in inputs]),
                torch.cat([part.bias for part in inputs]),
                attend,
            ),
            _make_step(attention.dense.weight, attention.dense.bias, combine),
            _make_step(layer.ffn.weight, layer.ffn.bias, widen, is_gelu=True),
            _make_step(layer.ffn_output.weight, layer.ffn_output.bias, narrow),
        ]

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Return float32 (1, tokens, channels) for embedded tokens like it; styles are not read.

        The length of `padded` is that of the products inside.
        """
        attend, combine, widen, narrow = self.steps
        attention, layer = self._layer.attention, self._layer
        hidden = rows
        for _ in range(self._repetitions):
            inputs = self._multiply(attend, hidden, padded, styles)
            inputs = inputs.unflatten(-1, (3, attention.heads, -1))
            query, key, value = inputs.permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(query, key, value)
            mixed = mixed.transpose(1, 2).flatten(2)
            combined = self._multiply(combine, mixed, padded, styles)
            attended = attention.LayerNorm(hidden + combined)
            inner = self._multiply(widen, attended, padded, styles)
            narrowed = self._multiply(narrow, inner, padded, styles)
            hidden = layer.full_layer_layer_norm(narrowed + attended)
        return hidden

    def _multiply(
        self, step: Step, values: torch.Tensor, padded: Padding, styles: torch.Tensor
    ) -> torch.Tensor:
        rows = values.to(torch.bfloat16).contiguous()
        return step.run(self._activate, rows, padded, styles)[:, : padded.frames]


def _make_step(
    weight: torch.Tensor, bias: torch.Tensor, scale: torch.Tensor | None, *, is_gelu: bool = False
) -> Step:
    product = make_linear(weight, bias, scale, is_gelu=is_gelu)
    return Step(LeakyRelu(_UNCHANGED, count_steps(scale)), product)
