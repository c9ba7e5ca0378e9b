"""Kokoro on an NVIDIA card in fp16 or bf16: the ordinary network under autocast.

What half precision cannot hold stays in fp32: durations and pitch, the phases of the sound source,
and the inverse transform, whose complex numbers have no half type. The host waits for the card
once per chunk before the samples, for the number of frames.
"""

from __future__ import annotations

from typing import Any

import torch

from worker.speech.model.prosody import predict_prosody

_STYLE_SPLIT = 128
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class HalfNetwork:
    """The whole model; takes kokoro's network over."""

    def __init__(self, network: Any, dense: str) -> None:
        """Wrap `network`, which lies on its device already.

        Args:
            network: kokoro's KModel, weight norm folded; not to be used by others afterwards.
            dense: ``bf16`` or ``fp16``.
        """
        self.code_path = f"autocast {dense}"
        self._network = network
        self._dtype = _DTYPES[dense]
        generator = network.decoder.generator
        generator.m_source = _KeepFloat(generator.m_source)
        generator.stft.inverse = _KeepFloat(generator.stft.inverse)

    def forward_with_tokens(
        self, ids: torch.Tensor, style: torch.Tensor, speed: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Speak; return samples, float32 (n,), and frames per token, int64 (tokens,)."""
        prosody = predict_prosody(self._network, ids, style, speed, torch.float32)
        with torch.autocast(ids.device.type, self._dtype):
            samples = self._network.decoder(
                prosody.text, prosody.pitch, prosody.energy, style[:, :_STYLE_SPLIT]
            )
        return samples.flatten(), prosody.frames


class _KeepFloat(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """Runs what it wraps in fp32 in the middle of an autocast."""

    def __init__(self, wrapped: Any) -> None:
        super().__init__()
        self._wrapped = wrapped

    def forward(self, *inputs: torch.Tensor) -> Any:
        with torch.autocast(inputs[0].device.type, enabled=False):
            return self._wrapped(*(tensor.float() for tensor in inputs))
