"""A machine that tests describe: it poses as any card, driver and PyTorch build."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.speech.device.probe import Card, TorchBuild

SEED_BUILD = TorchBuild(
    "2.10.0+cu128",
    "12.8",
    ("sm_70", "sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"),
)
"""The build of the GPU compatibility report that this project grew from."""
OLD_CARD_BUILD = TorchBuild(
    "2.10.0+cu126", "12.6", ("sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90")
)
CPU_BUILD = TorchBuild("2.13.0+cpu", None)
TITAN_XP = Card(0, "NVIDIA TITAN Xp", (6, 1))
RTX_3060 = Card(0, "NVIDIA GeForce RTX 3060", (8, 6))
RTX_5090 = Card(0, "NVIDIA GeForce RTX 5090", (12, 0))


@dataclass
class PosedProbe:
    """Answers as it was told to; `tried` lists the devices that kernels ran on."""

    build: TorchBuild | None = SEED_BUILD
    seen: tuple[Card, ...] = ()
    init_error: str = ""
    mps: bool = False
    kernel: dict[str, float] = field(default_factory=dict)
    """Device to the error of its results."""
    kernel_failure: dict[str, str] = field(default_factory=dict)
    """Device to the message that PyTorch raises there."""
    installed: tuple[Card, ...] = ()
    driver: str | None = None
    tried: list[str] = field(default_factory=list)

    def torch_build(self) -> TorchBuild | None:
        return self.build

    def cards(self) -> tuple[Card, ...]:
        if self.init_error:
            raise RuntimeError(self.init_error)
        return self.seen

    def has_mps(self) -> bool:
        return self.mps

    def kernel_error(self, device: str) -> float:
        self.tried.append(device)
        if device in self.kernel_failure:
            raise RuntimeError(self.kernel_failure[device])
        return self.kernel.get(device, 1e-6)

    def installed_cards(self) -> tuple[Card, ...]:
        return self.installed or self.seen

    def driver_cuda_version(self) -> str | None:
        return self.driver
