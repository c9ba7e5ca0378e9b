"""Turns tokens into what the decoder needs: durations, pitch, energy and aligned text.

This runs kokoro's own modules for a batch of one without padding, so it needs no masks, packed
sequences or alignment matrix. The host waits for the device once, for the number of frames.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

EncodeTokens = Callable[[torch.Tensor], torch.Tensor]
PredictPitchEnergy = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]

STYLE_SPLIT = 128
"""The first half of a style shapes the timbre, the second half the prosody."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """The input of the decoder for one chunk."""

    frames: torch.Tensor
    """int64, (tokens,): frames per token, at least one each."""
    text: torch.Tensor
    """(1, channels, frames): the encoded text, each token repeated for its frames."""
    pitch: torch.Tensor
    """(1, 2 * frames), Hz."""
    energy: torch.Tensor
    """(1, 2 * frames)."""


def predict_prosody(
    network: Any,
    ids: torch.Tensor,
    style: torch.Tensor,
    speed: float,
    dtype: torch.dtype,
    *,
    encode_tokens: EncodeTokens | None = None,
    predict_pitch_energy: PredictPitchEnergy | None = None,
) -> Prosody:
    """Run everything before the decoder.

    Args:
        network: kokoro's KModel, weight norm folded.
        ids: int64, (1, tokens), boundaries included.
        style: float32, (1, 256).
        speed: speaking rate; above 1 is faster.
        dtype: float32, or the type of an autocast: faster, and some durations differ by a frame.
        encode_tokens: replaces the network's ALBERT: int64 (1, tokens) to float32
            (1, tokens, channels).
        predict_pitch_energy: replaces its predictors: float32 (1, frames, channels) and the
            prosody half of the style to pitch and energy, float32 (1, 2 * frames) each.
    """
    prosody_style = style[:, STYLE_SPLIT:]
    predictor = network.predictor
    with torch.autocast(ids.device.type, dtype, enabled=dtype != torch.float32):
        encode_tokens = encode_tokens or partial(_run_albert, network)
        hidden = network.bert_encoder(encode_tokens(ids))
        hidden = _encode_durations(predictor.text_encoder, hidden, prosody_style)
        states, _ = predictor.lstm(hidden)
        frames = _count_frames(predictor.duration_proj, states, speed)
        shared, _ = predictor.shared(hidden.repeat_interleave(frames, dim=1))
        predict_pitch_energy = predict_pitch_energy or partial(_predict_pitch_energy, predictor)
        pitch, energy = predict_pitch_energy(shared, prosody_style)
        text = _encode_text(network.text_encoder, ids).repeat_interleave(frames, dim=2)
    return Prosody(frames, text, pitch, energy)


def fp32_modules(network: Any) -> tuple[Any, ...]:
    """Return the modules that yield durations, pitch and energy: bf16 is too coarse for them.

    Near 200 Hz the step of bf16 is 1 Hz, which is 8 cents.
    """
    predictor = network.predictor
    return predictor.duration_proj.linear_layer, predictor.F0_proj, predictor.N_proj


def _run_albert(network: Any, ids: torch.Tensor) -> torch.Tensor:
    encoded: torch.Tensor = network.bert(ids, attention_mask=torch.ones_like(ids))
    return encoded


def _count_frames(projection: Any, states: torch.Tensor, speed: float) -> torch.Tensor:
    """Return int64 (tokens,), each at least 1."""
    with torch.autocast(states.device.type, enabled=False):
        durations = torch.sigmoid(projection(states.float())).sum(dim=-1) / speed
    return torch.round(durations).clamp(min=1).long().flatten()


def _predict_pitch_energy(
    predictor: Any, states: torch.Tensor, prosody_style: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn states per frame into pitch and energy, float32 (1, 2 * frames) each."""
    pitch = _predict_values(predictor.F0, predictor.F0_proj, states, prosody_style)
    energy = _predict_values(predictor.N, predictor.N_proj, states, prosody_style)
    return pitch, energy


def _predict_values(
    blocks: Any, projection: Any, states: torch.Tensor, prosody_style: torch.Tensor
) -> torch.Tensor:
    hidden = states.transpose(1, 2)
    for block in blocks:
        hidden = block(hidden, prosody_style)
    with torch.autocast(states.device.type, enabled=False):
        return projection(hidden.float()).squeeze(1)


def _encode_durations(
    encoder: Any, hidden: torch.Tensor, prosody_style: torch.Tensor
) -> torch.Tensor:
    """Run kokoro's DurationEncoder; return (1, tokens, channels + style)."""
    repeated = prosody_style.expand(1, hidden.shape[1], -1)
    hidden = torch.cat([hidden, repeated], dim=-1)
    for lstm, norm in zip(encoder.lstms[::2], encoder.lstms[1::2], strict=True):
        hidden, _ = lstm(hidden)
        hidden = torch.cat([norm(hidden, prosody_style), repeated], dim=-1)
    return hidden


def _encode_text(encoder: Any, ids: torch.Tensor) -> torch.Tensor:
    """Run kokoro's TextEncoder; return (1, channels, tokens)."""
    hidden = encoder.embedding(ids).transpose(1, 2)
    for layer in encoder.cnn:
        hidden = layer(hidden)
    hidden, _ = encoder.lstm(hidden.transpose(1, 2))
    return hidden.transpose(1, 2)
