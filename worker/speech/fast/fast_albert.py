"""ALBERT (`model.albert`) for a CPU, with its linear layers in int8.

ALBERT applies one layer twelve times; its linear layers took an eighth of all time. Sums, norms
and attention stay in fp32. In 3 % of the tokens int8 changes a duration by one frame of 25 ms.
"""

from typing import Any

import torch
from torch.nn import functional

from worker.speech.fast.kernels.activation import Activation, LeakyRelu
from worker.speech.fast.linear import make_linear
from worker.speech.fast.padding import Padding, round_up
from worker.speech.fast.residual import NetworkBlock, Scales, Step, count_steps

ALBERT_BLOCK = "bert"
"""ALBERT's name in the calibration."""

_STEP = 16
"""Token counts are rounded up to a multiple of this."""
_IDENTITY_SLOPE = 1.0
"""Slope 1.0: identity; only quantises."""
_NO_STYLES = torch.empty(0)


class FastAlbert:
    """Replaces kokoro's `bert`."""

    def __init__(self, bert: Any, activate: Activation, scales: Scales) -> None:
        """Prepare the weights of `bert`, an `AlbertModel`; without scales they stay in fp32."""
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
    """All layers, in four steps: attention's inputs and output, then the feed-forward pair."""

    def __init__(self, bert: Any, activate: Activation, scales: list[torch.Tensor] | None) -> None:
        """Prepare the weights; see `FastAlbert`."""
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
        """Return float32 (1, tokens, channels) for embedded tokens of that shape.

        The linear layers compute `padded.length` rows; `styles` is not read.
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
    return Step(LeakyRelu(_IDENTITY_SLOPE, count_steps(scale)), product)
