"""Measuring the vocoder's values over every voice and language, for `calibration`.

The sentences are committed with their phonemes, so that the result does not depend on which
languages' packages are installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from worker.speech.calibration import BlockRange, save_calibration
from worker.speech.fast import FastNetwork
from worker.speech.kernels.activation import Activation, Snake, load_activation
from worker.speech.network import build_network
from worker.speech.processor import find_int8_fault
from worker.speech.residual import ResidualBlock, StyleProjection, make_block
from worker.speech.tensors import load_state, load_voice
from worker.speech.vocoder import residual_modules
from worker.speech.weights import WEIGHTS_NAME, ModelSource, check_model, load_config, voice_path

SENTENCES = Path(__file__).with_name("sentences.json")
ORIGIN = "measured on this model with the sentences of this release"

_MAGNITUDE_BITS = 0x7FFF
_COMPARED = 8
"""Of the utterances, one in so many is also spoken in int8, to see the error."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence in one voice."""

    phonemes: str
    voice: str


class PeakRecorder:
    """An `Activation` that remembers how large its results were."""

    def __init__(self, activate: Activation) -> None:
        """Let `activate` do the work."""
        self.name = activate.name
        self.activate = activate
        self.peaks: dict[int, torch.Tensor] = {}
        """By identity of the constants: largest magnitude per channel."""

    def __call__(
        self, rows: torch.Tensor, frames: int, phases: int, style: torch.Tensor, snake: Snake
    ) -> torch.Tensor:
        """Compute, and remember."""
        active = self.activate(rows, frames, phases, style, snake)
        peak = _peak(active)
        known = self.peaks.get(id(snake))
        self.peaks[id(snake)] = peak if known is None else torch.maximum(known, peak)
        return active


class ComparedBlock(ResidualBlock):
    """A residual block beside its int8 twin on the same input; the first one's answer counts."""

    def __init__(self, block: ResidualBlock, twin: ResidualBlock) -> None:
        """Let the twin read the styles where `block` reads them."""
        super().__init__(block.steps, block.activate)
        steps = zip(twin.steps, block.steps, strict=True)
        matched = [replace(step, style=like.style) for step, like in steps]
        self._twin = ResidualBlock(matched, twin.activate)
        self.noise = 0.0
        self.signal = 0.0

    def __call__(self, rows: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        """Compute both, and sum up how far they are apart."""
        expected = super().__call__(rows, styles)
        self.noise += float((self._twin(rows, styles).float() - expected.float()).square().sum())
        self.signal += float((expected.float() - rows.float()).square().sum())
        return expected


def calibrate_model(directory: Path, report: Callable[[str], None]) -> ModelSource:
    """Measure the model in `directory` and record the ranges there; about a minute on two cores.

    Nothing is done where oneDNN's int8 convolution does not work, since nobody could use it.

    Args:
        directory: a whole model directory.
        report: told what is going on, one line at a time.

    Raises:
        StartupError: the model is not whole.
    """
    source = check_model(directory)
    fault = find_int8_fault()
    if fault:
        report(f"int8 is not calibrated: {fault}")
        return source
    config = load_config(directory)
    network = build_network(config, load_state(directory / WEIGHTS_NAME))
    utterances = list(plan_utterances(source.voices))
    report(f"calibrating int8 with {len(utterances)} sentences; this takes about a minute")
    blocks = measure_ranges(network, config["vocab"], utterances, directory)
    dropped = [name for name, block in blocks.items() if not block.is_int8]
    if dropped:
        report(f"int8 would hurt {', '.join(dropped)}: kept in bf16")
    return save_calibration(directory, source, blocks, ORIGIN)


def plan_utterances(voices: tuple[str, ...]) -> Iterator[Utterance]:
    """Yield every voice at least once and every sentence of its language at least once."""
    sentences: dict[str, list[str]] = {}
    for record in json.loads(SENTENCES.read_text(encoding="utf-8")):
        sentences.setdefault(record["language"], []).append(record["phonemes"])
    for language, spoken in sentences.items():
        speakers = [voice for voice in voices if voice.startswith(language)]
        for index in range(max(len(speakers), len(spoken)) if speakers else 0):
            yield Utterance(spoken[index % len(spoken)], speakers[index % len(speakers)])


def measure_ranges(
    network: Any, vocabulary: Mapping[str, int], utterances: list[Utterance], directory: Path
) -> dict[str, BlockRange]:
    """Speak the utterances, and some of them again beside int8."""
    modules = dict(residual_modules(network.decoder.generator))
    recorder = PeakRecorder(load_activation())
    exact = torch.float32
    fast = FastNetwork(network, recorder, dtype=exact, front_dtype=exact, scales={})
    for utterance in utterances:
        _speak(fast, utterance, vocabulary, directory)
    blocks = fast.vocoder.blocks
    peaks = {
        name: tuple(_round(recorder.peaks[id(step.snake)]) for step in block.steps)
        for name, block in blocks.items()
    }
    compared = {}
    for name, block in blocks.items():
        scales = BlockRange(peaks[name], error=0.0).scales
        twin = make_block(modules[name], StyleProjection(), recorder.activate, exact, scales)
        compared[name] = ComparedBlock(block, twin)
    blocks.update(compared)
    for utterance in utterances[::_COMPARED]:
        _speak(fast, utterance, vocabulary, directory)
    return {
        name: BlockRange(peaks[name], block.noise / block.signal)
        for name, block in compared.items()
    }


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

    Without its sign bit bf16 sorts like an integer, and NumPy finds the largest of a column
    thirty times as fast as PyTorch.
    """
    bits = rows.view(torch.int16).numpy().reshape(-1, rows.shape[2]) & _MAGNITUDE_BITS
    return torch.from_numpy(bits.max(axis=0)).view(torch.bfloat16).float()


def _round(peak: torch.Tensor) -> tuple[float, ...]:
    """Keep six digits: the file is read by people, too."""
    return tuple(float(f"{value:.6g}") for value in peak.tolist())
