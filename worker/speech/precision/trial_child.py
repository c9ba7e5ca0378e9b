"""The child process of `trial`: speaks a phrase in each precision, prints the verdicts as JSON.

SIGPROF kills it where a phrase takes too long, even inside native code. Time of computing counts
there, not time that passes: other processes on the machine do not make a candidate slow.
"""

import copy
import json
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from worker.engine import Segment
from worker.speech.fast.calibration import load_calibration
from worker.speech.fast.fast_network import apply_precision
from worker.speech.fast.padding import SAMPLES_PER_FRAME
from worker.speech.memory import keep_memory
from worker.speech.model.network import build_network
from worker.speech.model.tensors import load_state, load_voice
from worker.speech.model.weights import WEIGHTS_NAME, check_model, load_config, voice_path
from worker.speech.precision.spectral_distance import log_spectral_distance
from worker.speech.precision.trial import Trial, TrialCandidate, TrialVerdict

PHRASE = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ."
"""The quick brown fox jumps over: two seconds of audio."""

MAX_DISTANCE_DB = 8.0
"""Log-spectral distance to fp32; other noise alone makes 2 dB, int8 less than 4 dB."""

MAX_LENGTH_RATIO = 1.05
"""Longer over shorter: durations may differ by single frames."""

_ROUNDS, _TAKES = 3, 2
_LIMIT_SECONDS = 20
"""Computing time for each thread that a candidate has at least; fp32 takes one or two, oneDNN's
reference code 56 s."""
_LIMIT_FACTOR = 4
"""Times fp32's computing time that a candidate has at least, for slow processors."""

Speak = Callable[[], Segment]


def main(argument: str) -> int:
    """Run the trial that `argument` holds as JSON."""
    keep_memory()
    record = json.loads(argument)
    candidates = tuple(TrialCandidate(**candidate) for candidate in record.pop("candidates"))
    trial = Trial(candidates=candidates, **record)
    torch.set_num_threads(trial.threads)
    reference, *others = _prepare(trial)
    verdicts = compare(reference, others)
    print(json.dumps([asdict(verdict) for verdict in verdicts]))  # noqa: T201  # the parent reads it
    return 0


def compare(reference: Speak, candidates: list[Speak]) -> list[TrialVerdict]:
    """Check each candidate's audio against that of `reference`, then time them in turn.

    A round holds the best takes against each other, all of the same few seconds; the middle of the
    rounds counts, so that load which comes or goes meanwhile favours nobody.
    """
    expected = reference()
    faults = [_find_fault(expected, candidate) for candidate in candidates]
    sound = [speak for speak, fault in zip(candidates, faults, strict=True) if not fault]
    rounds = [_time_round([reference, *sound]) for _ in range(_ROUNDS)] if sound else []
    speedups = iter(
        round(statistics.median(best[0] / best[at] for best in rounds), 3)
        for at in range(1, len(sound) + 1)
    )
    return [TrialVerdict(0, fault) if fault else TrialVerdict(next(speedups)) for fault in faults]


def _time_round(speakers: Sequence[Speak]) -> list[float]:
    """Return the best of each speaker's times, taken in turn."""
    takes = [[_time(speak) for speak in speakers] for _ in range(_TAKES)]
    return [min(times) for times in zip(*takes, strict=True)]


def _time(speak: Speak) -> float:
    started = time.perf_counter()
    speak()
    return time.perf_counter() - started


def find_difference(expected: Segment, found: Segment) -> str:
    """Return how `found` differs too much from `expected`; empty where it does not."""
    wanted, spoken = expected.samples.size, found.samples.size
    if max(wanted, spoken) > MAX_LENGTH_RATIO * min(wanted, spoken):
        return f"speaks {spoken} samples where fp32 speaks {wanted}"
    distance = log_spectral_distance(expected, found)
    # Written this way round because NaN compares as false.
    if distance <= MAX_DISTANCE_DB:
        return ""
    return f"sounds unlike fp32: log-spectral distance {distance:.1f} dB"


def _prepare(trial: Trial) -> list[Speak]:
    """Load the model; return functions that speak the phrase in fp32 and as each candidate."""
    directory = Path(trial.model_dir)
    source = check_model(directory)
    config = load_config(directory)
    network = build_network(config, load_state(directory / WEIGHTS_NAME)).to(trial.device)
    calibration = load_calibration(directory, source) if trial.device == "cpu" else None
    voice = load_voice(directory / voice_path(source.voices[0]))
    style = voice[len(PHRASE) - 1].to(trial.device)
    tokens = [0, *(config["vocab"][phoneme] for phoneme in PHRASE), 0]
    ids = torch.tensor([tokens], device=trial.device)
    networks: list[Any] = [network]
    for candidate in trial.candidates:
        ranges = calibration if candidate.precision == "int8" else None
        own = copy.deepcopy(network)
        networks.append(
            apply_precision(own, trial.device, candidate.dense, candidate.front, ranges)
        )

    def speaker(network: Any) -> Speak:
        def speak() -> Segment:
            torch.manual_seed(0)
            with torch.inference_mode():
                samples, frames = network.forward_with_tokens(ids, style, 1.0)
                lengths = (frames.flatten() * SAMPLES_PER_FRAME).tolist()
                return Segment(samples.flatten().float().cpu().numpy(), tuple(lengths))

        return speak

    reference, *others = map(speaker, networks)
    limit = TimeLimit(_LIMIT_SECONDS * trial.threads)
    return [limit.measure(reference), *map(limit.impose, others)]


class TimeLimit:
    """Kills this process by SIGPROF when a candidate computes far longer than fp32 did."""

    def __init__(self, least_seconds: float) -> None:
        """Allow `least_seconds` of computing, or more where fp32 needs more."""
        self._least_seconds = least_seconds
        self._reference_seconds = 0.0

    def measure(self, speak: Speak) -> Speak:
        """Return `speak` without a limit; its longest computing time sets that of the others."""

        def measured() -> Segment:
            started = time.process_time()
            segment = speak()
            self._reference_seconds = max(self._reference_seconds, time.process_time() - started)
            return segment

        return measured

    def impose(self, speak: Speak) -> Speak:
        """Return `speak` with the limit."""

        def limited() -> Segment:
            seconds = max(self._least_seconds, _LIMIT_FACTOR * self._reference_seconds)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            try:
                return speak()
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)

        return limited


def _find_fault(expected: Segment, candidate: Speak) -> str:
    try:
        return find_difference(expected, candidate())
    except RuntimeError as exc:
        return str(exc).partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
