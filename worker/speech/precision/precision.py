"""Which arithmetic speaks: fp32 as kokoro has it, or one of the fast ones, and why.

``auto`` goes by what the processor can do and confirms it by a short trial against fp32, since a
mask or an emulator can make a processor slower than it claims. A precision that is named is used
without a trial.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from worker.settings import WorkerSettings
from worker.speech.device.device import DeviceChoice
from worker.speech.device.fixes import Capability
from worker.speech.fast.calibration import Calibration, load_calibration
from worker.speech.fast.processor import Processor, examine_processor, find_int8_fault
from worker.speech.model.weights import ModelSource
from worker.speech.precision.trial import Candidate, Trial, Verdict, confirm

Precision = Literal["fp32", "fp16", "bf16", "int8"]
Confirm = Callable[[Trial, str], list[Verdict]]
"""Returns a verdict for each candidate of a trial, or none where there are none yet."""

_CLEARLY = 1.03
"""How much faster a coarser arithmetic must be to be chosen."""


@dataclass(frozen=True, slots=True)
class PrecisionChoice:
    """The arithmetic of a process, fixed for its life."""

    name: Precision
    """``int8`` is the decoder and most of the vocoder; the rest then runs in `dense`."""
    reason: str
    """One sentence for people."""
    dense: Precision = "fp32"
    """What is not int8: blocks that suffer from it, and the vocoder's small convolutions."""
    front: Precision = "fp32"
    """Durations and pitch; ``int8`` is the encoder's products and the contours, the rest fp32."""
    calibration: Calibration | None = None
    """Ranges of the int8 blocks; None where there are none."""
    warning: str = ""
    """Why int8 is left out where it would be used, and what would mend it; empty otherwise."""


REFERENCE = PrecisionChoice("fp32", "the reference")
"""kokoro's own network in fp32."""


def choose_precision(
    settings: WorkerSettings,
    source: ModelSource,
    device: DeviceChoice,
    *,
    threads: int,
    confirm: Confirm = confirm,
) -> PrecisionChoice:
    """Choose for `device`; nothing is logged but a trial that begins.

    Args:
        settings: precision, front precision, model directory and threads.
        source: what the model directory holds.
        device: where the model will run.
        threads: how many it will use on a CPU.
        confirm: answers for a trial; `worker.speech.precision.trial.recall` makes none.

    Raises:
        StartupError: the calibration file is damaged.
    """
    capability = device.candidates[-1].capability
    if device.name == "cpu":
        return _choose_cpu(settings, source, threads, confirm)
    if capability is not None:
        return choose_by_card(settings.precision, capability)
    return PrecisionChoice("fp32", f"the only one that is proved on {device.name}")


def choose_by_processor(
    wanted: str,
    processor: Processor,
    *,
    front: Precision = "fp32",
    calibration: Calibration | None,
    int8_fault: str,
) -> PrecisionChoice:
    """Choose by what the processor can do.

    Args:
        wanted: ``auto``, or the precision by name.
        processor: what there is.
        front: of durations and pitch; bf16 where the processor has it, int8 beside int8.
        calibration: ranges of the int8 blocks; None where the model directory has none.
        int8_fault: what is wrong with int8 under this PyTorch; empty where nothing is.
    """
    dense: Precision = "bf16" if processor.has_bf16 else "fp32"
    narrow = front if front == "bf16" and processor.has_bf16 else "fp32"
    obstacle = int8_fault
    if calibration is None:
        obstacle = obstacle or "the model directory has no calibration; run `ktts fetch-model`"
    wants_int8 = wanted == "int8" or (wanted == "auto" and processor.has_avx512)
    if wants_int8 and not obstacle:
        reason = _why(wanted, "int8", f"AVX-512{' with VNNI' if processor.has_vnni else ''}")
        chosen = front if front == "int8" else narrow
        return PrecisionChoice("int8", reason, dense, chosen, calibration)
    warning = f"int8 is left out: {obstacle}" if wants_int8 else ""
    if wanted in {"bf16", "int8"} or (wanted == "auto" and processor.has_bf16):
        reason = _why(wanted, "bf16", "bf16 products")
        return PrecisionChoice("bf16", reason, dense, narrow, warning=warning)
    reason = _why(wanted, "fp32", "neither int8 nor bf16 to use")
    return PrecisionChoice("fp32", reason, warning=warning)


def choose_by_card(wanted: str, capability: Capability) -> PrecisionChoice:
    """Choose by an NVIDIA card's compute capability.

    Below 7.0 half precision is slow (a 6.1 card runs it at 1/64 of fp32); 7.x has tensor cores for
    fp16, 8.0 and later for bf16. No figure of this project stands behind the last two yet.
    """
    card = f"compute capability {capability[0]}.{capability[1]}"
    if wanted == "fp32" or capability < (7, 0):
        return PrecisionChoice("fp32", f"{card}, KTTS_PRECISION={wanted}")
    name: Precision = "fp16" if capability < (8, 0) else "bf16"
    return PrecisionChoice(name, f"{card}, KTTS_PRECISION={wanted}", name, "fp32")


def _choose_cpu(
    settings: WorkerSettings, source: ModelSource, threads: int, confirm: Confirm
) -> PrecisionChoice:
    if settings.precision == "fp32":
        return PrecisionChoice("fp32", _why("fp32", "fp32", ""))
    processor = examine_processor()
    calibration = load_calibration(settings.model_dir, source)
    choice = choose_by_processor(
        settings.precision,
        processor,
        front=settings.front_precision,
        calibration=calibration,
        int8_fault=find_int8_fault(),
    )
    if settings.precision != "auto" or choice.name == "fp32":
        return choice
    return _confirm(choice, settings.model_dir, processor, threads, confirm)


def _confirm(
    choice: PrecisionChoice,
    model_dir: Path,
    processor: Processor,
    threads: int,
    confirm: Confirm,
) -> PrecisionChoice:
    """Try the choice, and int8 with the rest in fp32 as well; return the fastest that is sound.

    bf16 products are no faster than fp32 on some processors that have them (Intel's without AMX),
    and nearly twice as fast on others (AMD's Zen 4): only a trial tells.
    """
    choices = [choice]
    if choice.name == "int8" and choice.dense == "bf16":
        front: Precision = "fp32" if choice.front == "bf16" else choice.front
        choices.append(replace(choice, dense="fp32", front=front))
    trial = Trial(
        str(model_dir),
        threads,
        tuple(Candidate(each.name, each.dense, each.front) for each in choices),
    )
    ranges = choice.calibration.sha256 if choice.calibration else "no ranges"
    verdicts = confirm(trial, f"{processor.identity} | {ranges}")
    if not verdicts:
        return replace(choice, reason=f"{choice.reason}; not tried yet, the next worker does")
    verdict, best = max(
        zip(verdicts, choices, strict=True), key=lambda pair: (pair[0].is_good, _worth(*pair))
    )
    if not verdict.is_good:
        reason = f"{best.name} was tried: {verdict.explanation}"
        return PrecisionChoice("fp32", reason, warning=choice.warning)
    rest = f", the rest in {best.dense}" if best.name == "int8" else ""
    return replace(best, reason=f"{best.reason}{rest}; tried: {verdict.explanation}")


def _worth(verdict: Verdict, choice: PrecisionChoice) -> float:
    """Return the speedup; bf16 must be clearly ahead, or chance would choose between equals."""
    return verdict.speedup / (_CLEARLY if choice.dense == "bf16" else 1)


def _why(wanted: str, name: str, capability: str) -> str:
    if wanted == "auto":
        return f"the processor has {capability}"
    return f"KTTS_PRECISION={wanted}" + ("" if wanted == name else f", as {name}")
