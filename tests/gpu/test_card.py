"""What only a real CUDA card can show; skipped where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.gpu.measure import make_texts
from tests.gpu.parcels import VOICES
from worker.engine import Segment
from worker.settings import WorkerSettings
from worker.speech.device.device import resolve_device
from worker.speech.kokoro import KokoroSynthesizer, load_engine
from worker.speech.model.weights import check_model
from worker.speech.out_of_memory import HALVED, MOVED
from worker.speech.precision.precision import PrecisionChoice
from worker.speech.precision.trial_child import find_difference

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA card here"),
]

SENTENCE, PARAGRAPH = make_texts(480)
HALVES = [
    "fp16",
    pytest.param(
        "bf16",
        marks=pytest.mark.skipif(
            torch.cuda.is_available() and torch.cuda.get_device_capability() < (8, 0),
            reason="no bf16 on this card",
        ),
    ),
]


def load(model: Path, name: str, device: str = "cuda:0") -> KokoroSynthesizer:
    """Load the model in a precision, without a trial."""
    choice = PrecisionChoice(name, "posed", name)  # type: ignore[arg-type]  # posed
    return KokoroSynthesizer(model, check_model(model), device, choice)


def speak(synthesizer: KokoroSynthesizer, phonemes: str = SENTENCE) -> Segment:
    """Speak with the seed that all tests use."""
    return synthesizer.synthesize(phonemes, voice=VOICES[0], speed=1.0, seed=1)


@pytest.fixture
def whole_memory() -> Iterator[None]:
    """Give the card's memory back to the tests that follow."""
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def test_the_card_is_proved_and_chosen() -> None:
    """Its kernels agree with the CPU's, and auto takes it."""
    assert resolve_device().name.startswith("cuda:")


def test_fp32_says_what_the_cpu_says(model: Path) -> None:
    """The card draws another noise, and its convolutions may round to TF32."""
    expected, found = speak(load(model, "fp32", "cpu")), speak(load(model, "fp32"))

    assert find_difference(expected, found) == ""


@pytest.mark.parametrize("name", HALVES)
def test_half_precision_says_what_fp32_says(model: Path, name: str) -> None:
    """The trial's own judge, on a longer text than the trial's."""
    expected = speak(load(model, "fp32"), PARAGRAPH)
    found = speak(load(model, name), PARAGRAPH)

    assert find_difference(expected, found) == ""


@pytest.mark.parametrize("name", ["fp32", *HALVES])
def test_equal_calls_give_equal_bytes(model: Path, name: str) -> None:
    """Also after other chunks, and in a synthesizer that was loaded anew."""
    synthesizer = load(model, name)
    first = speak(synthesizer).samples.tobytes()
    speak(synthesizer, PARAGRAPH)

    assert speak(synthesizer).samples.tobytes() == first
    assert speak(load(model, name)).samples.tobytes() == first


def test_a_worker_tries_the_card_before_it_uses_half_precision(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The first start runs the trial and keeps its verdict; the second one runs none."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    caplog.set_level("INFO")
    settings = WorkerSettings(model_dir=model, device="cuda:0")

    first = load_engine(settings).synthesizer.fingerprint
    tried = caplog.text.count("trying faster arithmetic")
    second = load_engine(settings).synthesizer.fingerprint

    assert tried == int(torch.cuda.get_device_capability() >= (7, 0))
    assert caplog.text.count("trying faster arithmetic") == tried
    assert first == second


@pytest.mark.usefixtures("whole_memory")
def test_a_card_without_memory_costs_no_chunk(model: Path) -> None:
    """The chunk is spoken in halves or on the CPU, whole, and says so."""
    synthesizer = load(model, "fp32")
    torch.cuda.empty_cache()
    used = torch.cuda.memory_reserved() / torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(used)

    segment = speak(synthesizer, PARAGRAPH)

    assert segment.detour in {HALVED, MOVED}
    assert len(segment.phoneme_samples) == len(PARAGRAPH)
    assert segment.samples.size == sum(segment.phoneme_samples)
