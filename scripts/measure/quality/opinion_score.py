"""Opinion scores: how natural Distill-MOS finds the sound, from 1 to 5, paired with fp32.

Word error rates and spectral distances are deaf to the roughness that a listener hears first.
"""

import contextlib
import hashlib
import importlib
import io
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from statistics import mean, stdev
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from jobs.settings import default_cache_dir
from scripts.model.cache import Report
from scripts.model.catalogue import OPINION_PACKAGES
from scripts.model.downloads import open_downloads, unpack_folder
from worker.render.segments import find_runs

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


def open_judge(report: Report) -> Judge:
    """Load Distill-MOS; its packages come from the download cache, or into it.

    Raises:
        DownloadFailed: the packages could not be fetched.
    """
    import torch

    distillmos = _import_from(_unpack(report))
    with contextlib.redirect_stdout(io.StringIO()):  # it prints where its weights are
        network: Any = distillmos.ConvTransformerSQAModel().eval()

    def judge(samples: NDArray[np.float32]) -> float:
        with torch.inference_mode():
            return float(network(torch.from_numpy(_resample(samples))[None]))

    return judge


def _unpack(report: Report) -> Path:
    version = hashlib.sha256("".join(one.sha256 for one in OPINION_PACKAGES).encode()).hexdigest()
    folder = default_cache_dir() / f"distillmos-{version[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with open_downloads(report) as cache:
        for package in OPINION_PACKAGES:
            member = package.name.replace("-", "_")
            unpack_folder(package, member, folder / member, cache)
    return folder


def _import_from(folder: Path) -> ModuleType:
    """Import distillmos; it names torchaudio, which only its own command needs."""
    sys.path.insert(0, str(folder))
    sys.modules["torchaudio"] = ModuleType("torchaudio")
    try:
        return importlib.import_module("distillmos")
    finally:
        del sys.modules["torchaudio"]
        sys.path.remove(str(folder))


def _resample(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    import av

    frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    resampler = av.AudioResampler(format="flt", layout="mono", rate=JUDGED_RATE)
    frames = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in frames])


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
    for start, end in find_runs(theirs):
        if start == 0 or end == theirs.size or end - start < PAUSE_FRAMES:
            continue
        around = quiet[
            max(0, int(start * stretch) - NEARBY_FRAMES) : int(end * stretch) + NEARBY_FRAMES
        ]
        longest = max((until - since for since, until in find_runs(around)), default=0)
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
