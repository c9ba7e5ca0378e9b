"""Pitch and energy for a CPU: kokoro's two predictors with their convolutions in int8.

The networks and parameters are those of `kokoro.modules.ProsodyPredictor.F0Ntrain` after its LSTM.
They work on rows of channels in bf16; the last layer, which yields the values, stays in fp32.
"""

from typing import Any

import torch

from worker.speech.fast.kernels.activation import Activation
from worker.speech.fast.padding import Padding, pad_rows, round_up
from worker.speech.fast.residual import NetworkBlock, Scales, StyleProjection, make_shortcut_block

_NAMES = ("F0", "N")


class PitchEnergy:
    """Turns the LSTM's states per frame into pitch and energy."""

    def __init__(self, predictor: Any, activate: Activation, scales: Scales) -> None:
        """Prepare the weights.

        Args:
            predictor: kokoro's ProsodyPredictor, weight norm folded.
            activate: computes the activations.
            scales: the blocks that run in int8, by name; the others run in fp32.
        """
        self._project = StyleProjection()
        self.blocks: dict[str, NetworkBlock] = {
            f"{name}.{index}": make_shortcut_block(
                block, self._project, activate, torch.float32, scales.get(f"{name}.{index}")
            )
            for name in _NAMES
            for index, block in enumerate(getattr(predictor, name))
        }
        self._project.freeze()
        self._depth = len(predictor.F0)
        self._last = {name: getattr(predictor, f"{name}_proj") for name in _NAMES}

    def __call__(
        self, states: torch.Tensor, prosody_style: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return pitch in Hz and energy, float32 (1, 2 * frames) each.

        Args:
            states: float32, (1, frames, channels).
            prosody_style: float32, (1, 128): the half of a style that shapes the prosody.
        """
        styles = self._project(prosody_style)
        padded = round_up(states.shape[1])
        rows = pad_rows(states.to(torch.bfloat16), padded)
        pitch, energy = (self._predict(name, rows, padded, styles) for name in _NAMES)
        return pitch, energy

    def _predict(
        self, name: str, rows: torch.Tensor, padded: Padding, styles: torch.Tensor
    ) -> torch.Tensor:
        for index in range(self._depth):
            block = self.blocks[f"{name}.{index}"]
            rows = block(rows, padded, styles)
            padded = padded.times(rows.shape[1] // padded.length)
        found = rows[:, : padded.frames].float().transpose(1, 2)
        values: torch.Tensor = self._last[name](found)
        return values.squeeze(1)
