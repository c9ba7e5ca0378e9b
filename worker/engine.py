"""The interface between rendering and the model.

`worker.render` uses only this module. `worker.speech.kokoro` implements the interface with the real
model, and the tests implement it without a model.
"""

import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jobs.errors import StartupError
from jobs.places import install_command
from worker.settings import WorkerSettings

log = logging.getLogger(__name__)

ClaimCard = Callable[[Sequence[str]], str]
"""Gets the identities of the usable GPUs, the best first, and returns the one to use."""
Announce = Callable[[str], None]
"""Gets a sentence for whoever waits for the engine, about what is done once on a machine."""

MAX_PHONEMES = 510
"""Kokoro's limit: 512 positions less two boundary tokens; it cuts longer input without an error."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The audio of one chunk, straight from the model."""

    samples: NDArray[np.float32]
    """float32, (n,), nominally in [-1, 1]; may exceed that, and holds NaN if the model failed."""
    phoneme_samples: tuple[int, ...] = ()
    """Samples of each phoneme of the chunk, in order; empty if the model does not tell."""
    detour: str = ""
    """How it was made for want of memory, other than usual; empty where nothing was in the way."""


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Memory of the process and its accelerator, in bytes."""

    host_bytes: int
    accelerator_bytes: int = 0


@dataclass(frozen=True, slots=True)
class PhonemeToken:
    """A piece of text and its phonemes."""

    start: int
    """First character in the text that was handed in; the tokens tile that text in order."""
    end: int
    """Character after the last."""
    phonemes: str
    """Kokoro phonemes, spaces and punctuation included, all in the vocabulary; empty if silent."""
    unspoken: str = ""
    """Why a text that is more than space has no phonemes; empty if nothing is missing."""


class Phonemizer(Protocol):
    """Pronunciation (G2P) of one language."""

    language: str
    """One of Kokoro's letters."""
    fingerprint: dict[str, str]
    """What its phonemes depend on, for example package versions."""

    def phonemize(
        self, text: str, lexicon: Mapping[str, str], reading: str = "full"
    ) -> tuple[PhonemeToken, ...]:
        """Pronounce `text`; joining the tokens' phonemes gives what the model reads.

        With `reading` ``"plain"`` figures and signs are left to the language's own package.
        """


class Synthesizer(Protocol):
    """A loaded model that turns phonemes into audio, one chunk at a time."""

    device: str
    """Where it runs, for example ``cpu`` or ``cuda:0``."""
    fingerprint: dict[str, str]
    """What its bytes depend on; fixed for the life of the process."""

    def check_voice(self, voice: str) -> None:
        """Raise `UnknownVoice` unless every voice of the blend is on disk."""

    def synthesize(self, phonemes: str, *, voice: str, speed: float, seed: int) -> Segment:
        """Speak 1 to 510 `phonemes` of the vocabulary; the same call gives the same bytes."""

    def release_memory(self) -> tuple[MemoryUse, MemoryUse]:
        """Give cached memory back; return the use before and after."""


@dataclass(frozen=True)
class Engine:
    """A synthesizer and the pronunciation that feeds it."""

    synthesizer: Synthesizer
    load_phonemizer: Callable[[str], Phonemizer]
    """Language letter to its G2P; raises `MissingLanguage`."""
    is_tentative: bool = False
    """Its arithmetic was chosen without a verdict of a trial."""
    _phonemizers: dict[str, Phonemizer] = field(default_factory=dict)

    def phonemizer(self, language: str) -> Phonemizer:
        """Return the G2P of `language`, loading it at its first use.

        Raises:
            MissingLanguage: its packages are not installed; the message has the pip line.
        """
        if language not in self._phonemizers:
            self._phonemizers[language] = self.load_phonemizer(language)
        return self._phonemizers[language]


def take_first(cards: Sequence[str]) -> str:
    """Return the best GPU, for a process that shares the GPUs with no other."""
    return cards[0]


def load_engine(
    settings: WorkerSettings,
    claim_card: ClaimCard = take_first,
    announce: Announce = log.info,
) -> Engine:
    """Import and call the function that the settings name.

    Args:
        settings: Among them the function, as ``module:function``.
        claim_card: Called to choose among several GPUs, and again after one has failed.
        announce: Called before what takes long, and only once on a machine.

    Raises:
        StartupError: there is no such function, or the device or the model cannot be used.
    """
    module_name, _, function_name = settings.synthesizer.partition(":")
    try:
        build: Callable[[WorkerSettings, ClaimCard, Announce], Engine] = getattr(
            importlib.import_module(module_name), function_name
        )
    except (ImportError, AttributeError) as exc:
        raise StartupError(
            f"cannot load the speech engine {settings.synthesizer!r} ({exc}); "
            f"install the worker: {install_command('worker')}"
        ) from exc
    return build(settings, claim_card, announce)
