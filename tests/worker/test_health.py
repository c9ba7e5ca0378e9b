"""What the kernel shows of a worker's processes, read without any."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.health import find_model_process_faults


def _pose(proc: Path, pid: int, parent: int, letter: str, name: str = "python") -> None:
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "stat").write_text(f"{pid} ({name}) {letter} {parent} 7 7 0 -1\n")


@pytest.mark.parametrize("letter", ["S", "R", "D"])
def test_a_model_process_that_works_or_waits_is_alive(tmp_path: Path, letter: str) -> None:
    """Sleeping, running and waiting for the disk are all well."""
    _pose(tmp_path, 8, 7, letter)

    assert list(find_model_process_faults(7, tmp_path)) == []


@pytest.mark.parametrize(
    ("letter", "fault"),
    [("T", "8 is stopped"), ("t", "8 is stopped by a debugger"), ("Z", "8 is dead")],
)
def test_a_model_process_that_does_not_run_is_a_fault(
    tmp_path: Path, letter: str, fault: str
) -> None:
    """A stopped process and one that has ended hold a model that speaks no more."""
    _pose(tmp_path, 8, 7, letter)

    assert list(find_model_process_faults(7, tmp_path)) == [f"model process: {fault}"]


def test_a_worker_without_a_model_process_is_a_fault(tmp_path: Path) -> None:
    """Other workers' model processes do not count, whatever they are called."""
    _pose(tmp_path, 7, 1, "S")
    _pose(tmp_path, 9, 6, "S", name="odd) S 7 (")

    assert list(find_model_process_faults(7, tmp_path)) == [
        "model process: the worker (process 7) has none"
    ]
