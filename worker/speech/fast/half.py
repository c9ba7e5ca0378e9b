"""Kokoro on a CUDA card in fp16 or bf16: kokoro's own network under autocast.

Durations and pitch, the phases of the sound source, the last convolution and the inverse STFT stay
in fp32: half precision is too coarse for them or has no complex type. The host waits for the card
twice per chunk: for the number of frames, and for the samples.
"""

from typing import Any

import torch

from worker.speech.model.prosody import STYLE_SPLIT, predict_prosody

HALF_VERSION = 2
"""Raised when this network gives other samples; it is part of the fingerprint."""
_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class HalfNetwork:
    """The whole model on a card; takes over kokoro's network."""

    def __init__(self, network: Any, dense: str) -> None:
        """Wrap kokoro's KModel, which is on its device; `dense` is ``bf16`` or ``fp16``."""
        self.code_path = f"autocast {dense} {HALF_VERSION}"
        self._network = network
        self._dtype = _DTYPES[dense]
        generator = network.decoder.generator
        generator.m_source = _KeepFloat(generator.m_source)
        generator.conv_post = _KeepFloat(generator.conv_post)
        generator.stft.inverse = _KeepFloat(generator.stft.inverse)

    def forward_with_tokens(
        self, ids: torch.Tensor, style: torch.Tensor, speed: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Speak; return samples, float32 (n,), and frames per token, int64 (tokens,)."""
        prosody = predict_prosody(self._network, ids, style, speed, torch.float32)
        with torch.autocast(ids.device.type, self._dtype):
            samples = self._network.decoder(
                prosody.text, prosody.pitch, prosody.energy, style[:, :STYLE_SPLIT]
            )
        return samples.flatten(), prosody.frames


class _KeepFloat(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """Runs a module in fp32 inside an autocast."""

    def __init__(self, wrapped: Any) -> None:
        super().__init__()
        self._wrapped = wrapped

    def forward(self, *inputs: torch.Tensor) -> Any:
        with torch.autocast(inputs[0].device.type, enabled=False):
            return self._wrapped(*(tensor.float() for tensor in inputs))
