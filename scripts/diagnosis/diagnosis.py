"""What ``ktts doctor`` finds out, before anybody decides how to print it."""

import os
import platform
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from jobs.errors import OutputError, QueueUnavailable, SpeechError, StartupError
from jobs.files.stores import find_store
from jobs.settings import default_cache_dir
from scripts.diagnosis.state import (
    FastPath,
    MeasuredSpeed,
    ModelState,
    ServerState,
    inspect_fast_path,
    inspect_model,
    inspect_server,
    read_speed,
)
from worker.settings import WorkerSettings
from worker.speech.device.candidates import Candidate, examine_devices
from worker.speech.device.cores import count_cores
from worker.speech.device.device import DeviceChoice, choose_device
from worker.speech.device.fixes import format_capability
from worker.speech.device.probe import Card, DeviceProbe, TorchBuild
from worker.volume import VolumeState, inspect_volume

JSON_KEYS = (
    "device",
    "reason",
    "candidates",
    "torch",
    "kernels",
    "model",
    "server",
    "volume",
    "fast_path",
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that the report says."""

    settings: WorkerSettings
    cpu: str
    cards: tuple[Card, ...]
    """NVIDIA cards in the machine, whatever PyTorch can do with them."""
    driver_cuda: str | None
    build: TorchBuild | None
    kokoro: str | None
    """Version of the kokoro package; None where it is not installed."""
    candidates: tuple[Candidate, ...]
    choice: DeviceChoice | None
    refusal: str
    """Why no device can be used; empty where one is chosen."""
    model: ModelState
    server: ServerState
    output: VolumeState
    work: VolumeState
    store_fault: str
    """Why the object store takes no files; empty where it does, or where there is none."""
    speed: MeasuredSpeed | None
    fast_path: FastPath

    @property
    def problems(self) -> tuple[tuple[int, str], ...]:
        """What keeps a worker from working, as (exit code, text), gravest first."""
        found = []
        if self.choice is None:
            found.append((StartupError.exit_code, f"device: {self.refusal}"))
        if self.model.state != "verified":
            found.append((StartupError.exit_code, f"model: {self.model.detail}"))
        for name, volume in (("output", self.output), ("work", self.work)):
            if not volume.writable:
                text = f"{name} directory {volume.path} {volume.detail}"
                found.append((OutputError.exit_code, text))
        if self.store_fault:
            found.append((OutputError.exit_code, f"object store: {self.store_fault}"))
        if not self.server.reachable:
            found.append(
                (QueueUnavailable.exit_code, f"Redis at {self.server.url} {self.server.detail}")
            )
        return tuple(found)

    @property
    def exit_code(self) -> int:
        """Code of the gravest problem, 0 where there is none."""
        return self.problems[0][0] if self.problems else 0

    def as_json(self) -> dict[str, Any]:
        """Return the machine's answer, with the keys of `JSON_KEYS`."""
        values = (
            self.choice.name if self.choice else None,
            self.choice.reason if self.choice else self.refusal,
            [_candidate_json(candidate) for candidate in self.candidates],
            self.build.version if self.build else None,
            list(self.build.kernels) if self.build else [],
            asdict(self.model),
            asdict(self.server),
            {"output": asdict(self.output), "work": asdict(self.work)} | self._write_store(),
            asdict(self.fast_path),
        )
        return dict(zip(JSON_KEYS, values, strict=True))

    def _write_store(self) -> dict[str, Any]:
        address = self.settings.store_address
        if address is None:
            return {}
        state = {"path": str(address), "writable": not self.store_fault}
        return {"store": state | {"detail": self.store_fault}}


def diagnose(
    settings: WorkerSettings, probe: DeviceProbe, announce: Callable[[str], None] | None = None
) -> Diagnosis:
    """Look at everything; a part that is broken is reported, never raised.

    With `announce` the trial is made anew, and `announce` is called before it.
    """
    build: TorchBuild | None = None
    candidates: tuple[Candidate, ...] = ()
    choice: DeviceChoice | None = None
    refusal = ""
    try:
        build = probe.torch_build()
        candidates = tuple(examine_devices(probe))
        choice = choose_device(settings.device, settings.use_gpu, candidates)
    except StartupError as exc:
        refusal = str(exc)
    model = inspect_model(settings.model_dir)
    return Diagnosis(
        settings=settings,
        cpu=describe_cpu(),
        cards=probe.installed_cards(),
        driver_cuda=probe.driver_cuda_version(),
        build=build,
        kokoro=_installed_version("kokoro"),
        candidates=candidates,
        choice=choice,
        refusal=refusal,
        model=model,
        server=inspect_server(settings.redis_url),
        output=inspect_volume(settings.output_dir),
        work=inspect_volume(settings.work_dir, needs_locks=True),
        store_fault=_find_store_fault(settings),
        speed=read_speed(default_cache_dir()),
        fast_path=inspect_fast_path(
            settings, choice, is_whole=model.state == "verified", announce=announce
        ),
    )


def _find_store_fault(settings: WorkerSettings) -> str:
    try:
        if store := find_store(settings.output_dir):
            store.check(writes=True)
    except SpeechError as exc:
        return str(exc)
    return ""


def describe_cpu(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Name the processor and the cores that this process may use."""
    name = platform.processor() or platform.machine()
    if cpuinfo.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
        name = found[1] if found else name
    return f"{name}, {count_cores()} of {os.cpu_count() or 1} cores usable"


def _installed_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    has_capability = candidate.capability is not None
    return {
        "name": candidate.name,
        "card": candidate.card,
        "capability": format_capability(candidate.capability) if has_capability else None,
        "usable": candidate.usable,
        "reason": candidate.reason,
        "fix": candidate.fix,
    }
