"""What is known of the machine and of other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.measure.memory.process_memory import (
    find_children,
    peak_bytes,
    resident_bytes,
    sum_peaks,
)
from scripts.measure.speed.machine import allowed_cores, describe_machine, separate_cores

linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells")


def test_the_machine_is_described() -> None:
    """Cores, load and versions are there on every system."""
    machine = describe_machine()

    assert machine["cores"] == len(allowed_cores()) >= 1
    assert machine["python"] == ".".join(map(str, sys.version_info[:3]))
    assert "numpy" in machine["packages"]


def test_siblings_of_one_core_count_once(tmp_path: Path) -> None:
    """Two threads of a core share its arithmetic; without topology each stands for itself."""
    cores = allowed_cores()
    assert separate_cores(tmp_path) == cores
    for core in cores:
        folder = tmp_path / f"cpu{core}" / "topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text("0-63\n")
    assert separate_cores(tmp_path) == cores[:1]


@linux
def test_memory_of_a_process_is_read() -> None:
    """What it holds now is at most what it has ever held."""
    held, peak = resident_bytes(os.getpid()), peak_bytes(os.getpid())

    assert held is not None
    assert peak is not None
    assert 1 << 20 < held <= peak


@linux
def test_a_process_that_has_ended_holds_nothing() -> None:
    """None, and it does not count in a sum."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()

    assert peak_bytes(child.pid) is None
    assert sum_peaks([child.pid]) is None
    assert sum_peaks([child.pid, os.getpid()]) == peak_bytes(os.getpid())


@linux
def test_children_are_found() -> None:
    """As long as they run."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert child.pid in find_children(os.getpid())
        child.communicate(b"\n")
    assert child.pid not in find_children(os.getpid())
