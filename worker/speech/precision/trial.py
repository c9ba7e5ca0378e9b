"""A short trial of a precision against fp32, in a child process (see `trial_child`).

Probes of the processor see neither masks nor emulators, and an instruction that is missing after
all kills the process that uses it; so a child speaks a phrase both ways, and the parent lives.
The answer is kept by processor, PyTorch, kernel, calibration and threads.
"""

from __future__ import annotations

import fcntl
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import torch

from jobs.settings import default_cache_dir
from worker.speech.fast.kernels.build import find_kernel

log = logging.getLogger(__name__)

TRIAL_SECONDS = 20
"""Longest time for the phrase, two seconds of audio; oneDNN's reference code takes 56."""
CHILD_SECONDS = 180
"""Longest time for all of it, loading PyTorch and the model on a busy machine included."""

_CACHE_NAME = "precision.json"
_DOUBT_SECONDS = 3_600
"""How long an answer counts that may be due to a busy machine."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to compute."""

    precision: str
    """``int8`` or ``bf16``."""
    dense: str
    """``bf16`` or ``fp32``: what is not int8."""
    front: str
    """``bf16`` or ``fp32``: durations and pitch."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried."""

    model_dir: str
    threads: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one candidate."""

    speedup: float
    """Time of fp32 over time of the candidate; 0 where it did not finish."""
    fault: str = ""
    """Why it cannot be used; empty where speed alone decides."""

    @property
    def is_good(self) -> bool:
        """Whether the candidate is sound and faster than fp32."""
        return not self.fault and self.speedup > 1

    @property
    def explanation(self) -> str:
        """Say it for people."""
        return self.fault or f"{self.speedup:.1f} times as fast as fp32"


def confirm(trial: Trial, identity: str, cache: Path | None = None) -> list[Verdict]:
    """Return the verdict on each candidate, remembered or new.

    Args:
        trial: what is to be tried.
        identity: what the answer depends on beside it: processor and calibration.
        cache: folder for the answer; None is the user's cache.
    """
    path = _cache_path(cache)
    # Two workers that start together must come to one answer: with two, the same job on both would
    # have two fingerprints, and they would spoil each other's measurement.
    with _alone(path.with_suffix(".lock")):
        known = recall(trial, identity, cache)
        if known:
            return known
        log.info("trying faster arithmetic against fp32; this happens once on a machine")
        verdicts = run_trial(trial)
        answer = {
            "verdicts": [asdict(verdict) for verdict in verdicts],
            "doubt_until": time.time() + _DOUBT_SECONDS,
        }
        _write(path, _read(path) | {_key(trial, identity): answer})
    return verdicts


def recall(trial: Trial, identity: str, cache: Path | None = None) -> list[Verdict]:
    """Return what an earlier trial found; empty where there was none that still counts."""
    known = _read(_cache_path(cache)).get(_key(trial, identity))
    if known is None:
        return []
    verdicts = [Verdict(**verdict) for verdict in known["verdicts"]]
    is_certain = all(verdict.speedup for verdict in verdicts)
    return verdicts if is_certain or time.time() < known["doubt_until"] else []


def run_trial(trial: Trial, *, command: tuple[str, ...] | None = None) -> list[Verdict]:
    """Start the child and return a verdict for each candidate; a child that dies is one, too.

    Args:
        trial: what is to be tried.
        command: the child; None is `worker.speech.precision.trial_child`.
    """
    child = command or (sys.executable, "-m", "worker.speech.precision.trial_child")
    try:
        ended = subprocess.run(
            [*child, json.dumps(asdict(trial))],
            capture_output=True,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
        )
        if ended.returncode == 0:
            return [Verdict(**verdict) for verdict in json.loads(ended.stdout)]
        fault = f"ended with {ended.returncode}: {ended.stderr.strip().rpartition(chr(10))[2]}"
        if ended.returncode == -signal.SIGALRM:
            fault = f"took more than {TRIAL_SECONDS} s for a phrase"
    except subprocess.TimeoutExpired:
        fault = f"did not end within {CHILD_SECONDS} s"
    except (ValueError, TypeError) as exc:
        fault = f"gave no answer ({exc})"
    return [Verdict(0, fault)] * len(trial.candidates)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; without one where the folder cannot be written."""
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a"))
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as exc:
            log.debug("the trial is not kept to one process: %s", exc)
        yield


def _cache_path(cache: Path | None) -> Path:
    return (cache or default_cache_dir()) / _CACHE_NAME


def _key(trial: Trial, identity: str) -> str:
    kernel = find_kernel()
    parts = [identity, torch.__version__, kernel.name if kernel else "no kernel"]
    parts += ["/".join(astuple(candidate)) for candidate in trial.candidates]
    return " | ".join([*parts, f"{trial.threads} threads"])


def _read(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, known: dict[str, Any]) -> None:
    """Keep the answers; a cache that cannot be written costs a trial at every start."""
    unfinished = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(known, indent=1), encoding="utf-8")
        unfinished.replace(path)
    except OSError as exc:
        log.warning("the trial's answer cannot be kept in %s: %s", path, exc)
