"""Asks PyTorch and the system about devices; the only module of device detection that does.

`worker.speech.device.device` decides by the answers; tests replace the probe by a posed machine.
"""

import ctypes
import importlib
import socket
import subprocess
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from jobs.errors import StartupError

PCI_DEVICES = Path("/sys/bus/pci/devices")
NVIDIA_VENDOR = "0x10de"
DISPLAY_CLASSES = ("0x0300", "0x0302")
"""PCI classes of a graphics card and of a compute card without outputs."""
QUERY_SECONDS = 10
"""Time limit for nvidia-smi, which hangs where a card is defective."""


@dataclass(frozen=True, slots=True)
class Card:
    """One accelerator."""

    index: int
    """Its number in ``cuda:N``."""
    name: str
    """The maker's name, for example ``NVIDIA TITAN Xp``."""
    capability: tuple[int, int] | None = None
    """Compute capability, for example (6, 1); None where it is unknown."""
    uuid: str = ""
    """The maker's serial id, the same in every container; empty where it is unknown."""


def identify_cards(cards: Sequence[Card]) -> dict[str, Card]:
    """Return the cards by an id that is unique over all machines.

    The id is the maker's; where it is unknown, or several cards share it under some drivers, it is
    the host's name and the card's index.
    """
    counts = Counter(card.uuid for card in cards)
    return {
        card.uuid
        if card.uuid and counts[card.uuid] == 1
        else f"{socket.gethostname()}/cuda:{card.index}": card
        for card in cards
    }


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """The installed PyTorch."""

    version: str
    """With its local part, for example ``2.10.0+cu128``."""
    cuda: str | None
    """CUDA version that it was built with; None for a build without CUDA."""
    kernels: tuple[str, ...] = ()
    """``sm_XY`` binaries and ``compute_XY`` PTX; empty where no card can be reached."""


class DeviceProbe(Protocol):
    """What device detection asks PyTorch and the system."""

    def torch_build(self) -> TorchBuild | None:
        """Describe the installed PyTorch, or return None without one."""

    def cards(self) -> tuple[Card, ...]:
        """List the CUDA cards that PyTorch reaches; raises RuntimeError if CUDA cannot start."""

    def has_mps(self) -> bool:
        """Whether PyTorch can reach an Apple GPU."""

    def kernel_error(self, device: str) -> float:
        """Run real kernels; return the largest error relative to the CPU's results.

        Raises:
            RuntimeError: the kernels did not run.
        """

    def installed_cards(self) -> tuple[Card, ...]:
        """List the NVIDIA cards that the system sees, also those that PyTorch cannot use."""

    def driver_cuda_version(self) -> str | None:
        """Return the newest CUDA that the NVIDIA driver supports, for example ``12.8``."""


class TorchProbe:
    """The probe of the real machine."""

    def torch_build(self) -> TorchBuild | None:
        """Describe the installed PyTorch; None where there is none.

        Raises:
            StartupError: PyTorch is there but cannot be imported.
        """
        try:
            torch = _import_torch()
        except ModuleNotFoundError as exc:
            if exc.name == "torch":
                return None
            raise _broken_torch(exc) from exc
        except (ImportError, OSError) as exc:
            raise _broken_torch(exc) from exc
        with _quiet():
            kernels = tuple(torch.cuda.get_arch_list())
        return TorchBuild(str(torch.__version__), torch.version.cuda or torch.version.hip, kernels)

    def cards(self) -> tuple[Card, ...]:
        """List the CUDA cards that PyTorch reaches; raises RuntimeError if CUDA cannot start."""
        torch = _import_torch()
        with _quiet():
            try:
                torch.cuda.init()
            except torch.cuda.DeferredCudaCallError as exc:
                raise RuntimeError(str(exc)) from exc
            return tuple(
                Card(
                    index,
                    torch.cuda.get_device_name(index),
                    torch.cuda.get_device_capability(index),
                    str(getattr(torch.cuda.get_device_properties(index), "uuid", "")),
                )
                for index in range(torch.cuda.device_count())
            )

    def has_mps(self) -> bool:
        """Whether PyTorch can reach an Apple GPU."""
        return bool(_import_torch().backends.mps.is_available())

    def kernel_error(self, device: str) -> float:
        """Run a convolution and a matrix product; return their largest relative error."""
        torch = _import_torch()
        source = torch.Generator().manual_seed(0)
        signal = torch.randn(1, 64, 256, generator=source)
        weight = torch.randn(64, 64, 3, generator=source)
        square = torch.randn(256, 256, generator=source)
        with _quiet(), torch.inference_mode():
            moved = [tensor.to(device) for tensor in (signal, weight, square)]
            pairs = (
                (torch.conv1d(signal, weight), torch.conv1d(moved[0], moved[1])),
                (square @ square, moved[2] @ moved[2]),
            )
            # Python's max() of NaN and a number depends on their order, so the tensors are stacked.
            errors = [(ours.cpu() - cpu).abs().max() / cpu.abs().max() for cpu, ours in pairs]
            return float(torch.stack(errors).max())

    def installed_cards(self) -> tuple[Card, ...]:
        """List the NVIDIA cards that the system sees, also those that PyTorch cannot use."""
        return _cards_by_tool() or _cards_on_bus(PCI_DEVICES)

    def driver_cuda_version(self) -> str | None:
        """Ask the driver's library, which exists wherever CUDA can run."""
        try:
            driver = ctypes.CDLL("libcuda.so.1")
        except OSError:
            return None
        version = ctypes.c_int(0)
        if driver.cuDriverGetVersion(ctypes.byref(version)) != 0:
            return None
        return f"{version.value // 1000}.{version.value % 1000 // 10}"


def _import_torch() -> Any:
    return importlib.import_module("torch")


def _broken_torch(exc: Exception) -> StartupError:
    return StartupError(f"PyTorch is installed but cannot be imported ({exc}); install it again")


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress PyTorch's warnings; `DeviceChoice.warning` says the same once, with the fix."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _cards_by_tool() -> tuple[Card, ...]:
    """Ask nvidia-smi; old releases do not know the capability."""
    for fields in ("name,compute_cap", "name"):
        command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"]
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, timeout=QUERY_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return ()
        if answer.returncode == 0:
            return tuple(
                _parse_card(index, line) for index, line in enumerate(answer.stdout.splitlines())
            )
    return ()


def _parse_card(index: int, line: str) -> Card:
    name, _, capability = line.partition(", ")
    major, _, minor = capability.strip().partition(".")
    known = major.isdigit() and minor.isdigit()
    return Card(index, name.strip(), (int(major), int(minor)) if known else None)


def _cards_on_bus(root: Path) -> tuple[Card, ...]:
    """Read the PCI bus, which lists a card even without its driver."""
    found: list[Card] = []
    for device in sorted(root.glob("*")):
        try:
            vendor = (device / "vendor").read_text().strip()
            kind = (device / "class").read_text()[:6]
        except OSError:
            continue
        if vendor == NVIDIA_VENDOR and kind in DISPLAY_CLASSES:
            found.append(Card(len(found), "NVIDIA card"))
    return tuple(found)
