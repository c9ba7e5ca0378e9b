"""Builds the C kernel into a wheel, and writes into it which commit it is of.

KTTS_WHEEL_PLATFORM=linux-x86_64 or linux-aarch64 compiles the kernel for that platform with the C
compiler of the package ziglang, against a glibc of 2014. Unset, the wheel is for any platform and
has none: the first start compiles it, or does without.
"""

import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ZIG = "ziglang>=0.15"
TARGET = "{machine}-linux-gnu.2.17"
"""The oldest glibc that pip and PyTorch still know, manylinux2014's."""
KERNELS = Path("worker/speech/fast/kernels")
COMMIT = Path("scripts/COMMIT")


class KernelHook(BuildHookInterface):
    """Adds kernel and commit to what hatchling packs."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Name the compiler where one is needed."""
        return [ZIG] if self._platform() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files before the archive is written."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        if (Path(self.root) / ".git").exists():
            (folder / "COMMIT").write_text(self._describe_commit(), encoding="ascii")
            build_data["force_include"][str(folder / "COMMIT")] = str(COMMIT)
        if platform := self._platform():
            library = self._compile(platform, folder)
            build_data["force_include"][str(library)] = str(KERNELS / library.name)
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-manylinux_2_17_{platform.partition('-')[2]}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Delete the files."""
        del build_data, artifact_path
        if version != "editable":
            self._folder.cleanup()

    def _platform(self) -> str:
        wanted = os.environ.get("KTTS_WHEEL_PLATFORM", "")
        if self.target_name != "wheel" or wanted in {"", "linux-x86_64", "linux-aarch64"}:
            return wanted if self.target_name == "wheel" else ""
        raise ValueError(f"KTTS_WHEEL_PLATFORM={wanted}: linux-x86_64 or linux-aarch64")

    def _describe_commit(self) -> str:
        command = ["git", "-C", self.root, "describe", "--always", "--dirty", "--abbrev=12"]
        try:
            done = subprocess.run(command, capture_output=True, check=True, text=True)
        except (OSError, subprocess.CalledProcessError):
            return "unknown"
        return done.stdout.strip()

    def _compile(self, platform: str, folder: Path) -> Path:
        sources = runpy.run_path(str(Path(self.root) / KERNELS / "sources.py"))
        system, _, machine = platform.partition("-")
        library = folder / sources["kernel_name"](system, machine)
        command = [sys.executable, "-m", "ziglang", "cc", "-target", TARGET.format(machine=machine)]
        command += [*sources["FLAGS"], *sources["C_FILES"], "-s", "-o", str(library), "-lm"]
        subprocess.run(command, check=True)
        library.chmod(0o755)
        return library
