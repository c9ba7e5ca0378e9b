"""Kokoro's whole network in a faster precision: for a CPU prosody, decoder and vocoder together.

It replaces kokoro's own network and has the same parameters; `precision` decides when.
"""

from __future__ import annotations

from typing import Any

import torch

from worker.speech.fast.calibration import Calibration
from worker.speech.fast.decoder import Decoder
from worker.speech.fast.fast_albert import FastAlbert
from worker.speech.fast.half import HalfNetwork
from worker.speech.fast.kernels.activation import Activation, load_activation
from worker.speech.fast.lstm import replace_lstms
from worker.speech.fast.pitch_energy import PitchEnergy
from worker.speech.fast.residual import Scales
from worker.speech.fast.vocoder import Vocoder
from worker.speech.model.prosody import STYLE_SPLIT, fp32_modules, predict_prosody

NETWORK_VERSION = 2
"""Raised when the fast networks give other samples; it is part of the fingerprint."""
_DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def apply_precision(
    network: Any, device: str, dense: str, front: str, calibration: Calibration | None
) -> FastNetwork | HalfNetwork:
    """Turn kokoro's network into one that computes on `device` in a faster precision.

    Args:
        network: kokoro's KModel on `device`; nobody else may use it afterwards.
        device: ``cpu`` gives the fast network on this machine's best kernel; any other device
            gives autocast in `dense` and reads nothing else.
        dense: ``bf16`` or ``fp32``, on a card ``bf16`` or ``fp16``: precision of what is not int8.
        front: ``int8``, ``bf16`` or ``fp32``: precision of durations and pitch. ``int8`` covers
            ALBERT's products and the convolutions of pitch and energy; the rest is fp32.
        calibration: ranges of the int8 blocks; None leaves int8 out.
    """
    if device != "cpu":
        return HalfNetwork(network, dense)
    scales = calibration.scales if calibration else {}
    activate = load_activation()
    fast = FastNetwork(
        network,
        activate,
        dtype=_DTYPES[dense],
        front_dtype=_DTYPES.get(front, torch.float32),
        scales=scales,
    )
    if front == "int8":
        fast.encoder = FastAlbert(network.bert, activate, scales)
        fast.pitch_energy = PitchEnergy(network.predictor, activate, scales)
    return fast


class FastNetwork:
    """The whole model on a CPU; takes over kokoro's network and converts its weights."""

    def __init__(
        self,
        network: Any,
        activate: Activation,
        *,
        dtype: torch.dtype,
        front_dtype: torch.dtype,
        scales: Scales,
    ) -> None:
        """Prepare the weights once.

        Args:
            network: kokoro's KModel, weight norm folded; nobody else may use it afterwards.
            activate: computes the activations of decoder and vocoder.
            dtype: of decoder and vocoder where they are not int8: bfloat16 or float32.
            front_dtype: of durations and pitch.
            scales: calibrated scales of the blocks that run in int8, by name.
        """
        self._network = network
        self._front_dtype = front_dtype
        self.code_path = f"fast {NETWORK_VERSION}, activation {activate.name}"
        self.encoder: FastAlbert | None = None
        """Replaces the network's own ALBERT, unless None."""
        self.pitch_energy: PitchEnergy | None = None
        """Replaces the network's own predictors, unless None."""
        self.decoder = Decoder(network.decoder, activate, dtype, scales)
        self.vocoder = Vocoder(network.decoder.generator, activate, dtype, scales)
        replace_lstms(network.predictor)
        replace_lstms(network.text_encoder)
        # Autocast would convert every weight again for every chunk.
        if front_dtype == torch.bfloat16:
            for part in (network.bert, network.bert_encoder, network.predictor):
                _convert(part, front_dtype, fp32_modules(network))
            _convert(network.text_encoder, front_dtype)
        if dtype == torch.bfloat16:
            _convert(network.decoder, dtype)

    def forward_with_tokens(
        self, ids: torch.Tensor, style: torch.Tensor, speed: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Speak, as kokoro's network does.

        Args:
            ids: int64, (1, tokens), boundaries included.
            style: float32, (1, 256).
            speed: speaking rate; above 1 is faster.

        Returns:
            Samples, float32 (n,), and frames per token, int64 (tokens,).
        """
        prosody = predict_prosody(
            self._network,
            ids,
            style,
            speed,
            self._front_dtype,
            encode_tokens=self.encoder,
            predict_pitch_energy=self.pitch_energy,
        )
        timbre = style[:, :STYLE_SPLIT]
        features, padded = self.decoder(prosody, timbre)
        return self.vocoder(features, padded, timbre, prosody.pitch), prosody.frames


def _convert(part: Any, dtype: torch.dtype, kept: tuple[Any, ...] = ()) -> None:
    kinds = (torch.nn.Linear, torch.nn.Conv1d, torch.nn.ConvTranspose1d)
    for module in part.modules():
        if isinstance(module, kinds) and not any(module is other for other in kept):
            # Not in place: decoder and vocoder may hold a bias as it was, in fp32.
            for name, value in list(module.named_parameters(recurse=False)):
                setattr(module, name, torch.nn.Parameter(value.to(dtype), requires_grad=False))
