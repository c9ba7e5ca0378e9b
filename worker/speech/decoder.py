"""Kokoro's decoder for a CPU: what turns text, pitch and loudness into the vocoder's features.

The same network as `kokoro.istftnet.Decoder` up to its generator, with the same parameters, over
rows of channels in bf16 and with convolutions in int8.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from worker.speech.convolution import Convolution, DoublingConvolution, make_convolution
from worker.speech.kernels.activation import Activation, Leaky
from worker.speech.prosody import Prosody
from worker.speech.residual import Block, Scales, Step, StyleProjection, count_steps

_SLOPE = 0.2
_ENCODE = "encode"


class DecoderBlock:
    """Two steps with norm and style, and a third without, to which they are added."""

    def __init__(self, steps: list[Step], activate: Activation, growth: int) -> None:
        """Take the steps; the first one makes `growth` frames of each."""
        self.steps = steps
        self._activate = activate
        self._growth = growth

    def __call__(self, rows: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        """Return bf16 (1, growth * frames, channels out) for bf16 (1, frames, channels)."""
        first, second, shortcut = self.steps
        inner = first.run(self._activate, rows, rows.shape[1], styles)
        found = second.run(self._activate, inner, inner.shape[1], styles)
        straight = shortcut.run(self._activate, rows, rows.shape[1], styles)
        if self._growth > 1:
            straight = straight.repeat_interleave(self._growth, dim=1)
        return found.add_(straight)


class Decoder:
    """Turns how a chunk is to be spoken into features."""

    def __init__(
        self, decoder: Any, activate: Activation, dtype: torch.dtype, scales: Scales
    ) -> None:
        """Prepare the weights.

        Args:
            decoder: kokoro's Decoder, weight norm folded.
            activate: computes the activations.
            dtype: of what is not int8.
            scales: the blocks that run in int8, by name; the others run in `dtype`.
        """
        self._decoder = decoder
        self._dtype = dtype
        self._project = StyleProjection()
        self.blocks: dict[str, Block] = {}
        names = (_ENCODE, *(f"decode.{index}" for index in range(len(decoder.decode))))
        for name, block in zip(names, (decoder.encode, *decoder.decode), strict=True):
            self.blocks[name] = make_decoder_block(
                block, self._project, activate, dtype, scales.get(name)
            )
        self._project.freeze()

    def __call__(self, prosody: Prosody, timbre: torch.Tensor) -> torch.Tensor:
        """Return bf16 rows (1, 2 * frames, channels) for a style, float32 (1, 128)."""
        styles = self._project(timbre)
        decoder = self._decoder
        with torch.autocast("cpu", torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            pitch = decoder.F0_conv(prosody.pitch.unsqueeze(1))
            loudness = decoder.N_conv(prosody.loudness.unsqueeze(1))
            text = decoder.asr_res(prosody.text)
        curves = _to_rows(pitch, loudness)
        hidden = torch.cat([_to_rows(prosody.text), curves], dim=2)
        inputs = torch.cat([_to_rows(text), curves], dim=2)
        hidden = self.blocks[_ENCODE](hidden, styles)
        # Every block of the list sees the inputs again; the last one doubles the length.
        for index in range(len(decoder.decode)):
            hidden = self.blocks[f"decode.{index}"](torch.cat([hidden, inputs], dim=2), styles)
        return hidden


def make_decoder_block(
    block: Any,
    styles: StyleProjection,
    activate: Activation,
    dtype: torch.dtype,
    scales: list[torch.Tensor] | None,
) -> DecoderBlock:
    """Prepare one of kokoro's AdainResBlk1d.

    Args:
        block: the module, weight norm folded, with another number of channels out than in.
        styles: takes in its style projections.
        activate: computes the activations.
        dtype: of the convolutions that are not int8.
        scales: what one step of each channel is worth, float32 (channels,), for both
            convolutions and the shortcut; None leaves the block in `dtype`.
    """
    first, second, straight = scales or [None] * 3
    # The sum of both ways is divided by the root of two; here their weights are.
    share = math.sqrt(0.5)
    weight, bias = block.conv1.weight.float(), block.conv1.bias.float()
    doubles = block.upsample_type != "none"
    if doubles:
        pool = block.pool.weight.float(), block.pool.bias.float()
        entry: Convolution = DoublingConvolution(weight, bias, pool, dtype, first)
    else:
        entry = make_convolution(weight, bias, dtype, first)
    inner = block.conv2.weight.float() * share, block.conv2.bias.float() * share
    bypass = block.conv1x1.weight.float() * share
    steps = [
        Step(Leaky(_SLOPE, count_steps(first)), entry, style=styles.add(block.norm1)),
        Step(
            Leaky(_SLOPE, count_steps(second)),
            make_convolution(*inner, dtype, second),
            style=styles.add(block.norm2),
        ),
        Step(
            Leaky(1.0, count_steps(straight)),
            make_convolution(bypass, torch.zeros(len(bypass)), dtype, straight),
        ),
    ]
    return DecoderBlock(steps, activate, 2 if doubles else 1)


def _to_rows(*parts: torch.Tensor) -> torch.Tensor:
    """Return bf16 (1, frames, channels) for parts of (1, channels, frames)."""
    return torch.cat(parts, dim=1).to(torch.bfloat16).transpose(1, 2).contiguous()
