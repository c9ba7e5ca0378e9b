"""Measures the loudness of a part once and stores it beside the part.

Every file of a book needs the loudness of the whole book, also with one file per chapter and
several workers at them.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobs.books.manifest import Manifest
from jobs.files import write_file
from worker.books.loudness import Loudness, LoudnessMeter, find_gain_db, join_loudness
from worker.books.part_sequence import PlacedPart, place_parts, read_samples
from worker.disk import disk_errors

_VERSION = 1
"""Increase it when the measurement changes."""


@dataclass(frozen=True, slots=True)
class Gain:
    """The gain of every sample of a book."""

    db: float = 0.0
    measured_lufs: float | None = None
    """Loudness of the whole book before the gain; None for silence, or if none was asked for."""


def find_gain(manifest: Manifest, output_dir: Path, watch: Callable[[], None]) -> Gain:
    """Return one gain for all files of a book, so that its chapters keep their balance.

    Args:
        manifest: The book.
        output_dir: Directory of its parts.
        watch: Called after each block of samples; it may raise.

    Raises:
        PartsMissing: a part of any chapter cannot be read.
        OutputError: a measured loudness cannot be written.
    """
    if manifest.loudness_lufs is None:
        return Gain()
    parts = place_parts(manifest, range(len(manifest.chapters)), output_dir)
    loudness = join_loudness(_measure_part(part, watch) for part in parts)
    # Rounding down makes all processors agree: the last digits of their FFTs differ.
    gain_db = math.floor(100 * find_gain_db(loudness, manifest.loudness_lufs)) / 100
    return Gain(gain_db, loudness.integrated_lufs)


def loudness_file(audio: Path) -> Path:
    """Return the path of a part's loudness."""
    return audio.with_suffix(".loudness.json")


def _measure_part(part: PlacedPart, watch: Callable[[], None]) -> Loudness:
    path = loudness_file(part.audio)
    known = _read_loudness(path, part.sha256)
    if known is not None:
        watch()
        return known
    meter = LoudnessMeter()
    for samples in read_samples(part):
        meter.add(samples)
        watch()
    measured = meter.finish()
    with disk_errors(path):
        write_file(path, _encode(measured, part.sha256))
    return measured


def _encode(loudness: Loudness, sha256: str) -> bytes:
    fields = {
        "version": _VERSION,
        "sha256": sha256,
        "true_peak": loudness.true_peak,
        "windows": [[level, *window] for level, window in loudness.windows.items()],
    }
    return json.dumps(fields).encode() + b"\n"


def _read_loudness(path: Path, sha256: str) -> Loudness | None:
    """Return the stored loudness if it belongs to audio with this hash, else None."""
    try:
        fields = json.loads(path.read_bytes())
        if (fields["version"], fields["sha256"]) != (_VERSION, sha256):
            return None
        windows = {int(level): (int(n), float(power)) for level, n, power in fields["windows"]}
        return Loudness(windows, float(fields["true_peak"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
