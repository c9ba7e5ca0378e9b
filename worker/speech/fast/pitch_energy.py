"""Pitch and loudness for a CPU: kokoro's two predictors with their convolutions in int8.

The same networks as `kokoro.modules.ProsodyPredictor.F0Ntrain` behind its LSTM, with the same
parameters, over rows of channels in bf16; the last product of each, which is read as a number, is
in fp32.
"""

from __future__ import annotations

from typing import Any

import torch

from worker.speech.fast.kernels.activation import Activation
from worker.speech.fast.padding import Extent, pad_rows, round_up
from worker.speech.fast.residual import Block, Scales, StyleProjection, make_shortcut_block

_NAMES = ("F0", "N")


class Contours:
    """Turns what the LSTM made of each frame into two curves."""

    def __init__(self, predictor: Any, activate: Activation, scales: Scales) -> None:
        """Prepare the weights.

        Args:
            predictor: kokoro's ProsodyPredictor, weight norm folded.
            activate: computes the activations.
            scales: the blocks that run in int8, by name; the others run in fp32.
        """
        self._project = StyleProjection()
        self.blocks: dict[str, Block] = {
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
        self, states: torch.Tensor, manner: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return pitch in Hz and loudness, float32 (1, 2 * frames) each.

        Args:
            states: float32, (1, frames, channels).
            manner: float32, (1, 128): the half of a style that shapes the prosody.
        """
        styles = self._project(manner)
        extent = round_up(states.shape[1])
        rows = pad_rows(states.to(torch.bfloat16), extent)
        pitch, loudness = (self._follow(name, rows, extent, styles) for name in _NAMES)
        return pitch, loudness

    def _follow(
        self, name: str, rows: torch.Tensor, extent: Extent, styles: torch.Tensor
    ) -> torch.Tensor:
        for index in range(self._depth):
            block = self.blocks[f"{name}.{index}"]
            rows = block(rows, extent, styles)
            extent = extent.times(rows.shape[1] // extent.length)
        found = rows[:, : extent.frames].float().transpose(1, 2)
        curve: torch.Tensor = self._last[name](found)
        return curve.squeeze(1)
