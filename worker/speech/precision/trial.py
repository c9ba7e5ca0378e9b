"""Tries a precision against fp32 in a child process (see `trial_child`) and keeps the verdict.

A probe of the processor sees neither masks nor emulators, and a missing instruction kills the
process that uses it. So a child speaks a phrase in both precisions, and this process survives.
Verdicts are kept by processor or card, PyTorch, C kernel, weights or calibration, and threads.
A child that does not come to an end for want of time or memory gives no verdict: an earlier one
stays, and without one the worker repeats the trial when it is idle.
"""

import fcntl
import json
import logging
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

import torch

from jobs.child import child_command, child_environment
from jobs.settings import default_cache_dir
from worker.speech.fast.kernels.build import find_kernel

log = logging.getLogger(__name__)

CHILD_SECONDS = 180
"""Time limit for the child, loading PyTorch and the model on a busy machine included."""
PREPARING = (
    "preparing this machine, once: faster arithmetic is tried against fp32; that takes some 20 s, "
    f"on a busy machine up to {CHILD_SECONDS // 60} minutes"
)

_CACHE_NAME = "precision.json"
_DOUBT_SECONDS = 3_600
"""How long a failure counts: another process may have caused it."""
_OPEN_SECONDS = 600
"""How long workers that start are spared a trial that came to no verdict."""


@dataclass(frozen=True, slots=True)
class TrialCandidate:
    """One precision to try; the fields are those of `precision.PrecisionChoice`."""

    precision: str
    """``int8``, ``bf16`` or ``fp16``."""
    dense: str
    front: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What the child is to try."""

    model_dir: str
    threads: int
    candidates: tuple[TrialCandidate, ...]
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """The result for one candidate."""

    speedup: float
    """Time of fp32 over time of the candidate; 0 where it did not finish."""
    fault: str = ""
    """Why the candidate cannot be used; empty where speed alone decides."""
    doubt: str = ""
    """Why the trial came to no verdict; empty where it did."""

    @property
    def is_good(self) -> bool:
        """Whether the candidate is sound and faster than fp32."""
        return not self.fault and self.speedup > 1

    @property
    def explanation(self) -> str:
        """One sentence for people."""
        return self.doubt or self.fault or f"{self.speedup:.1f} times as fast as fp32"


def confirm(
    trial: Trial,
    identity: str,
    cache: Path | None = None,
    *,
    again: bool = False,
    announce: Callable[[str], None] = log.info,
) -> list[TrialVerdict]:
    """Return the verdict on each candidate: the one that was kept, or else that of a new trial.

    A new trial without a verdict on a candidate leaves the earlier one.

    Args:
        trial: what to try.
        identity: what else the verdict depends on: processor and calibration, or card and weights.
        cache: folder of the verdicts; None is the user's cache.
        again: try anew, unless another process has done so since this call.
        announce: called with `PREPARING` before a trial.
    """
    path, asked_at = _cache_path(cache), time.time()
    # Workers that start together must share one verdict: with two verdicts the same job would have
    # two fingerprints, and trials at the same time would spoil each other's timing.
    with _locked(path.with_suffix(".lock")):
        key = _key(trial, identity)
        known = _read(path).get(key, {})
        kept = recall(trial, identity, cache)
        if kept and not (again and known.get("tried_at", 0.0) < asked_at):
            return kept
        announce(PREPARING)
        verdicts = run_trial(trial)
        if earlier := [TrialVerdict(**verdict) for verdict in known.get("verdicts", ())]:
            pairs = zip(verdicts, earlier, strict=True)
            verdicts = [before if now.doubt else now for now, before in pairs]
        is_open = any(verdict.doubt for verdict in verdicts)
        answer = {
            "verdicts": [asdict(verdict) for verdict in verdicts],
            "tried_at": time.time(),
            "doubt_until": time.time() + (_OPEN_SECONDS if is_open else _DOUBT_SECONDS),
        }
        _write(path, _read(path) | {key: answer})
    return verdicts


def recall(trial: Trial, identity: str, cache: Path | None = None) -> list[TrialVerdict]:
    """Return the verdicts of an earlier trial; empty where none still counts."""
    known = _read(_cache_path(cache)).get(_key(trial, identity))
    if known is None:
        return []
    verdicts = [TrialVerdict(**verdict) for verdict in known["verdicts"]]
    is_certain = all(verdict.speedup for verdict in verdicts)
    return verdicts if is_certain or time.time() < known["doubt_until"] else []


def run_trial(trial: Trial, *, command: tuple[str, ...] | None = None) -> list[TrialVerdict]:
    """Run the child and return a verdict for each candidate; a child that dies fails them all.

    One that ran out of time or was killed tells nothing of any: that is a doubt.

    Args:
        trial: what to try.
        command: the child; None is `worker.speech.precision.trial_child`.
    """
    child = command or child_command("-m", "worker.speech.precision.trial_child")
    try:
        ended = subprocess.run(
            [*child, json.dumps(asdict(trial))],
            env=child_environment(),
            capture_output=True,
            text=True,
            timeout=CHILD_SECONDS,
            check=False,
        )
        if ended.returncode == 0:
            return [TrialVerdict(**verdict) for verdict in json.loads(ended.stdout)]
        fault = f"ended with {ended.returncode}: {ended.stderr.strip().rpartition(chr(10))[2]}"
        if ended.returncode == -signal.SIGPROF:
            fault = "computed several times as long as fp32 for a phrase"
        elif -ended.returncode in {signal.SIGKILL, signal.SIGTERM, signal.SIGINT}:
            doubt = f"the trial was ended by {signal.Signals(-ended.returncode).name}"
            return [TrialVerdict(0, doubt=doubt)] * len(trial.candidates)
    except subprocess.TimeoutExpired:
        doubt = f"the machine was too busy for a trial: it did not end within {CHILD_SECONDS} s"
        return [TrialVerdict(0, doubt=doubt)] * len(trial.candidates)
    except (ValueError, TypeError) as exc:
        fault = f"gave no answer ({exc})"
    return [TrialVerdict(0, fault)] * len(trial.candidates)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, or no lock where the folder cannot be written."""
    with ExitStack() as stack:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a"))
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as exc:
            log.debug("cannot lock %s, so other workers may try at the same time: %s", path, exc)
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
    """Write the verdicts; without a writable cache every start makes a new trial."""
    unfinished = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(known, indent=1), encoding="utf-8")
        unfinished.replace(path)
    except OSError as exc:
        log.warning("the trial's verdict cannot be kept in %s: %s", path, exc)
