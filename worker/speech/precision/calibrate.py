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

import torch

from worker.speech.fast.calibration import BlockRange, save_calibration
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


class PeakRecorder:
    """An `Activation` that records the largest magnitudes of its results."""

    def __init__(self, activate: Activation) -> None:
        """Wrap `activate`."""
        self.name = activate.name
        self.activate = activate
        self.peaks: dict[int, torch.Tensor] = {}
        """By id of the constants: largest magnitude per channel."""

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
        peak = _peak(active)
        known = self.peaks.get(id(nonlinearity))
        self.peaks[id(nonlinearity)] = peak if known is None else torch.maximum(known, peak)
        return active


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
    recorder = PeakRecorder(load_activation())
    fast, blocks = _make_exact(network, recorder, {})
    # Each of the compared ones is spoken in both precisions: as much work as two.
    progress = CalibrationProgress(len(utterances) + 2 * len(utterances[::_COMPARED]), report)
    for utterance in utterances:
        _speak(fast, utterance, vocabulary, directory)
        progress.advance(1)
    peaks = {
        name: tuple(_round(recorder.peaks[id(step.nonlinearity)]) for step in block.steps)
        for part in blocks
        for name, block in part.items()
    }
    scales = {name: BlockRange(peak, error=0.0).scales for name, peak in peaks.items()}
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
        name: BlockRange(peaks[name], block.noise / block.signal)
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


def _peak(rows: torch.Tensor) -> torch.Tensor:
    """Return the largest magnitude per channel, float32 (channels,), of bf16 rows.

    Without its sign bit bf16 sorts like an integer, and NumPy finds the maximum of a column
    thirty times as fast as PyTorch.
    """
    bits = rows.view(torch.int16).numpy().reshape(-1, rows.shape[2]) & _MAGNITUDE_BITS
    return torch.from_numpy(bits.max(axis=0)).view(torch.bfloat16).float()


def _round(peak: torch.Tensor) -> tuple[float, ...]:
    """Round to six digits, because people read the file too."""
    return tuple(float(f"{value:.6g}") for value in peak.tolist())
