"""Repeats the trial of a worker that has begun without a verdict, while no job waits.

A trial that met a busy machine tells nothing. The worker then speaks in the likely arithmetic, and
a child process tries again when the worker has been idle for a while; a job ends the child at once.
If it chooses otherwise, the model process is replaced before the next job.
"""

import contextlib
import json
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable

from jobs.child import child_command, child_environment
from worker.settings import WorkerSettings
from worker.supervision.model_process import ModelProcess

IDLE_SECONDS = 20.0
"""How long the worker has been idle before the trial is repeated."""

LAST_PAUSE_SECONDS = 1_800.0
"""Longest pause between two trials; each one without a verdict doubles it."""

log = logging.getLogger(__name__)

Start = Callable[[WorkerSettings, str], "subprocess.Popen[str]"]


def start_trial(settings: WorkerSettings, device: str) -> subprocess.Popen[str]:
    """Start a trial for `device` in a process group of its own; it prints the choice as JSON."""
    document = json.dumps({"settings": settings.for_child(), "device": device})
    return subprocess.Popen(
        child_command("-m", "worker.speech.precision.repeat_trial", document),
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )


class TrialRepeat:
    """The trials of one worker, after the one at its start."""

    def __init__(
        self,
        settings: WorkerSettings,
        start: Start = start_trial,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait until `advance` is called for a process that has no verdict."""
        self._settings = settings
        self._start = start
        self._clock = clock
        self._pause_seconds = IDLE_SECONDS
        self._due_at = 0.0
        self._child: subprocess.Popen[str] | None = None

    def advance(self, process: ModelProcess) -> None:
        """Start a trial if one is due, or look at the one that runs; the worker is idle."""
        if not process.is_tentative:
            return
        if self._child is not None:
            if self._child.poll() is not None:
                self._read(process, self._child)
        elif not self._due_at:
            self._due_at = self._clock() + self._pause_seconds
        elif self._clock() >= self._due_at:
            log.info("repeating the trial of faster arithmetic while no job waits")
            self._child = self._start(self._settings, process.device)

    def interrupt(self) -> None:
        """End the trial that runs: a job needs the machine, or the worker stops."""
        self._due_at = 0.0
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.communicate()

    def _read(self, process: ModelProcess, child: subprocess.Popen[str]) -> None:
        self._child, self._due_at = None, 0.0
        written, _ = child.communicate()
        try:
            choice = json.loads(written)
            is_open, arithmetic = choice["is_tentative"], choice["arithmetic"]
        except (ValueError, TypeError, KeyError):
            log.warning("the repeated trial ended with %s and no answer", child.returncode)
            is_open, arithmetic = True, ""
        if is_open:
            self._pause_seconds = min(2 * self._pause_seconds, LAST_PAUSE_SECONDS)
            return
        process.is_tentative = False
        process.is_outdated = arithmetic != process.arithmetic
        log.info("the repeated trial has chosen %s", arithmetic)
