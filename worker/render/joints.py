"""Lengthens the silences inside a chunk that are shorter than they should be.

The model reads a chunk in one breath: a row of short sentences runs together, and dashes are passed
over. Silence is put in where the model itself is most quiet between the sounds around a joint, as
the durations of the phonemes say; nothing is taken away.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from jobs.playback.pcm import SAMPLE_RATE
from worker.engine import Segment
from worker.pronunciation.chunking import Joint
from worker.render.segments import HEAD_SAMPLES, TAIL_SAMPLES, find_runs, find_threshold

FRAME_SAMPLES = SAMPLE_RATE // 200
"""5 ms: a pitch period of the lowest voices fits in twice."""
REACH_SAMPLES = round(0.05 * SAMPLE_RATE)
"""A phoneme's sound may begin or end so far from where its duration says."""
FADE_SAMPLES = round(0.005 * SAMPLE_RATE)


def lengthen_pauses(segment: Segment, phonemes: str, joints: Sequence[Joint]) -> Segment:
    """Return `segment` with at least the wanted silence at each joint.

    Args:
        segment: The model's audio; left as it is where the model tells no durations.
        phonemes: What the model read.
        joints: In order, each with sounds before and after it.
    """
    durations = list(segment.phoneme_samples)
    if not joints or len(durations) != len(phonemes):
        return segment
    edges = list(accumulate(durations, initial=0))
    samples = segment.samples
    threshold = find_threshold(samples)
    pieces, taken = [], 0
    for joint in joints:
        before, after = _find_sounds(phonemes, joint.position)
        if before < 0 or after == len(phonemes):
            continue
        start = max(taken, edges[before + 1] - REACH_SAMPLES, edges[before])
        end = min(edges[after] + REACH_SAMPLES, edges[after + 1], samples.size)
        if end - start < FRAME_SAMPLES:
            continue
        first, last = _find_quiet(samples, start, end, threshold)
        wanted = round(joint.pause_seconds * SAMPLE_RATE) + HEAD_SAMPLES + TAIL_SAMPLES
        missing = wanted - (last - first)
        if missing <= 0:
            continue
        middle = max(taken, (first + last) // 2)
        piece = samples[taken:middle].copy()
        _fade_out(piece)
        pieces += [piece, np.zeros(missing, dtype=samples.dtype)]
        taken = middle
        durations[max(before + 1, after - 1)] += missing
    if not pieces:
        return segment
    rest = samples[taken:].copy()
    pieces.append(rest)
    for piece in pieces[2::2]:
        _fade_out(piece[::-1])
    return replace(segment, samples=np.concatenate(pieces), phoneme_samples=tuple(durations))


def _find_sounds(phonemes: str, position: int) -> tuple[int, int]:
    """Return the last sound before `position` and the first one from there on."""
    before = next((at for at in range(position - 1, -1, -1) if phonemes[at].isalpha()), -1)
    later = range(position, len(phonemes))
    return before, next((at for at in later if phonemes[at].isalpha()), len(phonemes))


def _find_quiet(
    samples: NDArray[np.float32], start: int, end: int, threshold: float
) -> tuple[int, int]:
    """Return the longest silence that touches ``samples[start:end]``; else the most quiet place.

    It is followed beyond both ends: the last sound's duration has part of the silence after it.
    """
    peaks = _find_peaks(samples[start:end])
    runs = find_runs(peaks < threshold)
    if not runs:
        place = start + int(peaks.argmin()) * FRAME_SAMPLES + FRAME_SAMPLES // 2
        return place, place
    longest = max(runs, key=lambda run: run[1] - run[0])
    first, last = (start + at * FRAME_SAMPLES for at in longest)
    loud_before = np.flatnonzero(_find_peaks(samples[first % FRAME_SAMPLES : first]) >= threshold)
    loud_after = np.flatnonzero(_find_peaks(samples[last : last + SAMPLE_RATE]) >= threshold)
    if loud_before.size:
        first = first % FRAME_SAMPLES + (int(loud_before[-1]) + 1) * FRAME_SAMPLES
    if loud_after.size:
        last += int(loud_after[0]) * FRAME_SAMPLES
    return first, last


def _find_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return np.asarray(np.abs(frames).max(axis=1))


def _fade_out(piece: NDArray[np.float32]) -> None:
    """Let the end of `piece` fall to zero along half a cosine, in place."""
    size = min(FADE_SAMPLES, piece.size)
    piece[piece.size - size :] *= (
        0.5 + 0.5 * np.cos(np.pi * (np.arange(size) + 1) / max(size, 1))
    ).astype(np.float32)
