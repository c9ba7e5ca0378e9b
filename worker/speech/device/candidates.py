"""Tests the devices of this machine: CUDA cards, then an Apple GPU, then the CPU.

Of several cards the one that `claim_card` names is tested first, and the others only if it fails:
a test takes some hundred megabytes of a card that other processes may be using.

A card is usable when this PyTorch build has kernels for its compute capability, and a convolution
and a matrix product on it agree with the CPU. ``torch.cuda.is_available()`` checks neither: it is
true on a TITAN Xp (6.1) under a build that starts at ``sm_70``.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from jobs.places import install_command
from worker.engine import ClaimCard, take_first
from worker.speech.device.fixes import (
    RUN_ON_CPU,
    Capability,
    format_capability,
    suggest_for_failure,
    suggest_wheel,
)
from worker.speech.device.probe import Card, DeviceProbe, TorchBuild, identify_cards

KERNEL_TOLERANCE = 0.01
"""Largest relative error of a working card: TF32 rounds to about 0.001, defects exceed it far."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that was examined, and the result."""

    name: str
    """``cuda:N``, ``mps`` or ``cpu``; ``cuda`` where CUDA as a whole cannot start."""
    card: str
    """The maker's name; empty where there is none."""
    capability: Capability | None
    """Compute capability of a CUDA card."""
    usable: bool
    reason: str
    """Why it can or cannot be used."""
    fix: str = ""
    """How to make it usable; empty where it is usable or there is no such device."""


def examine_devices(
    probe: DeviceProbe,
    wanted: str = "auto",
    skip: Collection[str] = (),
    claim_card: ClaimCard = take_first,
) -> Iterator[Candidate]:
    """Yield the devices in order of preference; each is tested only when it is drawn.

    Args:
        probe: answers about the machine.
        wanted: ``auto`` for all, or a name as in KTTS_DEVICE for that device only.
        skip: names of devices that were examined before.
        claim_card: names the card to test next.
    """
    build = probe.torch_build()
    if build is None:
        name = "cpu" if wanted == "auto" else wanted
        yield _refuse(name, None, "PyTorch is not installed", install_command("worker"))
        return
    if wanted.partition(":")[0] in {"auto", "cuda"} and "cuda" not in skip:
        yield from _examine_cuda(probe, build, wanted, skip, claim_card)
    if wanted in {"auto", "mps"} and "mps" not in skip:
        yield _examine_mps(probe)
    yield Candidate("cpu", "", None, usable=True, reason="the CPU can always be used")


def fail_candidate(candidate: Candidate, exc: RuntimeError, probe: DeviceProbe) -> Candidate:
    """Return `candidate` as unusable, with the meaning of the error and its fix."""
    build = probe.torch_build()
    reason, fix = suggest_for_failure(
        str(exc),
        candidate.capability,
        build.version if build else "",
        probe.driver_cuda_version(),
    )
    return replace(candidate, usable=False, reason=reason, fix=fix)


def find_kernel(kernels: Iterable[str], capability: Capability) -> str | None:
    """Return the newest entry of a build's kernel list that this card can run, or None.

    CUDA's rule: a binary ``sm_XY`` runs on the same major and an equal or higher minor version;
    PTX ``compute_XY`` can be compiled for equal or newer cards; the suffix ``a`` restricts either
    to exactly that card, ``f`` to its family, which here is the rule for binaries.
    """
    runnable = []
    for kernel in kernels:
        found = re.fullmatch(r"(sm|compute)_(\d+)(\d)([af]?)", kernel)
        if not found:
            continue
        form, suffix = found[1], found[4]
        built = (int(found[2]), int(found[3]))
        if suffix == "a":
            runs = built == capability
        elif form == "compute" and not suffix:
            runs = built <= capability
        else:
            runs = built[0] == capability[0] and built[1] <= capability[1]
        if runs:
            runnable.append((form == "sm", built, kernel))
    return max(runnable)[2] if runnable else None


def _examine_cuda(
    probe: DeviceProbe,
    build: TorchBuild,
    wanted: str,
    skip: Collection[str],
    claim_card: ClaimCard,
) -> Iterator[Candidate]:
    """Yield one candidate per card, or one for CUDA as a whole where it cannot start."""
    try:
        cards = probe.cards() if build.cuda else ()
    except RuntimeError as exc:
        yield _explain_no_cuda(probe, build, str(exc))
        return
    if not cards:
        message = "no CUDA GPUs are available" if build.cuda else "not compiled with CUDA"
        yield _explain_no_cuda(probe, build, message)
        return
    names = [f"cuda:{card.index}" for card in cards]
    if wanted.startswith("cuda:") and wanted not in names:
        seen = ", ".join(f"{name} {card.name}" for name, card in zip(names, cards, strict=True))
        yield _refuse(
            wanted, None, f"there is no such card; PyTorch sees {seen}", "name one of those"
        )
        return
    left = {
        identity: card
        for (identity, card), name in zip(identify_cards(cards).items(), names, strict=True)
        if wanted in {"auto", "cuda", name} and name not in skip
    }
    while left:
        yield _examine_card(probe, build, left.pop(claim_card(list(left))))


def _explain_no_cuda(probe: DeviceProbe, build: TorchBuild, message: str) -> Candidate:
    installed = probe.installed_cards()
    card = max(installed, key=lambda card: card.capability or (0, 0), default=None)
    reason, fix = suggest_for_failure(
        message, card.capability if card else None, build.version, probe.driver_cuda_version()
    )
    if card is None and re.search(r"no NVIDIA driver|no CUDA GPUs|not compiled", message):
        return _refuse(
            "cuda", None, f"there is no NVIDIA card here that can be seen ({reason})", ""
        )
    return _refuse("cuda", card, f"{reason} (PyTorch {build.version})", fix)


def _examine_card(probe: DeviceProbe, build: TorchBuild, card: Card) -> Candidate:
    """Compare the card with the kernel list, then run real kernels on it."""
    name = f"cuda:{card.index}"
    kernel = None
    if card.capability is not None and any(entry.startswith("sm_") for entry in build.kernels):
        kernel = find_kernel(build.kernels, card.capability)
        if kernel is None:
            reason = (
                f"PyTorch {build.version} has no kernels for capability "
                f"{format_capability(card.capability)}: it was built for {' '.join(build.kernels)}"
            )
            fix = suggest_wheel(card.capability, build.version, probe.driver_cuda_version())
            return _refuse(name, card, reason, fix)
    usable = Candidate(
        name,
        card.name,
        card.capability,
        usable=True,
        reason=f"{kernel or 'the'} kernels of PyTorch {build.version} agree with the CPU's results",
    )
    return _test_kernels(probe, usable)


def _examine_mps(probe: DeviceProbe) -> Candidate:
    if not probe.has_mps():
        return _refuse("mps", None, "there is no Apple GPU that PyTorch can reach", "")
    usable = Candidate(
        "mps", "Apple GPU", None, usable=True, reason="its kernels agree with the CPU's results"
    )
    return _test_kernels(probe, usable)


def _test_kernels(probe: DeviceProbe, candidate: Candidate) -> Candidate:
    """Run real kernels on the device; return the candidate, unusable where they fail."""
    try:
        error = probe.kernel_error(candidate.name)
    except RuntimeError as exc:
        return fail_candidate(candidate, exc, probe)
    # Written this way round because NaN compares as false.
    if error <= KERNEL_TOLERANCE:
        return candidate
    return replace(
        candidate,
        usable=False,
        reason=f"its results are wrong: they differ from the CPU's by {error:.2g} of the peak",
        fix=f"suspect the card, its memory or its driver; until it is mended {RUN_ON_CPU}",
    )


def _refuse(name: str, card: Card | None, reason: str, fix: str) -> Candidate:
    return Candidate(
        name,
        card.name if card else "",
        card.capability if card else None,
        usable=False,
        reason=reason,
        fix=fix,
    )
