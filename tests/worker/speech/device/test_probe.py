from __future__ import annotations

import importlib
import os
import socket
import sys
from pathlib import Path

import pytest

from jobs.errors import StartupError
from worker.speech.device.probe import Card, TorchProbe, _cards_on_bus, identify_cards


def put_tool(folder: Path, script: str) -> None:
    """Place a stand-in for nvidia-smi."""
    tool = folder / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


@pytest.fixture
def tool_path(tmp_path, monkeypatch):
    """A folder that is searched for nvidia-smi first."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_cards_are_read_from_nvidia_smi(tool_path):
    """Names and capabilities come from the driver's own tool, whatever PyTorch is installed."""
    put_tool(tool_path, "echo 'NVIDIA TITAN Xp, 6.1'; echo 'NVIDIA GeForce RTX 3060, 8.6'")

    assert TorchProbe().installed_cards() == (
        Card(0, "NVIDIA TITAN Xp", (6, 1)),
        Card(1, "NVIDIA GeForce RTX 3060", (8, 6)),
    )


def test_old_nvidia_smi_without_capability_still_names_the_card(tool_path):
    """A tool that rejects the capability field is asked again for the name alone."""
    put_tool(tool_path, 'case "$1" in *compute_cap*) exit 2;; esac; echo "Tesla K80"')

    assert TorchProbe().installed_cards() == (Card(0, "Tesla K80"),)


def test_card_without_a_driver_is_found_on_the_bus(tmp_path):
    """The PCI bus shows an NVIDIA display device; other makers and classes are passed over."""
    for name, vendor, kind in [
        ("0000:01:00.0", "0x10de", "0x030000"),
        ("0000:01:00.1", "0x10de", "0x040300"),
        ("0000:02:00.0", "0x1002", "0x030000"),
    ]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(f"{vendor}\n")
        (tmp_path / name / "class").write_text(f"{kind}\n")

    assert _cards_on_bus(tmp_path) == (Card(0, "NVIDIA card"),)


def test_real_kernels_agree_with_the_cpu_on_the_cpu():
    """The kernel check itself is sound: the CPU compared with itself has no error."""
    pytest.importorskip("torch")

    assert TorchProbe().kernel_error("cpu") == 0.0


def test_installed_pytorch_is_described():
    """Version and CUDA of the build come from PyTorch itself."""
    torch = pytest.importorskip("torch")

    build = TorchProbe().torch_build()

    assert build is not None
    assert build.version == torch.__version__


def test_absent_pytorch_is_an_answer(monkeypatch):
    """A machine without PyTorch is described, not an error."""
    monkeypatch.setitem(sys.modules, "torch", None)

    assert TorchProbe().torch_build() is None


@pytest.mark.parametrize(
    "error",
    [
        OSError("libcudart.so.13: cannot open shared object file"),
        ModuleNotFoundError("No module named 'sympy'", name="sympy"),
    ],
)
def test_broken_pytorch_is_not_taken_for_an_absent_one(monkeypatch, error):
    """An installation that cannot be imported says why, and the process exits 78."""

    def fail(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", fail)

    with pytest.raises(StartupError, match="cannot be imported"):
        TorchProbe().torch_build()


def test_a_card_is_known_by_its_own_number():
    """The same card is one card in every container; without a number, one of this host."""
    numbered = [Card(0, "NVIDIA L4", uuid="GPU-7"), Card(1, "NVIDIA L4", uuid="GPU-8")]
    unknown = [Card(0, "NVIDIA L4"), Card(1, "NVIDIA L4")]
    alike = [Card(0, "AMD", uuid="0000"), Card(1, "AMD", uuid="0000")]
    here = [f"{socket.gethostname()}/cuda:{index}" for index in range(2)]

    assert list(identify_cards(numbered)) == ["GPU-7", "GPU-8"]
    assert list(identify_cards(unknown)) == list(identify_cards(alike)) == here
