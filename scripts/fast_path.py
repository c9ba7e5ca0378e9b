"""Which arithmetic a worker would speak in, for ``ktts doctor``."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.errors import StartupError
from worker.settings import WorkerSettings
from worker.speech.device import DeviceChoice
from worker.speech.weights import check_model


@dataclass(frozen=True, slots=True)
class FastPath:
    """The choice of `worker.speech.precision` and its reason."""

    enabled: bool
    reason: str
    precision: str = "fp32"
    kernel: str = ""
    """Name of the C kernel's library; empty where PyTorch does its work."""


def inspect_fast_path(
    settings: WorkerSettings, device: DeviceChoice | None, *, is_whole: bool
) -> FastPath:
    """Make the choice as a worker does, by what its trial found if there was one.

    Args:
        settings: as a worker reads them.
        device: where it would run; None where no device can be used.
        is_whole: whether the model directory was found whole.
    """
    if device is None or not is_whole:
        return FastPath(enabled=False, reason="unknown until there are a device and a model")
    from worker.speech.cores import count_cores
    from worker.speech.kernels.build import find_kernel
    from worker.speech.precision import choose_precision
    from worker.speech.trial import recall

    try:
        source = check_model(settings.model_dir)
        threads = settings.threads or count_cores()
        choice = choose_precision(settings, source, device, threads=threads, confirm=recall)
    except StartupError as exc:
        return FastPath(enabled=False, reason=str(exc))
    kernel = find_kernel()
    return FastPath(
        enabled=choice.name != "fp32",
        reason=choice.reason,
        precision=choice.name,
        kernel=kernel.name if kernel else "",
    )
