"""Kokoro's decoder for a CPU: turns text, pitch and energy into the vocoder's features.

The network and parameters are those of `kokoro.istftnet.Decoder` up to its generator. It works on
rows of channels in bf16, with convolutions in int8.
"""

from typing import Any

import torch
from torch.nn import functional

from worker.speech.fast.kernels.activation import Activation
from worker.speech.fast.padding import Padding, round_up
from worker.speech.fast.residual import NetworkBlock, Scales, StyleProjection, make_shortcut_block
from worker.speech.model.prosody import Prosody

_ENCODE = "encode"


class Decoder:
    """Turns the prosody of a chunk into features."""

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
        self.blocks: dict[str, NetworkBlock] = {}
        names = (_ENCODE, *(f"decode.{index}" for index in range(len(decoder.decode))))
        for name, block in zip(names, (decoder.encode, *decoder.decode), strict=True):
            self.blocks[name] = make_shortcut_block(
                block, self._project, activate, dtype, scales.get(name)
            )
        self._project.freeze()

    def __call__(self, prosody: Prosody, timbre: torch.Tensor) -> tuple[torch.Tensor, Padding]:
        """Return bf16 rows (1, length, channels) of 2 * frames for a style, float32 (1, 128)."""
        styles = self._project(timbre)
        decoder = self._decoder
        padded = round_up(prosody.text.shape[2])
        missing = padded.length - padded.frames
        text = functional.pad(prosody.text, (0, missing))
        pitch = functional.pad(prosody.pitch, (0, 2 * missing))
        energy = functional.pad(prosody.energy, (0, 2 * missing))
        with torch.autocast("cpu", torch.bfloat16, enabled=self._dtype == torch.bfloat16):
            prosody_rows = _to_rows(
                decoder.F0_conv(pitch.unsqueeze(1)), decoder.N_conv(energy.unsqueeze(1))
            )
            summary = decoder.asr_res(text)
        hidden = torch.cat([_to_rows(text), prosody_rows], dim=2)
        inputs = torch.cat([_to_rows(summary), prosody_rows], dim=2)
        hidden = self.blocks[_ENCODE](hidden, padded, styles)
        # Every block of the list sees the inputs again; the last one doubles the length.
        for index in range(len(decoder.decode)):
            hidden = torch.cat([hidden, inputs], dim=2)
            hidden = self.blocks[f"decode.{index}"](hidden, padded, styles)
        return hidden, padded.times(2)


def _to_rows(*parts: torch.Tensor) -> torch.Tensor:
    """Return bf16 (1, frames, channels) for parts of (1, channels, frames)."""
    return torch.cat(parts, dim=1).to(torch.bfloat16).transpose(1, 2).contiguous()
