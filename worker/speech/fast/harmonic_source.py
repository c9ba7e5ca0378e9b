"""The vocoder's sound source: harmonics of the pitch in voiced frames, and noise everywhere.

kokoro draws nine normal numbers per sample, one per harmonic, and adds them with fixed weights;
the sum is one normal variable, so this draws one. kokoro also draws a starting phase that its own
interpolation never reads; this does not. Phases are computed per frame of pitch, not per sample,
which is what kokoro's interpolation amounts to.
"""

import math
from typing import Any

import torch
from torch.nn import functional


class HarmonicSource:
    """Turns pitch into the waveform that the vocoder filters."""

    def __init__(self, source: Any, samples_per_frame: int) -> None:
        """Take the constants of kokoro's SourceModuleHnNSF."""
        sines = source.l_sin_gen
        self._samples_per_frame = samples_per_frame
        self._sample_rate = sines.sampling_rate
        self._voiced_above = sines.voiced_threshold
        self._harmonics = torch.arange(1, sines.dim + 1, dtype=torch.float32)
        weight = source.l_linear.weight.detach().float().flatten()
        self._amplitudes = weight * sines.sine_amp
        self._bias = source.l_linear.bias.detach().float()
        self._voiced_noise = sines.noise_std * weight.norm()
        self._unvoiced_noise = sines.sine_amp / 3 * weight.norm()

    def __call__(self, pitch: torch.Tensor) -> torch.Tensor:
        """Return float32 (1, samples) for a pitch in Hz, float32 (1, frames).

        Draws one normal number per sample from PyTorch's generator.
        """
        frames = pitch[0].float()
        turns = (self._harmonics[:, None] * frames / self._sample_rate) % 1
        phases = torch.cumsum(turns, 1) * (2 * math.pi)
        phases = functional.interpolate(
            (phases * self._samples_per_frame)[None],
            scale_factor=self._samples_per_frame,
            mode="linear",
        )[0]
        tone = self._amplitudes @ phases.sin_()
        is_voiced = (frames > self._voiced_above).repeat_interleave(self._samples_per_frame)
        noise = torch.where(is_voiced, self._voiced_noise, self._unvoiced_noise)
        noise = noise * torch.randn(tone.shape)
        return torch.tanh(tone * is_voiced + noise + self._bias)[None]
