"""What is known of the machine and of other processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from scripts.measure.memory.process_memory import (
    find_children,
    peak_bytes,
    resident_bytes,
    sum_peaks,
)
from scripts.measure.speed.machine import (
    ISA_MASKS,
    QUIET_SHARE,
    LoadMeter,
    allowed_cores,
    describe_machine,
    keep_core_busy,
    measure_load,
    separate_cores,
)
from worker.speech.fast.processor import examine_processor

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


def meter_of(others: float, ours: float, wall: float) -> LoadMeter:
    """Return a meter that has watched others and us compute for so many seconds."""
    times = iter([0.0, wall])
    everybody = iter([100.0, 100.0 + others + ours])
    own = iter([40.0, 40.0 + ours])
    meter = LoadMeter(lambda: next(everybody), lambda: next(own), lambda: next(times))
    with meter.watch():
        pass
    return meter


@pytest.mark.parametrize(("times_the_limit", "is_quiet"), [(0.5, True), (1.5, False)])
def test_a_run_is_quiet_where_others_computed_little(
    times_the_limit: float, *, is_quiet: bool
) -> None:
    """What we computed ourselves is no load, however much it was."""
    cores = times_the_limit * QUIET_SHARE * len(allowed_cores())

    found = meter_of(others=10 * cores, ours=50, wall=10).describe()

    assert found == {"cores": pytest.approx(cores, abs=1e-3), "is_quiet": is_quiet}


def test_what_was_not_watched_is_not_called_quiet() -> None:
    """Nobody knows."""
    assert measure_load().describe() == {"cores": None, "is_quiet": None}


def test_the_system_tells_more_than_we_computed() -> None:
    """Everybody's seconds contain ours."""
    meter = measure_load()

    assert meter.read_all() >= meter.read_ours() > 0


@linux
def test_what_our_programs_computed_is_ours_when_they_have_ended() -> None:
    """The paths are measured in one that ends meanwhile: its work is no load of others."""
    meter = measure_load()
    before = meter.read_ours()
    subprocess.run(
        [sys.executable, "-c", "import time\nwhile time.process_time() < 0.5: pass"], check=True
    )

    assert meter.read_ours() - before >= 0.4


def test_a_busy_core_is_kept_by_a_process_of_ours() -> None:
    """On one allowed core, and no longer than it is asked for."""
    before = set(find_children(os.getpid()))
    with keep_core_busy() as core:
        (pid,) = set(find_children(os.getpid())) - before
        if hasattr(os, "sched_getaffinity"):
            assert os.sched_getaffinity(pid) == {core}
        assert core in allowed_cores()

    assert not psutil.pid_exists(pid)


def test_a_mask_reaches_pytorch_and_our_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a child under it sees is an older processor, which is another identity."""
    for name, value in ISA_MASKS["avx2"].items():
        monkeypatch.setenv(name, value)

    found = examine_processor()

    assert not found.has_avx512
    assert not found.has_bf16
    assert found.masks.count("=") == len(ISA_MASKS["avx2"])
