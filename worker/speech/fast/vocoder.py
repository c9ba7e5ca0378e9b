"""Kokoro's vocoder (iSTFTNet) for a CPU: channels-last in bf16, most of it in int8.

The network and parameters are those of `kokoro.istftnet.Generator`; only the layout in memory and
the rounding differ. `fast_network` joins it with the rest of the model.
"""

import math
from typing import Any

import torch

from worker.speech.fast.convolution import DenseConvolution, Upsampler
from worker.speech.fast.harmonic_source import HarmonicSource
from worker.speech.fast.kernels.activation import Activation, LeakyRelu
from worker.speech.fast.padding import Padding, pad_rows
from worker.speech.fast.residual import (
    NetworkBlock,
    Scales,
    SingleStep,
    Step,
    StyleProjection,
    count_steps,
    make_block,
)

_STAGE_SLOPE = 0.1
_FINAL_SLOPE = 0.01


class Vocoder:
    """Turns the decoder's features into samples."""

    def __init__(
        self,
        generator: Any,
        activate: Activation,
        dtype: torch.dtype,
        scales: Scales,
    ) -> None:
        """Prepare the weights.

        Args:
            generator: kokoro's Generator, weight norm folded.
            activate: computes the activations.
            dtype: of the convolutions outside of int8: bf16, or fp32 where bf16 is slow.
            scales: the blocks that run in int8, by name; the others run in `dtype`.
        """
        self._stft = generator.stft
        self._bins = generator.post_n_fft // 2 + 1
        self._strides = [upsampler.stride[0] for upsampler in generator.ups]
        hop = generator.stft.hop_length
        hop *= math.prod(self._strides)
        self._harmonic_source = HarmonicSource(generator.m_source, hop)
        self._project = StyleProjection()
        self.blocks: dict[str, NetworkBlock] = {
            name: make_block(block, self._project, activate, dtype, scales.get(name))
            for name, block in residual_modules(generator)
        }
        self._project.freeze()
        self._stages = len(generator.ups)
        self._branches = generator.num_kernels
        self._noise = [
            DenseConvolution(
                source.weight,
                source.bias,
                dtype,
                stride=source.stride[0],
                padding=source.padding[0],
            )
            for source in generator.noise_convs
        ]
        # Each stage ends in the mean of its branches. What follows is linear up to a leaky ReLU,
        # which a positive factor passes, so the next weight contains the division.
        share = 1 / self._branches
        for stage, ups in enumerate(generator.ups):
            name = f"ups.{stage}"
            (scale,) = scales.get(name, [None])
            weight = ups.weight * (share if stage else 1)
            step = Step(
                LeakyRelu(_STAGE_SLOPE, count_steps(scale)),
                Upsampler(weight, ups.bias, dtype, scale, cut=ups.padding[0]),
            )
            self.blocks[name] = SingleStep(step, activate)
        # In fp32, whatever the rest is: its rows are log magnitudes and phases, so what is rounded
        # here is multiplied into the sound. int8 costs 1.1 to 1.4 dB of log-spectral distance, and
        # a bf16 answer alone about 0.14 of Distill-MOS, for 0.7 % of the time.
        last = generator.conv_post
        dense = DenseConvolution(
            last.weight * share, last.bias, torch.float32, answer=torch.float32
        )
        self._last = SingleStep(Step(LeakyRelu(_FINAL_SLOPE), dense), activate)

    def __call__(
        self, features: torch.Tensor, padded: Padding, style: torch.Tensor, pitch: torch.Tensor
    ) -> torch.Tensor:
        """Return samples, float32 (n,).

        Args:
            features: bf16, (1, length, channels), contiguous, from the decoder.
            padded: of the features.
            style: float32, (1, 128).
            pitch: float32, (1, frames), in Hz.
        """
        styles = self._project(style)
        last = padded.times(math.prod(self._strides)).plus(1)
        harmonics = pad_rows(self._analyse(self._harmonic_source(pitch)), last)
        rows = features
        for stage in range(self._stages):
            rows, padded = self._run_stage(stage, rows, padded, harmonics, styles)
        rows = self._last(rows, padded, styles)
        return self._synthesise(rows[:, : padded.frames])

    def _run_stage(
        self,
        stage: int,
        rows: torch.Tensor,
        padded: Padding,
        harmonics: torch.Tensor,
        styles: torch.Tensor,
    ) -> tuple[torch.Tensor, Padding]:
        """Upsample, add the sound source, and sum the branches."""
        upsampled = self.blocks[f"ups.{stage}"](rows, padded, styles)
        padded = padded.times(self._strides[stage])
        is_last = stage == self._stages - 1
        if is_last:
            padded = padded.plus(1)
        source = self._noise[stage](harmonics, padded.frames)
        source = self.blocks[f"noise_res.{stage}"](source, padded, styles)
        if is_last:
            # kokoro pads one frame in front, by reflection.
            source[:, 1:] += upsampled
            source[:, :1] += upsampled[:, 1:2]
        else:
            source += upsampled
        first, *others = (
            self.blocks[f"resblocks.{stage * self._branches + branch}"]
            for branch in range(self._branches)
        )
        total = first(source, padded, styles)
        for branch in others:
            total += branch(source, padded, styles)
        return total, padded

    def _analyse(self, waveform: torch.Tensor) -> torch.Tensor:
        """Return the spectrum of the sound source as rows: magnitudes, then phases."""
        magnitude, phase = self._stft.transform(waveform)
        return torch.cat([magnitude, phase], dim=1).transpose(1, 2)

    def _synthesise(self, rows: torch.Tensor) -> torch.Tensor:
        """Turn log magnitudes and phases, float32 (1, frames, 2 * bins), into samples."""
        values = rows.transpose(1, 2)
        magnitude, angle = values[:, : self._bins].exp(), values[:, self._bins :].sin()
        stft = self._stft
        samples = torch.istft(
            torch.polar(magnitude.contiguous(), angle.contiguous()),
            stft.filter_length,
            stft.hop_length,
            stft.win_length,
            window=stft.window,
        )
        return samples.flatten()


def residual_modules(generator: Any) -> list[tuple[str, Any]]:
    """Return kokoro's residual blocks by the names that calibration uses."""
    return [
        (f"{group}.{index}", block)
        for group in ("noise_res", "resblocks")
        for index, block in enumerate(getattr(generator, group))
    ]
