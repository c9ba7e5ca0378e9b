"""What would make an unusable accelerator usable, as commands that can be pasted.

Which PyTorch wheel has kernels for which card: PyTorch's RELEASE.md, "CUDA Support Matrix". The
CUDA 12.6 wheels are the ones for old cards: they carry ``sm_50 sm_60 sm_70`` beside the newer ones,
up to and including release 2.14. Driver minimums: NVIDIA, "Minor Version Compatibility".
"""

import re

WHEEL_INDEX = "https://download.pytorch.org/whl"
Capability = tuple[int, int]

OLDEST_CAPABILITY = (5, 0)
"""Below Maxwell no PyTorch of the last years has kernels."""
TURING = (7, 5)
"""The oldest card that CUDA 13 serves."""
HOPPER = (9, 0)
"""From here on the CUDA 12.6 wheels are no longer a sure answer."""
CU126_RELEASES = ((2, 6), (2, 14))
"""First and last PyTorch release with CUDA 12.6 wheels."""
CU128_RELEASES = ((2, 7), (2, 11))
CU130_FIRST_RELEASE = (2, 9)
DRIVER_FOR_CUDA = {12: 525, 13: 580}
"""Oldest Linux driver for each CUDA major version."""
INSTALL_DRIVER = (
    f"install the NVIDIA driver ({DRIVER_FOR_CUDA[12]} or newer); in a container, start it with "
    "--gpus all and the NVIDIA container toolkit"
)
RUN_ON_CPU = "run on the CPU with USE_GPU=false"


def suggest_wheel(
    capability: Capability | None, torch_version: str, driver_cuda: str | None = None
) -> str:
    """Return the pip line of a PyTorch that has kernels for this card.

    Args:
        capability: of the card; None where it is not known, which is answered for a recent card.
        torch_version: the installed one; its release is kept where that release has such a wheel.
        driver_cuda: newest CUDA that the driver serves; too old for the wheel, that is said too.
    """
    if capability is not None and capability < OLDEST_CAPABILITY:
        return (
            f"no PyTorch wheel serves capability {format_capability(capability)} (5.0 is the "
            f"oldest): {RUN_ON_CPU}, or use a newer card"
        )
    release = _read_release(torch_version)
    if capability is not None and capability < TURING:
        return _old_card_wheel(release, torch_version)
    return _recent_card_wheel(capability, release, torch_version, driver_cuda)


def suggest_plain_wheel(torch_version: str) -> str:
    """Return the pip line of the same PyTorch without CUDA."""
    return _pip(f"torch=={torch_version.partition('+')[0]}", "cpu")


def suggest_for_failure(
    message: str, capability: Capability | None, torch_version: str, driver_cuda: str | None
) -> tuple[str, str]:
    """Return the reason and the fix for an error of the accelerator.

    Args:
        message: what PyTorch raised.
        capability: of the card, where it is known.
        torch_version: the installed one.
        driver_cuda: newest CUDA that the driver serves.
    """
    wheel = suggest_wheel(capability, torch_version, driver_cuda)
    cases = (
        (r"no kernel image", "its kernels do not start (no kernel image for this card)", wheel),
        (
            r"out of memory|alloc_failed",
            "not enough free memory on it",
            "free it (nvidia-smi lists who holds it), or name another card: KTTS_DEVICE=cuda:N",
        ),
        (
            r"driver.*(too old|insufficient)",
            f"the NVIDIA driver is too old for this PyTorch ({_serves(driver_cuda)})",
            suggest_driver(capability, torch_version, driver_cuda),
        ),
        (
            r"no NVIDIA driver",
            "no NVIDIA driver is reachable",
            INSTALL_DRIVER,
        ),
        (
            r"no CUDA GPUs are available|no CUDA-capable device",
            "the driver shows no card to this process",
            "check CUDA_VISIBLE_DEVICES; in a container, start it with --gpus all",
        ),
        (r"not compiled with CUDA", "this PyTorch has no CUDA", wheel),
        (
            r"not currently implemented for the MPS",
            "an operation of the model is missing on Apple GPUs",
            "set PYTORCH_ENABLE_MPS_FALLBACK=1, or use the CPU: KTTS_DEVICE=cpu",
        ),
    )
    for pattern, reason, fix in cases:
        if re.search(pattern, message, re.IGNORECASE | re.DOTALL):
            return reason, fix
    first_line = message.strip().partition("\n")[0] or "an error without a message"
    return first_line, f"see `ktts doctor`; until it is mended {RUN_ON_CPU}"


def suggest_driver(
    capability: Capability | None, torch_version: str, driver_cuda: str | None
) -> str:
    """Return how to bring a driver that is too old and PyTorch together."""
    branch = f"{DRIVER_FOR_CUDA[13]} or newer"
    if capability is not None and capability < TURING:
        branch = f"{DRIVER_FOR_CUDA[13]}, the last branch for this card"
    update = f"update the NVIDIA driver to {branch}"
    is_cuda_12 = driver_cuda is not None and driver_cuda.startswith("12.")
    if capability is None or capability >= HOPPER or not is_cuda_12:
        return update
    # Any 12.x driver runs the CUDA 12.6 wheels.
    wheel = _old_card_wheel(_read_release(torch_version), torch_version)
    return f"{update}, or keep it: {wheel}"


def format_capability(capability: Capability | None) -> str:
    """Write a capability as NVIDIA does, for example ``6.1``."""
    return "unknown" if capability is None else f"{capability[0]}.{capability[1]}"


def _old_card_wheel(release: Capability, torch_version: str) -> str:
    first, last = CU126_RELEASES
    if release > last:
        return f"{_pip('torch==2.14.*', 'cu126')} (2.14 is the last release with CUDA 12.6)"
    if release < first:
        return _pip("'torch>=2.6,<2.15'", "cu126")
    return _pip(f"torch=={_public(torch_version)}", "cu126")


def _recent_card_wheel(
    capability: Capability | None, release: Capability, torch_version: str, driver_cuda: str | None
) -> str:
    same = f"torch=={_public(torch_version)}"
    first, last = CU128_RELEASES
    serves_only_12 = driver_cuda is not None and driver_cuda.startswith("12.")
    if first <= release <= last and (serves_only_12 or release < CU130_FIRST_RELEASE):
        return _pip(same, "cu128")
    if serves_only_12 and capability is not None and capability < HOPPER:
        return _old_card_wheel(release, torch_version)
    wheel = _pip(same if release >= CU130_FIRST_RELEASE else "'torch>=2.9'", "cu130")
    if serves_only_12:
        return f"{wheel} (and update the NVIDIA driver to {DRIVER_FOR_CUDA[13]} or newer)"
    return wheel


def _pip(requirement: str, tag: str) -> str:
    # Without --force-reinstall pip finds 2.10.0+cu128 good enough for torch==2.10.0 and stops.
    return f"pip install --force-reinstall {requirement} --index-url {WHEEL_INDEX}/{tag}"


def _public(torch_version: str) -> str:
    return torch_version.partition("+")[0]


def _read_release(torch_version: str) -> tuple[int, int]:
    found = re.match(r"(\d+)\.(\d+)", torch_version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _serves(driver_cuda: str | None) -> str:
    return f"it serves CUDA up to {driver_cuda}" if driver_cuda else "it does not say what it has"
