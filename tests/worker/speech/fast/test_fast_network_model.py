"""The fast path on the real weights, against fp32."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from jobs.settings import default_cache_dir
from tests.worker.speech.test_kokoro_model import FOX, speak
from worker.engine import Segment
from worker.settings import WorkerSettings
from worker.speech.fast.calibration import load_calibration
from worker.speech.fast.fast_network import FastNetwork
from worker.speech.fast.harmonic_source import HarmonicSource
from worker.speech.fast.int8_products import find_int8_fault
from worker.speech.fast.kernels.activation import load_activation
from worker.speech.fast.padding import SAMPLES_PER_FRAME, Padding
from worker.speech.fast.pitch_energy import PitchEnergy
from worker.speech.fast.processor import examine_processor
from worker.speech.kokoro import KokoroSynthesizer
from worker.speech.model.network import build_network
from worker.speech.model.prosody import fp32_modules, predict_prosody
from worker.speech.model.tensors import load_state, load_voice
from worker.speech.model.weights import WEIGHTS_NAME, check_model, load_config
from worker.speech.precision.calibrate import calibrate_model, measure_ranges, plan_utterances
from worker.speech.precision.precision import PrecisionChoice
from worker.speech.precision.trial_child import find_difference

pytestmark = pytest.mark.model

LONG = (FOX + " ") * 3

needs_int8 = pytest.mark.skipif(bool(find_int8_fault()), reason="oneDNN has no int8 here")
needs_bf16 = pytest.mark.skipif(not examine_processor().has_bf16, reason="no bf16 here")

_HERE = examine_processor()

MASKS = [
    name
    for name, has_more in (
        ("AVX512_CORE", _HERE.has_avx512 and _HERE.has_vnni),
        ("AVX2", _HERE.has_avx512),
    )
    if has_more
]
"""Those that take something away on this processor."""

# Chooses by itself in a fresh process and says what it chose and what came out.
CHOOSE = """
import hashlib, sys
from pathlib import Path
from worker.settings import WorkerSettings
from worker.speech.kokoro import load_engine
settings = WorkerSettings(
    device="cpu", model_dir=Path(sys.argv[2]), threads=2, precision=sys.argv[1]
)
synthesizer = load_engine(settings).synthesizer
for text in sys.argv[3:]:
    segment = synthesizer.synthesize(text, voice="af_heart", speed=1.0, seed=7)
print(synthesizer.fingerprint["precision"].partition("/")[0])
print(synthesizer.fingerprint["code_path"].rpartition(" ")[2])
print(hashlib.sha256(segment.samples.tobytes()).hexdigest())
"""


@pytest.fixture(scope="session")
def calibrated(model: Path) -> Path:
    """Return the model directory with its calibration."""
    if load_calibration(model, check_model(model)) is None:
        calibrate_model(model, lambda line: None)
    return model


def load(directory: Path, name: str, dense: str, front: str = "fp32") -> KokoroSynthesizer:
    """Load the model in one precision, without a trial."""
    source = check_model(directory)
    ranges = load_calibration(directory, source) if name == "int8" else None
    choice = PrecisionChoice(name, "posed", dense, front, ranges)  # type: ignore[arg-type]  # posed
    return KokoroSynthesizer(directory, source, "cpu", choice)


@pytest.fixture(scope="module")
def int8(calibrated: Path) -> KokoroSynthesizer:
    """Return the model with int8 behind an fp32 front, loaded once."""
    return load(calibrated, "int8", "fp32")


@pytest.fixture(scope="module")
def int8_front(calibrated: Path) -> KokoroSynthesizer:
    """Return the model with int8 throughout, loaded once."""
    return load(calibrated, "int8", "fp32", "int8")


@pytest.fixture(scope="module")
def fast(calibrated: Path) -> KokoroSynthesizer:
    """Return the fast network without int8, loaded once."""
    return load(calibrated, "bf16", "fp32")


def choose(directory: Path, *texts: str, precision: str = "auto", **environment: str) -> list[str]:
    """Let a fresh process choose and speak; return precision, activation and checksum."""
    ended = subprocess.run(
        [sys.executable, "-c", CHOOSE, precision, directory, *texts],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


@needs_int8
@pytest.mark.parametrize("voice", ["af_heart", "bm_george", "jf_alpha", "zm_yunxi"])
def test_int8_says_what_fp32_says(
    int8: KokoroSynthesizer, kokoro: KokoroSynthesizer, fox: Segment, voice: str
) -> None:
    """Same durations to the sample; the spectrum is off by little more than other noise makes."""
    expected = fox if voice == "af_heart" else speak(kokoro, voice=voice)
    found = speak(int8, voice=voice)

    assert found.phoneme_samples == expected.phoneme_samples
    assert found.samples.shape == expected.samples.shape
    assert np.sqrt(np.mean(found.samples**2)) == pytest.approx(
        np.sqrt(np.mean(expected.samples**2)), rel=0.05
    )
    assert find_difference(expected, found) == ""


@needs_int8
@needs_bf16
@pytest.mark.parametrize("front", ["fp32", "bf16"])
@pytest.mark.parametrize("name", ["bf16", "int8"])
def test_bf16_stays_within_one_percent_of_length(
    calibrated: Path, fox: Segment, name: str, front: str
) -> None:
    """A bf16 front may move a duration by a frame; an fp32 front moves none."""
    found = speak(load(calibrated, name, "bf16", front))

    assert abs(len(found.samples) / len(fox.samples) - 1) <= 0.01
    if front == "fp32":
        assert found.phoneme_samples == fox.phoneme_samples
    assert find_difference(fox, found) == ""


@pytest.mark.parametrize("phonemes", ["a", "ˈA.", (FOX + " ") * 10], ids=["one", "two", "long"])
def test_every_length_is_spoken(fast: KokoroSynthesizer, phonemes: str) -> None:
    """From one phoneme to nearly 510, with a duration for each."""
    segment = speak(fast, phonemes)

    assert sum(segment.phoneme_samples) == len(segment.samples)
    assert len(segment.phoneme_samples) == len(phonemes)
    assert np.isfinite(segment.samples).all()


@needs_int8
def test_bytes_are_equal_in_other_processes_and_after_other_chunks(calibrated: Path) -> None:
    """Equal request and fingerprint give equal bytes, whatever was spoken before."""
    alone = choose(calibrated, FOX, precision="int8")

    assert choose(calibrated, "a", FOX[:20], FOX, precision="int8") == alone
    assert alone[0] == "int8"


@needs_int8
def test_without_a_compiler_and_a_kernel_everything_still_works(
    calibrated: Path, tmp_path: Path
) -> None:
    """PyTorch does the kernel's work, and auto takes nothing that is slower than fp32."""
    compilers = ("cc", "gcc", "clang")
    assert any(shutil.which(name) for name in compilers), "nothing to hide"

    precision, activation, _ = choose(
        calibrated,
        FOX,
        PATH="",
        XDG_CACHE_HOME=str(tmp_path),
        PYTHONPATH=os.getcwd(),  # noqa: PTH109  # a string
    )

    assert precision in {"int8", "bf16", "fp32"}
    assert activation in {"torch", "eager"}


@needs_int8
@pytest.mark.parametrize("isa", MASKS)
def test_with_instructions_masked_everything_still_works(
    calibrated: Path, tmp_path: Path, isa: str
) -> None:
    """What the mask leaves is what is chosen from, and auto takes nothing slower than fp32."""
    precision, _, _ = choose(calibrated, FOX, ONEDNN_MAX_CPU_ISA=isa, XDG_CACHE_HOME=str(tmp_path))

    assert precision in {"int8", "bf16", "fp32"}


def test_the_front_is_upstreams(model: Path) -> None:
    """Without masks and packing, durations are upstream's and the curves agree to rounding."""
    config = load_config(model)
    network = build_network(config, load_state(model / WEIGHTS_NAME))
    style = load_voice(model / "voices" / "af_heart.pt")[len(FOX) - 1]
    ids = torch.tensor([[0, *(config["vocab"][phoneme] for phoneme in FOX), 0]])
    seen = {}

    def watch(text: torch.Tensor, pitch: torch.Tensor, energy: torch.Tensor, _: object) -> object:
        seen.update(text=text, pitch=pitch, energy=energy)
        return torch.zeros(1)

    network.decoder.forward = watch
    with torch.inference_mode():
        _, frames = network.forward_with_tokens(ids, style, 1.0)
        prosody = predict_prosody(network, ids, style, 1.0, torch.float32)

    assert torch.equal(prosody.frames, frames)
    torch.testing.assert_close(prosody.text, seen["text"], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(prosody.pitch, seen["pitch"], rtol=1e-3, atol=0.05)
    torch.testing.assert_close(prosody.energy, seen["energy"], rtol=1e-3, atol=1e-3)


@needs_int8
@pytest.mark.parametrize("voice", ["af_heart", "bm_george"])
def test_the_front_in_int8_moves_little(
    int8_front: KokoroSynthesizer, kokoro: KokoroSynthesizer, voice: str
) -> None:
    """A duration by a frame here and there, the length by less than a hundredth."""
    expected = speak(kokoro, LONG, voice=voice)
    found = speak(int8_front, LONG, voice=voice)
    moved = np.array(found.phoneme_samples) - np.array(expected.phoneme_samples)

    assert abs(len(found.samples) / len(expected.samples) - 1) <= 0.01
    assert (moved != 0).mean() < 0.1
    assert np.abs(moved).max() <= 2 * SAMPLES_PER_FRAME
    assert find_difference(expected, found) == ""


@needs_int8
def test_pitch_in_int8_are_in_tune(calibrated: Path) -> None:
    """Half of the frames are within 5 cents of fp32's pitch, which nobody hears."""
    config = load_config(calibrated)
    network = build_network(config, load_state(calibrated / WEIGHTS_NAME))
    ranges = load_calibration(calibrated, check_model(calibrated))
    assert ranges is not None
    pitch_energy = PitchEnergy(network.predictor, load_activation(), ranges.scales)
    style = load_voice(calibrated / "voices" / "af_heart.pt")[len(FOX) - 1]
    ids = torch.tensor([[0, *(config["vocab"][phoneme] for phoneme in FOX), 0]])

    with torch.inference_mode():
        exact = predict_prosody(network, ids, style, 1.0, torch.float32)
        found = predict_prosody(
            network, ids, style, 1.0, torch.float32, predict_pitch_energy=pitch_energy
        )

    voiced = exact.pitch > 60
    cents = 1200 * torch.log2(found.pitch[voiced] / exact.pitch[voiced])
    assert set(pitch_energy.blocks) <= set(ranges.scales)
    assert torch.equal(found.frames, exact.frames)
    assert cents.abs().median() < 5
    assert (found.energy - exact.energy).abs().mean() < 0.1


@needs_int8
def test_lengths_in_steps_change_no_bit(
    int8_front: KokoroSynthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is computed behind the frames reaches no sample."""
    texts = [FOX[: len(FOX) - cut] for cut in range(0, 8, 3)]
    stepped = [speak(int8_front, text).samples.tobytes() for text in texts]

    for module in ("pitch_energy", "decoder"):
        monkeypatch.setattr(f"worker.speech.fast.{module}.round_up", lambda n: Padding(n, n))

    assert [speak(int8_front, text).samples.tobytes() for text in texts] == stepped


def test_the_sound_source_is_upstreams(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the noise silenced the waveform is upstream's; the noise has its deviation."""
    generator = build_network(
        load_config(model), load_state(model / WEIGHTS_NAME)
    ).decoder.generator
    pitch = torch.cat([torch.zeros(40), torch.linspace(100, 300, 160)])[None]
    harmonic_source = HarmonicSource(generator.m_source, 300)

    def upstream() -> torch.Tensor:
        return generator.m_source(generator.f0_upsamp(pitch[:, None]).transpose(1, 2))[0].flatten()

    torch.manual_seed(0)
    noisy, expected_noisy = harmonic_source(pitch).flatten(), upstream()
    monkeypatch.setattr(torch, "randn", lambda *shape: torch.zeros(shape[0]))
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)

    torch.testing.assert_close(harmonic_source(pitch).flatten(), upstream(), rtol=0, atol=1e-5)
    assert noisy[:12_000].std() == pytest.approx(float(expected_noisy[:12_000].std()), rel=0.05)


def test_a_kernel_is_found_by_every_worker(fast: KokoroSynthesizer) -> None:
    """The code path in the fingerprint names the activation that is in use."""
    assert fast.fingerprint["code_path"].endswith(load_activation().name)
    assert fast.fingerprint["precision"] == "bf16/fp32/fp32"


def test_reference_and_fast_path_have_other_fingerprints(
    fast: KokoroSynthesizer, kokoro: KokoroSynthesizer, fox: Segment
) -> None:
    """They give other bytes, so they must not be taken for each other."""
    assert fast.fingerprint != kokoro.fingerprint
    assert speak(fast).samples.tobytes() != fox.samples.tobytes()
    assert WorkerSettings().precision == "auto"
    assert default_cache_dir().name == "ktts"


def test_weights_of_bf16_are_converted_once(model: Path) -> None:
    """All but those that are kept in fp32, in the front and behind it."""
    network = build_network(load_config(model), load_state(model / WEIGHTS_NAME))
    half = torch.bfloat16

    FastNetwork(network, load_activation(), dtype=half, front_dtype=half, scales={})

    assert network.bert_encoder.weight.dtype == half
    assert network.decoder.F0_conv.weight.dtype == half
    assert {module.weight.dtype for module in fp32_modules(network)} == {torch.float32}


def test_one_sentence_has_ranges_like_those_of_all(calibrated: Path) -> None:
    """Each block is measured, and int8 changes none of them by much."""
    config = load_config(calibrated)
    network = build_network(config, load_state(calibrated / WEIGHTS_NAME))
    utterances = list(plan_utterances(("af_heart",)))[:1]
    ranges = load_calibration(calibrated, check_model(calibrated))

    found = measure_ranges(network, config["vocab"], utterances, calibrated)

    assert ranges is not None
    assert found.keys() == ranges.blocks.keys()
    for name, block in found.items():
        assert block.error < 0.05, name
        for limits, most in zip(block.limits, ranges.blocks[name].limits, strict=True):
            assert max(limits) < 2 * max(most), name
