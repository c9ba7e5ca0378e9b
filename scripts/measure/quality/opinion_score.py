"""Opinion scores: how natural Distill-MOS finds the sound, from 1 to 5, paired with fp32.

Word error rates and spectral distances are deaf to the roughness that a listener hears first.
"""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.errors import StartupError
from jobs.playback.pcm import SAMPLE_RATE
from scripts.measure.quality.word_error_rate import INSTALL

Judge = Callable[[NDArray[np.float32]], float]
"""Takes samples in [-1, 1] at 24 kHz and returns a mean opinion score."""

JUDGED_RATE = 16_000
QUIET_SHARE = 10 ** (-40 / 20)
"""A hundredth of a second that stays 40 dB below the loudest sample is a pause."""
PAUSE_FRAMES = 8
FRAME_SAMPLES = SAMPLE_RATE // 100
NEARBY_FRAMES = 20
"""The same pause may lie so much earlier or later in another precision."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is thought of one chunk, and of the same in fp32."""

    language: str
    """One of Kokoro's letters."""
    score: float
    score_fp32: float
    lost_pauses: int
    """Pauses of at least 80 ms in fp32 of which less than half is left."""

    @property
    def difference(self) -> float:
        """Above 0 where the sound is thought better than that of fp32."""
        return self.score - self.score_fp32


def open_judge() -> Judge:
    """Load Distill-MOS, whose weights are in its package.

    Raises:
        StartupError: the extra ``quality`` is not installed.
    """
    # The package imports torchaudio for its own command alone, and the build of it that package
    # indexes have needs CUDA: it cannot be loaded beside a PyTorch for the CPU.
    sys.modules.setdefault("torchaudio", ModuleType("torchaudio"))
    try:
        import distillmos
        import torch
        from scipy.signal import resample_poly
    except ImportError as exc:
        raise StartupError(f"{exc.name} is not installed; {INSTALL}") from exc
    with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
        network: Any = distillmos.ConvTransformerSQAModel().eval()

    def judge(samples: NDArray[np.float32]) -> float:
        heard = resample_poly(samples, JUDGED_RATE // 8_000, SAMPLE_RATE // 8_000)
        with torch.inference_mode():
            return float(network(torch.from_numpy(heard.astype(np.float32))[None]))

    return judge


def compare_sound(
    language: str, ours: NDArray[np.float32], fp32: NDArray[np.float32], judge: Judge
) -> Opinion:
    """Judge the samples of one chunk, and the same chunk in fp32."""
    return Opinion(language, judge(ours), judge(fp32), count_lost_pauses(ours, fp32))


def count_lost_pauses(ours: NDArray[np.float32], fp32: NDArray[np.float32]) -> int:
    """Return how many pauses of at least 80 ms in `fp32` are less than half as long in `ours`.

    A pause is looked for 0.2 s around the place where it would be if both were equally long.
    """
    quiet, theirs = _find_quiet(ours), _find_quiet(fp32)
    stretch = quiet.size / max(theirs.size, 1)
    lost = 0
    for start, end in _runs(theirs):
        if start == 0 or end == theirs.size or end - start < PAUSE_FRAMES:
            continue
        around = quiet[
            max(0, int(start * stretch) - NEARBY_FRAMES) : int(end * stretch) + NEARBY_FRAMES
        ]
        longest = max((until - since for since, until in _runs(around)), default=0)
        lost += longest < (end - start) / 2
    return lost


def summarize_opinions(opinions: Sequence[Opinion]) -> dict[str, Any]:
    """Return the document's part about sound: over all, and by language."""
    languages = sorted({one.language for one in opinions})
    return {
        "opinion": _summarize(opinions),
        "opinion_by_language": {
            code: _summarize([one for one in opinions if one.language == code])
            for code in languages
        },
        "lost_pauses": sum(one.lost_pauses for one in opinions),
    }


def _summarize(opinions: Iterable[Opinion]) -> dict[str, Any]:
    """Return means, and where the true mean difference lies with 95 %: 1.96 standard errors."""
    some = list(opinions)
    differences = [one.difference for one in some]
    center = mean(differences)
    spread = 1.96 * stdev(differences) / sqrt(len(some)) if len(some) > 1 else 0.0
    return {
        "chunks": len(some),
        "score": round(mean(one.score for one in some), 3),
        "score_fp32": round(mean(one.score_fp32 for one in some), 3),
        "difference": round(center, 4),
        "interval": [round(center - spread, 4), round(center + spread, 4)],
    }


def _find_quiet(samples: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return for each hundredth of a second whether it is quiet."""
    frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    loudness = np.abs(frames).max(axis=1, initial=0.0)
    return np.asarray(loudness < loudness.max(initial=0.0) * QUIET_SHARE)


def _runs(quiet: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first frame and end of each stretch of quiet frames."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
