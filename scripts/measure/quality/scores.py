"""What one reading showed, and what many of them show together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from scripts.measure.quality.recogniser import Listen
from scripts.measure.quality.recordings import Recording, Script
from scripts.measure.quality.word_error_rate import WordErrors, add_errors, count_errors
from worker.speech.precision.spectral_distance import log_spectral_distance

FRAME_SAMPLES = SAMPLE_RATE // 100
QUIET_LEVEL = 10 ** (-50 / 20)
"""A hundredth of a second that stays below -50 dB of full scale is silence."""
CLIPPED_LEVEL = 32_766 / 32_767


def longest_silence_seconds(samples: NDArray[np.float32]) -> float:
    """Return the longest silence between the first and the last sound."""
    frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    loud = np.flatnonzero(np.abs(frames).max(axis=1, initial=0.0) >= QUIET_LEVEL)
    if loud.size < 2:  # noqa: PLR2004  # between two sounds
        return 0.0
    return float((np.diff(loud).max() - 1) * FRAME_SAMPLES / SAMPLE_RATE)


def clipped_share(samples: NDArray[np.float32]) -> float:
    """Return the share of samples at full scale or beyond."""
    return float((np.abs(samples) >= CLIPPED_LEVEL).mean()) if samples.size else 0.0


ALL = "all"


@dataclass(frozen=True, slots=True)
class Reference:
    """The same reading in fp32, and the distances to it."""

    seconds: float
    errors: WordErrors | None
    distances_db: tuple[float, ...]
    """Of each chunk."""
    floors_db: tuple[float, ...]
    """Of fp32 to fp32 with another seed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Facts of one reading."""

    script: Script
    seconds: float
    heard: str
    errors: WordErrors | None
    """None where Whisper does not know the language."""
    longest_silence_seconds: float
    clipped_share: float
    reference: Reference | None

    @property
    def voice(self) -> str:
        """Who read."""
        return self.script.reading.voice


def examine(
    script: Script,
    recording: Recording,
    listen: Listen,
    *,
    fp32: Recording | None = None,
    other_take: Recording | None = None,
) -> Finding:
    """Return the facts of one reading; the fp32 recordings come together or not at all."""

    def count(heard: str) -> WordErrors | None:
        return count_errors(script.request.text, heard, said=script.said) if is_heard else None

    is_heard = script.reading.is_heard
    heard = listen(recording.pcm) if is_heard else ""
    reference = None
    if fp32 is not None and other_take is not None:
        reference = Reference(
            seconds=fp32.seconds,
            errors=count_errors(script.request.text, listen(fp32.pcm), said=script.said)
            if is_heard
            else None,
            distances_db=_measure_distances(recording, fp32),
            floors_db=_measure_distances(other_take, fp32),
        )
    return Finding(
        script=script,
        seconds=recording.seconds,
        heard=heard,
        errors=count(heard),
        longest_silence_seconds=longest_silence_seconds(recording.samples),
        clipped_share=clipped_share(recording.samples),
        reference=reference,
    )


def summarize(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the figures by voice and over all, for the document."""
    kinds = sorted({finding.script.reading.kind for finding in findings})
    return {
        "word_error_rate": _by_voice(findings, _word_error_rate),
        "word_error_rate_fp32": _by_voice(findings, _reference_error_rate),
        "word_error_rate_by_kind": {
            kind: _word_error_rate([one for one in findings if one.script.reading.kind == kind])
            for kind in kinds
        },
        "covered": all(finding.script.is_covered for finding in findings),
        "unspoken": [
            f"{finding.voice}: {piece.text!r}: {piece.reason}"
            for finding in findings
            for piece in finding.script.unspoken
        ],
        "length_ratio": _by_voice(findings, _length_ratio),
        "distance_db": _by_voice(findings, lambda some: _mean_of(some, "distances_db")),
        "floor_db": _by_voice(findings, lambda some: _mean_of(some, "floors_db")),
        "chunks": sum(len(finding.script.chunks) for finding in findings),
        "audio_seconds": round(sum(finding.seconds for finding in findings), 1),
        "longest_silence_seconds": round(
            max(finding.longest_silence_seconds for finding in findings), 2
        ),
        "clipped_share": max(finding.clipped_share for finding in findings),
    }


def find_worst(findings: Sequence[Finding]) -> tuple[int, int] | None:
    """Return finding and chunk that are farthest from fp32; None where nothing was compared."""
    distances = [
        (distance, number, chunk)
        for number, finding in enumerate(findings)
        if finding.reference
        for chunk, distance in enumerate(finding.reference.distances_db)
    ]
    return max(distances)[1:] if distances else None


def _measure_distances(one: Recording, other: Recording) -> tuple[float, ...]:
    pairs = zip(one.segments, other.segments, strict=True)
    return tuple(log_spectral_distance(theirs, ours) for ours, theirs in pairs)


def _by_voice(
    findings: Sequence[Finding], measure: Callable[[Sequence[Finding]], float | None]
) -> dict[str, float | None]:
    voices = dict.fromkeys(finding.voice for finding in findings)
    by_voice = {voice: [one for one in findings if one.voice == voice] for voice in voices}
    return {ALL: measure(findings), **{voice: measure(some) for voice, some in by_voice.items()}}


def _word_error_rate(findings: Iterable[Finding]) -> float | None:
    return _rate(finding.errors for finding in findings)


def _reference_error_rate(findings: Iterable[Finding]) -> float | None:
    return _rate(finding.reference.errors for finding in findings if finding.reference)


def _rate(errors: Iterable[WordErrors | None]) -> float | None:
    rate = add_errors(found for found in errors if found is not None).rate
    return None if rate is None else round(rate, 5)


def _length_ratio(findings: Iterable[Finding]) -> float | None:
    compared = [(one.seconds, one.reference.seconds) for one in findings if one.reference]
    ours, theirs = sum(pair[0] for pair in compared), sum(pair[1] for pair in compared)
    return round(ours / theirs, 5) if theirs else None


def _mean_of(findings: Iterable[Finding], name: str) -> float | None:
    values = [value for one in findings if one.reference for value in getattr(one.reference, name)]
    return round(sum(values) / len(values), 3) if values else None
