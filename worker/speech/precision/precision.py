"""Chooses the arithmetic of a worker: fp32 as kokoro computes it, or a faster one, and says why.

``auto`` picks a candidate by what the processor or the card can do, and confirms it by a short
trial against fp32: a mask or an emulator can make a processor slower than it claims, and a card's
half precision can sound wrong. A precision that the user names is used without a trial.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from worker.settings import WorkerSettings
from worker.speech.device.device import DeviceChoice, describe_candidate
from worker.speech.device.fixes import Capability
from worker.speech.fast.calibration import Calibration, load_calibration
from worker.speech.fast.int8_products import find_int8_fault
from worker.speech.fast.processor import Processor, examine_processor
from worker.speech.model.weights import ModelSource
from worker.speech.precision.trial import Trial, TrialCandidate, TrialVerdict, confirm

Precision = Literal["fp32", "fp16", "bf16", "int8"]
Confirm = Callable[[Trial, str], list[TrialVerdict]]
"""Returns a verdict for each candidate of a trial, or none where there are none yet."""

_CLEARLY = 1.03
"""How much faster a coarser arithmetic must be to be chosen."""


@dataclass(frozen=True, slots=True)
class PrecisionChoice:
    """The arithmetic of a process, fixed for its life."""

    name: Precision
    """``int8`` covers the decoder and most of the vocoder; the rest then runs in `dense`."""
    reason: str
    """One sentence for people."""
    dense: Precision = "fp32"
    """Precision of what is not int8: blocks with too large an error, small convolutions."""
    front: Precision = "fp32"
    """Of durations and pitch; ``int8`` covers ALBERT's products, pitch and energy."""
    calibration: Calibration | None = None
    """Ranges of the int8 blocks; None where there are none."""
    warning: str = ""
    """Why int8 is left out where it would be used, and how to repair that; empty otherwise."""
    is_tentative: bool = False
    """A trial came to no verdict, so another one may choose otherwise."""

    @property
    def arithmetic(self) -> str:
        """All three precisions, for example ``int8/bf16/int8``."""
        return f"{self.name}/{self.dense}/{self.front}"


REFERENCE = PrecisionChoice("fp32", "the reference")
"""kokoro's own network in fp32."""

FAST_FP32 = PrecisionChoice(
    "bf16", "the processor has neither int8 nor bf16 to use: products in fp32, activations in bf16"
)
"""The fast network without int8 on any processor: half as fast again as kokoro's own."""


def choose_precision(
    settings: WorkerSettings,
    source: ModelSource,
    device: DeviceChoice,
    *,
    threads: int,
    confirm: Confirm = confirm,
) -> PrecisionChoice:
    """Choose for `device`; only the start of a trial is logged.

    Args:
        settings: precision, front precision, model directory and threads.
        source: what the model directory holds.
        device: where the model will run.
        threads: how many it will use on a CPU.
        confirm: returns a trial's verdicts; `worker.speech.precision.trial.recall` starts none.

    Raises:
        StartupError: the calibration file is damaged.
    """
    if device.name == "cpu":
        return _choose_cpu(settings, source, threads, confirm)
    card = device.candidates[-1]
    if card.capability is None:
        return PrecisionChoice("fp32", f"the only one that is proved on {device.name}")
    choice = choose_by_card(settings.precision, card.capability)
    if settings.precision != "auto" or choice.name == "fp32":
        return choice
    trial = _make_trial(settings, threads, [choice], device.name)
    verdicts = confirm(trial, f"{describe_candidate(card)} | {source.weights_sha256}")
    if not verdicts:
        reason = f"{choice.name} has not been tried on this card yet; the next worker tries it"
        return PrecisionChoice("fp32", reason)
    # Some cards' half precision is wrong: without a verdict it is not used.
    return _pick_fastest(verdicts, [choice], likely=REFERENCE)


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
        int8_fault: why int8 does not work under this PyTorch; empty where it does.
    """
    dense: Precision = "bf16" if processor.has_bf16 else "fp32"
    narrow = front if front == "bf16" and processor.has_bf16 else "fp32"
    obstacle = int8_fault
    if calibration is None:
        obstacle = obstacle or "the model directory has no calibration; run `ktts fetch-model`"
    wants_int8 = wanted == "int8" or (wanted == "auto" and bool(processor.vectors))
    if wants_int8 and not obstacle:
        reason = _explain(wanted, "int8", processor.vectors)
        chosen = front if front == "int8" else narrow
        return PrecisionChoice("int8", reason, dense, chosen, calibration)
    warning = f"int8 is left out: {obstacle}" if wants_int8 else ""
    if wanted in {"bf16", "int8"} or (wanted == "auto" and processor.has_bf16):
        reason = _explain(wanted, "bf16", "bf16 products")
        return PrecisionChoice("bf16", reason, dense, narrow, warning=warning)
    if wanted == "auto":
        return replace(FAST_FP32, warning=warning)
    return PrecisionChoice("fp32", _explain(wanted, "fp32", ""), warning=warning)


def choose_by_card(wanted: str, capability: Capability) -> PrecisionChoice:
    """Choose by an NVIDIA card's compute capability, before any trial.

    Below 7.0 half precision is slow (a 6.1 card runs it at 1/64 of fp32); 7.x has tensor cores for
    fp16, 8.0 and later for bf16.
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
        return PrecisionChoice("fp32", _explain("fp32", "fp32", ""))
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
    # bf16 products are no faster than fp32 on some processors that have them (Intel's without AMX)
    # and nearly twice as fast on others (AMD's Zen 4): int8 is tried beside both.
    choices = [choice]
    if choice.name == "int8" and choice.dense == "bf16":
        front: Precision = "fp32" if choice.front == "bf16" else choice.front
        choices.append(replace(choice, dense="fp32", front=front))
    elif choice.name == "int8":
        choices.append(FAST_FP32)  # where int8 turns out wrong
    trial = _make_trial(settings, threads, choices, "cpu")
    ranges = choice.calibration.sha256 if choice.calibration else "no ranges"
    verdicts = confirm(trial, f"{processor.identity} | {ranges}")
    if not verdicts:
        return replace(choice, reason=f"{choice.reason}; not tried yet, the next worker does")
    return _pick_fastest(verdicts, choices)


def _make_trial(
    settings: WorkerSettings, threads: int, choices: list[PrecisionChoice], device: str
) -> Trial:
    candidates = tuple(TrialCandidate(each.name, each.dense, each.front) for each in choices)
    return Trial(str(settings.model_dir), threads, candidates, device)


def _pick_fastest(
    verdicts: list[TrialVerdict],
    choices: list[PrecisionChoice],
    likely: PrecisionChoice | None = None,
) -> PrecisionChoice:
    """Return the fastest choice that passed its trial, or fp32 where none did.

    Where none passed, and one has no verdict, it is the `likely` one for the time being, or that
    very one.
    """
    verdict, best = max(
        zip(verdicts, choices, strict=True), key=lambda pair: (pair[0].is_good, _rank(*pair))
    )
    open_choices = [
        (one.doubt, choice) for one, choice in zip(verdicts, choices, strict=True) if one.doubt
    ]
    best = replace(best, is_tentative=bool(open_choices))
    if open_choices and not verdict.is_good:
        doubt, first = open_choices[0]
        likely = likely or first
        reason = f"{likely.reason}; {doubt}, and is repeated when the worker is idle"
        return replace(likely, reason=reason, is_tentative=True)
    if not verdict.is_good:
        reason = f"{best.name} was tried: {verdict.explanation}"
        return PrecisionChoice("fp32", reason, warning=best.warning)
    rest = f", the rest in {best.dense}" if best.name == "int8" else ""
    return replace(best, reason=f"{best.reason}{rest}; tried: {verdict.explanation}")


def _rank(verdict: TrialVerdict, choice: PrecisionChoice) -> float:
    """Return the speedup; bf16 must be clearly ahead, or noise would choose between equals."""
    return verdict.speedup / (_CLEARLY if choice.dense == "bf16" else 1)


def _explain(wanted: str, name: str, capability: str) -> str:
    if wanted == "auto":
        return f"the processor has {capability}"
    return f"KTTS_PRECISION={wanted}" + ("" if wanted == name else f", as {name}")
