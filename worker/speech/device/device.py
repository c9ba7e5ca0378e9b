"""Chooses the device that runs the model, among those that `device.candidates` has tested.

``auto`` takes the best usable one and logs one warning about what excludes a faster one. A device
that the user names is never replaced: the process exits with 78 and the same explanation. Loading
the model is the last test; when it fails, the engine passes the error to `fall_back`.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from jobs.errors import StartupError
from worker.engine import ClaimCard, take_first
from worker.speech.device.candidates import Candidate, examine_devices, fail_candidate
from worker.speech.device.fixes import format_capability
from worker.speech.device.probe import DeviceProbe, TorchProbe

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """The device to run on, and why."""

    name: str
    """``cuda:N``, ``mps`` or ``cpu``."""
    reason: str
    """One sentence for people."""
    candidates: tuple[Candidate, ...]
    """The devices that were examined, in order; the last one is the chosen one."""
    is_named: bool = False
    """The user named the device, so no other may replace it."""
    warning: str = ""
    """Why better devices are not used, and how to fix that; or empty."""


def resolve_device(
    device: str = "auto",
    use_gpu: bool | None = None,
    probe: DeviceProbe | None = None,
    claim_card: ClaimCard = take_first,
) -> DeviceChoice:
    """Choose the device to run on, and log the choice once.

    Args:
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``.
        use_gpu: False means the CPU; True or None the best usable device.
        probe: answers about the machine; None is the real one.
        claim_card: names the card that this process may try, of several.

    Raises:
        StartupError: a named device cannot be used, the two settings contradict each other, or
            PyTorch is missing.
    """
    wanted = _wanted(device, use_gpu)
    candidates = examine_devices(probe or TorchProbe(), wanted, claim_card=claim_card)
    choice = choose_device(device, use_gpu, candidates)
    _log_choice(choice)
    return choice


def choose_device(
    device: str, use_gpu: bool | None, candidates: Iterable[Candidate]
) -> DeviceChoice:
    """Choose among `candidates`, an iterator that tests each when it is drawn.

    Raises:
        StartupError: as `resolve_device`.
    """
    wanted = _wanted(device, use_gpu)
    examined: list[Candidate] = []
    for candidate in candidates:
        if not _matches(candidate.name, wanted):
            continue
        examined.append(candidate)
        if candidate.usable:
            return _accept(candidate, tuple(examined), device, use_gpu)
    if wanted == "auto" or (examined and examined[-1].name == "cpu"):
        raise StartupError(f"no device can run the model: {_explain(examined[-1:])}")
    found = _explain(examined) or f"this machine has no {wanted}"
    raise StartupError(
        f"KTTS_DEVICE={device} cannot be used, and a device that is named is never replaced "
        f"(KTTS_DEVICE=auto takes the best usable one): {found}"
    )


def fall_back(
    choice: DeviceChoice,
    exc: RuntimeError,
    probe: DeviceProbe | None = None,
    claim_card: ClaimCard = take_first,
) -> DeviceChoice:
    """Return the next usable device after the model failed on the chosen one.

    Args:
        choice: the device where the model failed.
        exc: what PyTorch raised when the model was loaded or first run.
        probe: as for `resolve_device`.
        claim_card: as for `resolve_device`.

    Raises:
        StartupError: the device was named, or it was the CPU already.
    """
    probe = probe or TorchProbe()
    failed = fail_candidate(choice.candidates[-1], exc, probe)
    if choice.is_named or choice.name == "cpu":
        raise StartupError(f"the model cannot run on {choice.name}: {_explain([failed])}") from exc
    known = {candidate.name for candidate in choice.candidates}
    rest = examine_devices(probe, skip=known, claim_card=claim_card)
    following = choose_device("auto", None, chain(choice.candidates[:-1], (failed,), rest))
    _log_choice(following)
    return following


def describe_candidate(candidate: Candidate) -> str:
    """Describe a device for people: ``NVIDIA TITAN Xp (cuda:0, capability 6.1)``."""
    if not candidate.card:
        return candidate.name
    if candidate.capability is None:
        return f"{candidate.card} ({candidate.name})"
    capability = format_capability(candidate.capability)
    return f"{candidate.card} ({candidate.name}, capability {capability})"


def _wanted(device: str, use_gpu: bool | None) -> str:
    """Merge the two settings into one name.

    Raises:
        StartupError: they contradict each other.
    """
    if use_gpu is False and device not in {"auto", "cpu"}:
        raise StartupError(
            f"USE_GPU=false and KTTS_DEVICE={device} contradict each other; unset USE_GPU to use "
            f"{device}, or set KTTS_DEVICE=auto to use the CPU"
        )
    return "cpu" if use_gpu is False else device


def _matches(name: str, wanted: str) -> bool:
    kind = name.partition(":")[0]
    return wanted in {"auto", name, kind} or (name == "cuda" and wanted.startswith("cuda:"))


def _accept(
    candidate: Candidate, examined: tuple[Candidate, ...], device: str, use_gpu: bool | None
) -> DeviceChoice:
    reason = f"{describe_candidate(candidate)}: {candidate.reason}"
    warning = ""
    left_out = [other for other in examined if other.fix]
    if use_gpu is False:
        reason = "the CPU, because USE_GPU=false"
    elif device != "auto":
        reason = f"{reason} (named by KTTS_DEVICE)"
    elif candidate.name == "cpu":
        reason = "the CPU, because there is no accelerator"
        if left_out or use_gpu:
            blocked = left_out or examined[:-1]
            short = "; ".join(f"{describe_candidate(each)}: {each.reason}" for each in blocked)
            reason = f"the CPU, because {short}"
            warning = f"running on the CPU: {_explain(blocked)}; to silence this: USE_GPU=false"
    if left_out and candidate.card and device in {"auto", "cuda"}:
        warning = f"running on {candidate.name}; left out: {_explain(left_out)}"
    return DeviceChoice(candidate.name, reason, examined, device != "auto", warning)


def _explain(candidates: Iterable[Candidate]) -> str:
    return "; ".join(
        f"{describe_candidate(each)}: {each.reason}" + (f"; to fix: {each.fix}" if each.fix else "")
        for each in candidates
    )


def _log_choice(choice: DeviceChoice) -> None:
    if choice.warning:
        log.warning("%s", choice.warning)
    else:
        log.info("device %s: %s", choice.name, choice.reason)
