"""The kernels in C, compiled for x86-64 and for Arm: every level gives the same bytes."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from worker.speech.fast.kernels.library import NARROW, PLAIN, WIDE
from worker.speech.fast.kernels.sources import C_FILES, FLAGS

POSES = Path(__file__).with_name("all_levels.c")
ACTIVATED, MULTIPLIED = "9471d04ff1e5c536", "8efe8f4df98ec658"
"""Checksums of what any processor with a fused multiply-add writes."""

ARM_COMPILER, ARM_EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"


def build(compiler: str, folder: Path, *more: str) -> Path:
    """Compile kernels and poses into a program."""
    flags = [flag for flag in FLAGS if flag not in {"-shared", "-fPIC"}]
    program = folder / "all_levels"
    command = [compiler, *flags, *more, str(POSES), *C_FILES, "-o", str(program), "-lm"]
    subprocess.run(command, check=True, capture_output=True)
    return program


def run(*command: str | Path) -> tuple[int, str, str]:
    """Return the level and both checksums."""
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    level, activated, multiplied = answer.split()
    return int(level), activated, multiplied


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program for this machine."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    return build("cc", tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program for 64-bit Arm, which qemu runs."""
    for program in (ARM_COMPILER, ARM_EMULATOR):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing; on Debian: gcc-aarch64-linux-gnu, qemu-user")
    return build(ARM_COMPILER, tmp_path_factory.mktemp("arm"), "-static")


@pytest.mark.parametrize("most", [NARROW, WIDE])
def test_this_processor_gives_the_bytes_of_all(native: Path, most: int) -> None:
    """AVX2 and AVX-512, as far as they are here."""
    level, activated, multiplied = run(native, str(most))
    if level < most:
        pytest.skip("this processor has no such instructions")

    assert (activated, multiplied) == (ACTIVATED, MULTIPLIED)


def test_without_vectors_products_are_the_same(native: Path) -> None:
    """Only its activations are rounded otherwise: it has no fused multiply-add on x86-64."""
    level, activated, multiplied = run(native, str(PLAIN))

    assert (level, multiplied) == (PLAIN, MULTIPLIED)
    assert activated == ACTIVATED or platform.machine() == "x86_64"


@pytest.mark.parametrize(
    ("processor", "most", "expected"),
    [("max", PLAIN, PLAIN), ("max", WIDE, WIDE), ("cortex-a72", WIDE, NARROW)],
)
def test_arm_gives_the_bytes_of_x86(arm: Path, processor: str, most: int, expected: int) -> None:
    """With dot products, with NEON alone, and without either."""
    found = run(ARM_EMULATOR, "-cpu", processor, arm, str(most))

    assert found == (expected, ACTIVATED, MULTIPLIED)
