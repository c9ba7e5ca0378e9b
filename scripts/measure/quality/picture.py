"""A spectrogram of the worst chunk, beside fp32 and fp32 with another seed."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from scripts.measure.speed.chart import import_pyplot
from worker.speech.precision.spectral_distance import HOP_SAMPLES, log_spectrum


def draw_spectrograms(
    recordings: Mapping[str, NDArray[np.float32]], title: str, path: Path
) -> None:
    """Draw recordings of the same words, one below the other, into a PNG.

    Args:
        recordings: Name to samples, float32 (n,) at 24 kHz.
        title: What is spoken and by whom.
        path: Where the picture goes.
    """
    plot = import_pyplot()
    figure, rows = plot.subplots(
        len(recordings), 1, figsize=(12, 9), sharex=True, layout="constrained"
    )
    for axes, (name, samples) in zip(np.atleast_1d(rows), recordings.items(), strict=True):
        spectrum = log_spectrum(samples)
        seconds = len(spectrum) * HOP_SAMPLES / SAMPLE_RATE
        axes.imshow(
            spectrum.T,
            origin="lower",
            aspect="auto",
            extent=(0, seconds, 0, SAMPLE_RATE / 2_000),
            vmin=-60,
            vmax=40,
        )
        axes.set_title(name)
        axes.set_ylabel("kHz")
    figure.suptitle(title)
    figure.savefig(path, format="png", dpi=120)
    plot.close(figure)
