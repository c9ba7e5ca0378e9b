"""From tokens to what the decoder needs: durations, pitch, energy and aligned text.

Kokoro's own modules for a batch of one without padding, so that masks, packed sequences and the
alignment as a matrix fall away. The only number that the host must wait for is the total length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

Encode = Callable[[torch.Tensor], torch.Tensor]
Follow = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]

_STYLE_SPLIT = 128
"""The first half of a style shapes the sound, the second the prosody."""


@dataclass(frozen=True, slots=True)
class Prosody:
    """How a chunk is to be spoken."""

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
    encode: Encode | None = None,
    follow: Follow | None = None,
) -> Prosody:
    """Run everything in front of the decoder.

    Args:
        network: kokoro's KModel, weight norm folded.
        ids: int64, (1, tokens), boundaries included.
        style: float32, (1, 256).
        speed: speaking rate; above 1 is faster.
        dtype: float32, or the type of an autocast: less time, and durations differ by a frame
            here and there.
        encode: stands in for the network's own text encoder: int64 (1, tokens) to float32
            (1, tokens, channels).
        follow: stands in for its predictors of pitch and energy: float32 (1, frames, channels)
            and the prosody's half of the style to two curves, float32 (1, 2 * frames).
    """
    prosody_style = style[:, _STYLE_SPLIT:]
    predictor = network.predictor
    with torch.autocast(ids.device.type, dtype, enabled=dtype != torch.float32):
        known = encode(ids) if encode else network.bert(ids, attention_mask=torch.ones_like(ids))
        hidden = network.bert_encoder(known)
        hidden = _encode_durations(predictor.text_encoder, hidden, prosody_style)
        states, _ = predictor.lstm(hidden)
        frames = _count_frames(predictor.duration_proj, states, speed)
        spread = hidden.repeat_interleave(frames, dim=1)
        shared, _ = predictor.shared(spread)
        pitch, energy = (follow or partial(_follow, predictor))(shared, prosody_style)
        text = _encode_text(network.text_encoder, ids).repeat_interleave(frames, dim=2)
    return Prosody(frames, text, pitch, energy)


def fp32_modules(network: Any) -> tuple[Any, ...]:
    """Return the modules whose results are read as numbers: bf16 is too coarse for them.

    Near 200 Hz bf16 knows whole hertz only, which is 8 cents.
    """
    predictor = network.predictor
    return predictor.duration_proj.linear_layer, predictor.F0_proj, predictor.N_proj


def _count_frames(projection: Any, states: torch.Tensor, speed: float) -> torch.Tensor:
    """Return int64 (tokens,), each at least 1."""
    with torch.autocast(states.device.type, enabled=False):
        durations = torch.sigmoid(projection(states.float())).sum(dim=-1) / speed
    return torch.round(durations).clamp(min=1).long().flatten()


def _follow(
    predictor: Any, states: torch.Tensor, prosody_style: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Turn states per frame into pitch and energy, float32 (1, 2 * frames) each."""
    pitch = _draw_curve(predictor.F0, predictor.F0_proj, states, prosody_style)
    energy = _draw_curve(predictor.N, predictor.N_proj, states, prosody_style)
    return pitch, energy


def _draw_curve(
    blocks: Any, projection: Any, states: torch.Tensor, prosody_style: torch.Tensor
) -> torch.Tensor:
    curve = states.transpose(1, 2)
    for block in blocks:
        curve = block(curve, prosody_style)
    with torch.autocast(states.device.type, enabled=False):
        return projection(curve.float()).squeeze(1)


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
