"""Measures the ranges of the model's values over all voices and languages, for `calibration`.

The sentences are stored with their phonemes, so the result does not depend on the installed
languages.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from worker.speech.fast.calibration import LARGEST_STEP, BlockRange, save_calibration
from worker.speech.fast.fast_albert import FastAlbert
from worker.speech.fast.fast_network import FastNetwork
from worker.speech.fast.int8_products import find_int8_fault
from worker.speech.fast.kernels.activation import Activation, Nonlinearity, load_activation
from worker.speech.fast.padding import Padding
from worker.speech.fast.pitch_energy import PitchEnergy
from worker.speech.fast.residual import NetworkBlock, ResidualBlock, Scales
from worker.speech.model.network import build_network
from worker.speech.model.tensors import load_state, load_voice
from worker.speech.model.weights import (
    WEIGHTS_NAME,
    ModelSource,
    check_model,
    load_config,
    voice_path,
)

SENTENCES = Path(__file__).with_name("calibration_sentences.json")
ORIGIN = "measured on this model with the sentences of this release"

_MAGNITUDE_BITS = 0x7FFF
_BIN_BITS = 4
"""The lowest bits of a bf16 magnitude count as one bin: eight bins between powers of two."""
_BINS = (_MAGNITUDE_BITS + 1) >> _BIN_BITS
_HEADROOM = 1.02
"""Other text may exceed the measured peaks a little."""
_SHARES = np.linspace(0.15, 1, 86)
"""Of the largest magnitude: the limits that are weighed against each other."""
_COMPARED = 8
"""Every eighth utterance is also spoken in int8, to measure the error."""
_REPORT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence in one voice."""

    phonemes: str
    voice: str


class CalibrationProgress:
    """Reports every 20 seconds how much is done and how long the rest will take at this pace."""

    def __init__(
        self,
        total: int,
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to count `total` pieces of about the same work."""
        self._total = total
        self._report = report
        self._clock = clock
        self._done = 0
        self._started_at = self._told_at = clock()

    def advance(self, count: int) -> None:
        """Count what is done."""
        self._done += count
        now = self._clock()
        if now - self._told_at >= _REPORT_SECONDS and self._done < self._total:
            self._told_at = now
            seconds = (now - self._started_at) * (self._total - self._done) / self._done
            self._report(
                f"measuring int8 ranges: {self._done / self._total:.0%}, "
                f"about {max(1, round(seconds / 10)) * 10} s left at this pace"
            )


class RangeRecorder:
    """An `Activation` that counts how often its results have each magnitude, by channel."""

    def __init__(self, activate: Activation) -> None:
        """Wrap `activate`."""
        self.name = activate.name
        self.activate = activate
        self.peaks: dict[int, NDArray[np.float32]] = {}
        """By id of the constants: largest magnitude, (channels,)."""
        self.counts: dict[int, NDArray[np.int32]] = {}
        """By id of the constants: how many values lie in each bin, (channels, bins)."""

    def __call__(
        self,
        rows: torch.Tensor,
        padded: Padding,
        phases: int,
        style: torch.Tensor | None,
        nonlinearity: Nonlinearity,
    ) -> torch.Tensor:
        """See `Activation`."""
        active = self.activate(rows, padded, phases, style, nonlinearity)
        bits = active.view(torch.int16).numpy().reshape(-1, active.shape[2]) & _MAGNITUDE_BITS
        peaks, counts = _read_bf16(bits.max(axis=0)), _count(bits)
        key = id(nonlinearity)
        known = key in self.peaks
        self.peaks[key] = np.maximum(self.peaks[key], peaks) if known else peaks
        self.counts[key] = self.counts[key] + counts if known else counts
        return active

    def find_limits(self, nonlinearity: Nonlinearity, *, clips: bool) -> tuple[float, ...]:
        """Return the range of each channel, rounded to six digits, because people read the file.

        Args:
            nonlinearity: the constants of one activation.
            clips: leave out what is rare where that makes the error less; else nothing that was
                measured is clipped.
        """
        limits = self.peaks[id(nonlinearity)] * _HEADROOM
        if clips:
            limits = choose_limits(self.counts[id(nonlinearity)], limits)
        return tuple(float(f"{value:.6g}") for value in limits)


class ComparedBlock:
    """Runs a block and its int8 version on the same input; returns the first one's result."""

    def __init__(self, block: NetworkBlock, int8_block: NetworkBlock) -> None:
        """Keep two blocks whose styles have the same positions."""
        self.steps = block.steps
        self._block = block
        self._int8_block = int8_block
        self.noise = 0.0
        self.signal = 0.0

    def __call__(self, rows: torch.Tensor, padded: Padding, styles: torch.Tensor) -> torch.Tensor:
        """Run both, and add up signal and error power."""
        expected = self._block(rows, padded, styles)
        # Upsampling blocks return two or ten times as many frames as they get.
        frames = padded.frames * (expected.shape[1] // rows.shape[1])
        made = expected[:, :frames].float()
        found = self._int8_block(rows, padded, styles)[:, :frames].float()
        self.noise += float((found - made).square().sum())
        if isinstance(self._block, ResidualBlock):
            made = made - rows[:, :frames].float()
        self.signal += float(made.square().sum())
        return expected


def calibrate_model(directory: Path, report: Callable[[str], None]) -> ModelSource:
    """Measure the model in `directory` and record the ranges there.

    That takes about ten minutes of one core on a processor with AVX2, and longer beside other work:
    what is left of it is reported every 20 s. Where int8 products do not work, this does nothing.

    Args:
        directory: a complete model directory.
        report: called with each line of progress.

    Raises:
        StartupError: the model is not complete.
    """
    source = check_model(directory)
    fault = find_int8_fault()
    if fault:
        report(f"int8 is not calibrated: {fault}")
        return source
    config = load_config(directory)
    network = build_network(config, load_state(directory / WEIGHTS_NAME))
    utterances = list(plan_utterances(source.voices))
    report(f"measuring int8 ranges with {len(utterances)} sentences, once for this model")
    blocks = measure_ranges(network, config["vocab"], utterances, directory, report)
    dropped = [name for name, block in blocks.items() if not block.is_int8]
    if dropped:
        report(f"int8 would hurt {', '.join(dropped)}: kept in bf16")
    return save_calibration(directory, source, blocks, ORIGIN)


def plan_utterances(voices: tuple[str, ...]) -> Iterator[Utterance]:
    """Yield each voice, and each sentence of its language, at least once."""
    sentences: dict[str, list[str]] = {}
    for record in json.loads(SENTENCES.read_text(encoding="utf-8")):
        sentences.setdefault(record["language"], []).append(record["phonemes"])
    for language, spoken in sentences.items():
        speakers = [voice for voice in voices if voice.startswith(language)]
        for index in range(max(len(speakers), len(spoken)) if speakers else 0):
            yield Utterance(spoken[index % len(spoken)], speakers[index % len(speakers)])


def measure_ranges(
    network: Any,
    vocabulary: Mapping[str, int],
    utterances: list[Utterance],
    directory: Path,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, BlockRange]:
    """Speak the utterances in fp32, and some of them again with int8 beside it."""
    recorder = RangeRecorder(load_activation())
    fast, blocks = _make_exact(network, recorder, {})
    # Each of the compared ones is spoken in both precisions: as much work as two.
    progress = CalibrationProgress(len(utterances) + 2 * len(utterances[::_COMPARED]), report)
    for utterance in utterances:
        _speak(fast, utterance, vocabulary, directory)
        progress.advance(1)
    # A clipped value before the vocoder would move durations, pitch, and whole sounds.
    *_, vocoder = blocks
    limits = {
        name: tuple(
            recorder.find_limits(step.nonlinearity, clips=part is vocoder) for step in block.steps
        )
        for part in blocks
        for name, block in part.items()
    }
    scales = {name: BlockRange(limit, error=0.0).scales for name, limit in limits.items()}
    _, rounded = _make_exact(network, recorder.activate, scales)
    compared = {}
    for part, int8_part in zip(blocks, rounded, strict=True):
        for name, block in part.items():
            compared[name] = ComparedBlock(block, int8_part[name])
        part.update({name: compared[name] for name in part})
    for utterance in utterances[::_COMPARED]:
        _speak(fast, utterance, vocabulary, directory)
        progress.advance(2)
    return {
        name: BlockRange(limits[name], block.noise / block.signal)
        for name, block in compared.items()
    }


def _make_exact(
    network: Any, activate: Activation, scales: Scales
) -> tuple[FastNetwork, tuple[dict[str, NetworkBlock], ...]]:
    """Build a fast network with fp32 beside int8, which does not change `network`.

    Returns:
        The network, and the blocks of each part by name; replacing a block there replaces it in
        the network.
    """
    exact = torch.float32
    fast = FastNetwork(network, activate, dtype=exact, front_dtype=exact, scales=scales)
    fast.encoder = FastAlbert(network.bert, activate, scales)
    fast.pitch_energy = PitchEnergy(network.predictor, activate, scales)
    parts = (fast.encoder, fast.pitch_energy, fast.decoder, fast.vocoder)
    return fast, tuple(part.blocks for part in parts)


def _speak(
    fast: FastNetwork, utterance: Utterance, vocabulary: Mapping[str, int], directory: Path
) -> None:
    ids = [0, *(vocabulary[phoneme] for phoneme in utterance.phonemes), 0]
    voice = load_voice(directory / voice_path(utterance.voice))
    torch.manual_seed(0)
    with torch.inference_mode():
        fast.forward_with_tokens(torch.tensor([ids]), voice[len(utterance.phonemes) - 1], 1.0)


def choose_limits(counts: NDArray[np.int32], widest: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the limit of each channel with the least square error of int8, float32 (channels,).

    A value below the limit errs by a twelfth of a squared step, one above by its distance. Kokoro's
    vocoder has rare values far above the others: a range for all of them is rough for the others.

    Args:
        counts: (channels, bins): how many values lie in each bin of magnitude.
        widest: float32, (channels,): no limit is above it.
    """
    middles = _read_bf16((np.arange(_BINS, dtype=np.int16) << _BIN_BITS) + (1 << _BIN_BITS - 1))
    middles = np.where(np.isfinite(middles), middles, 0.0).astype(np.float64)
    # Sums of the bins from each one on; a value of exactly zero has no error.
    moments = [
        np.flip(np.cumsum(np.flip(counts[:, 1:] * middles[1:] ** power, 1), 1), 1)
        for power in range(3)
    ]
    limits = widest[:, None] * _SHARES
    first_above = np.searchsorted(middles[1:], limits).clip(max=_BINS - 2)
    number, total, squares = (np.take_along_axis(sums, first_above, 1) for sums in moments)
    clipped = squares - 2 * limits * total + limits**2 * number
    rounded = moments[0][:, :1] * (limits / LARGEST_STEP) ** 2 / 12
    best = (clipped + rounded).argmin(axis=1, keepdims=True)
    return np.take_along_axis(limits, best, 1)[:, 0].astype(np.float32)


def _count(bits: NDArray[np.int16]) -> NDArray[np.int32]:
    """Return the histogram of each column of bf16 magnitudes, (channels, bins)."""
    channels = bits.shape[1]
    places = (bits >> _BIN_BITS) + np.arange(channels) * _BINS
    counted = np.bincount(places.ravel(), minlength=channels * _BINS)
    return counted.reshape(channels, _BINS).astype(np.int32)


def _read_bf16(bits: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return the values of bf16 magnitudes.

    Without its sign bit bf16 sorts like an integer, and NumPy finds the maximum of a column
    thirty times as fast as PyTorch.
    """
    values: NDArray[np.float32] = torch.from_numpy(bits).view(torch.bfloat16).float().numpy()
    return values
