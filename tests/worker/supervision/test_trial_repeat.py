"""A worker without a verdict tries again when it is idle, and changes over between jobs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import eventually
from worker.settings import WorkerSettings
from worker.supervision.trial_repeat import IDLE_SECONDS, TrialRepeat, start_trial


class Machine:
    """A posed clock, and children that print what they are told."""

    def __init__(self, answers: list[str]) -> None:
        self.now = 0.0
        self.started: list[str] = []
        self.children: list[subprocess.Popen[str]] = []
        self.answers = answers
        self.trial = TrialRepeat(WorkerSettings(), start=self.start, clock=lambda: self.now)

    def start(self, _settings: WorkerSettings, device: str) -> subprocess.Popen[str]:
        self.started.append(device)
        code = self.answers.pop(0)
        child = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, process_group=0
        )
        self.children.append(child)
        return child

    def idle(self, process: Any, seconds: float) -> None:
        """Let `seconds` pass without a job, and a child that runs come to its end."""
        self.trial.advance(process)
        self.now += seconds
        self.trial.advance(process)
        if self.children and self.children[-1].returncode is None:
            self.children[-1].wait()
            self.trial.advance(process)


def answer(arithmetic: str, *, is_tentative: bool = False) -> str:
    """Return the code of a child that has chosen."""
    document = json.dumps({"arithmetic": arithmetic, "is_tentative": is_tentative})
    return f"print({document!r})"


def make_process(**fields: Any) -> Any:
    """Return what a trial needs of a model process."""
    facts = {"device": "cpu", "arithmetic": "int8", "is_tentative": True, "is_outdated": False}
    return SimpleNamespace(**facts | fields)


@pytest.mark.parametrize(("found", "is_outdated"), [("int8", False), ("fp32", True)])
def test_an_idle_worker_repeats_its_trial_and_goes_by_it(found: str, is_outdated: bool) -> None:
    """Only another choice replaces the model process; a verdict ends the trials."""
    machine, process = Machine([answer(found)]), make_process()

    machine.idle(process, IDLE_SECONDS)
    machine.idle(process, 10_000)

    assert machine.started == ["cpu"]
    assert (process.is_tentative, process.is_outdated) == (False, is_outdated)


def test_a_worker_with_a_verdict_tries_nothing() -> None:
    """Nor does one that has been idle for a moment only."""
    machine = Machine([])

    machine.idle(make_process(is_tentative=False), 10_000)
    machine.idle(make_process(), IDLE_SECONDS - 1)

    assert machine.started == []


@pytest.mark.parametrize("code", [answer("int8", is_tentative=True), "raise SystemExit(1)"])
def test_without_a_verdict_it_tries_again_later_and_later(code: str) -> None:
    """Each trial that tells nothing doubles the pause."""
    machine, process = Machine([code] * 3), make_process()

    for pause in (IDLE_SECONDS, 2 * IDLE_SECONDS, 3 * IDLE_SECONDS):
        machine.idle(process, pause)

    assert len(machine.started) == 2
    assert (process.is_tentative, process.is_outdated) == (True, False)


def test_a_job_ends_the_trial_at_once() -> None:
    """The machine is the job's; idleness is counted from its end."""
    machine, process = Machine(["import signal; signal.pause()"]), make_process()
    machine.trial.advance(process)
    machine.now = IDLE_SECONDS
    machine.trial.advance(process)

    machine.trial.interrupt()

    eventually(lambda: machine.children[0].returncode is not None)
    machine.now += IDLE_SECONDS - 1
    machine.trial.advance(process)
    assert len(machine.started) == 1


def test_the_command_line_of_a_trial_tells_no_password() -> None:
    """Everybody on the machine may read it."""
    child = start_trial(WorkerSettings(redis_url="redis://:hunter2@localhost:1/0"), "cpu")
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()

    assert isinstance(child.args, list)
    assert "cpu" in child.args[-1]
    assert "hunter2" not in " ".join(map(str, child.args))
