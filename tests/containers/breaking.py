"""Each thing that the health check looks at is broken, seen, and mended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from jobs.errors import StartupError
from tests.containers.compose import CheckFailed, Compose, await_that

Act = Callable[[str], object]
"""Does something to a worker's container."""

UNHEALTHY_SECONDS = 300
"""Three checks in a row, 15 s apart, take a minute; they are slow where all cores are busy."""

HEALTHY_SECONDS = 600
"""One check, and before it a model to be loaded."""

SPIN_SECONDS = 60
"""How long a worker without a model is watched."""

MAX_STARTS = 12
"""The engine doubles its pause after each start that lasts under ten seconds: 0.1 s, 0.2 s, ..."""

SIGNALS = """
import os, signal, sys
import psutil
from worker.health import read_children

def child(parent):
    return next((pid for pid, _ in read_children(parent)), 0)

def has_begun(pid):
    # Before that it is a copy of the worker, who waits for it: stopped then, it stops both.
    return "worker.supervision.model_main" in psutil.Process(pid).cmdline()

worker = child(1)
model = child(worker)
what = sys.argv[1]
if what == "reload":
    os.kill(model, signal.SIGKILL)
    while (new := child(worker)) in {0, model} or not has_begun(new):
        pass
    os.kill(new, signal.SIGSTOP)
else:
    name, number = what.split()
    os.kill({"worker": worker, "model": model}[name], getattr(signal, number))
"""
"""Runs in a worker's container, below whose first process the worker is, and the model below it."""


class Breaking:
    """The steps that break one worker, or what it stands on."""

    def __init__(self, compose: Compose, redis_url: str) -> None:
        """Break things in the stack of `compose`; `redis_url` is how its containers see Redis."""
        self._compose = compose
        self._redis_url = redis_url

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        """Yield each step's name and what it does."""
        for name, saying, harm, mend in self._faults():
            yield f"unhealthy: {name}", partial(self._break, saying, harm, mend)

    def _faults(self) -> Iterator[tuple[str, str, Act, Act]]:
        """Yield what is wrong, what the check says then, what does it and what undoes it."""
        signal = self._signal
        yield (
            "model process stopped",
            "model process: ",
            lambda worker: signal(worker, "model SIGSTOP"),
            lambda worker: signal(worker, "model SIGCONT"),
        )
        yield (
            "model not loaded",
            "model: not loaded",
            lambda worker: signal(worker, "reload"),
            lambda worker: signal(worker, "model SIGCONT"),
        )
        yield (
            "no heartbeat",
            "heartbeat: ",
            lambda worker: signal(worker, "worker SIGSTOP"),
            lambda worker: signal(worker, "worker SIGCONT"),
        )
        yield (
            "Redis away",
            "Redis does not answer",
            lambda _worker: self._compose.compose("stop", "redis"),
            lambda _worker: self._compose.compose("start", "redis"),
        )
        for volume in ("output", "work"):
            yield (
                f"{volume} volume not writable",
                f"volume: /data/{volume} cannot be written",
                partial(self._change_mode, volume, "0555"),
                partial(self._change_mode, volume, "0755"),
            )

    def refuse_to_start(self) -> str:
        """A worker without a model ends with 78 and the reason, and is started ever more rarely."""
        name = f"{self._compose.project}_without_model"
        self._compose.docker(
            *("run", "--detach", "--init", "--restart", "unless-stopped", "--name", name),
            *("--network", f"{self._compose.project}_queue"),
            *("--env", f"KTTS_REDIS_URL={self._redis_url}"),
            *("--env", "KTTS_MODEL_DIR=/data/model-that-is-not-there"),
            self._compose.image,
        )
        try:
            time.sleep(SPIN_SECONDS)
            await_that(lambda: self._has_ended(name), "a pause between two starts", SPIN_SECONDS)
            found = self._compose.inspect(name)
            reason = self._compose.last_words(name)
        finally:
            self._compose.docker("rm", "--force", name)
        starts = found["RestartCount"] + 1
        code = found["State"]["ExitCode"]
        if code != StartupError.exit_code or "fetch-model" not in reason:
            raise CheckFailed(f"exit code {code}: {reason}")
        if starts > MAX_STARTS:
            raise CheckFailed(f"{starts} starts in {SPIN_SECONDS} s")
        return f"exit code {code}, {starts} starts in {SPIN_SECONDS} s: {reason}"

    def _break(self, saying: str, harm: Act, mend: Act) -> str:
        """Harm one worker, wait until it is seen, mend it, wait until that is seen."""
        worker = self._compose.containers("worker")[0]
        self._compose.await_health(worker, "healthy", "", HEALTHY_SECONDS)
        harm(worker)
        began = time.monotonic()
        try:
            said = self._compose.await_health(worker, "unhealthy", saying, UNHEALTHY_SECONDS)
            seconds = time.monotonic() - began
        finally:
            mend(worker)
        self._compose.await_health(worker, "healthy", "", HEALTHY_SECONDS)
        line = next(line for line in said.splitlines() if saying in line)
        return f"after {seconds:.0f} s: {line}"

    def _signal(self, worker: str, what: str) -> None:
        self._compose.docker("exec", worker, "python", "-P", "-c", SIGNALS, what)

    def _change_mode(self, volume: str, mode: str, _worker: str) -> None:
        self._compose.docker(
            *("run", "--rm", "--user", "0", "--entrypoint", "chmod", "--network", "none"),
            *("--volume", f"{self._compose.volume(volume)}:/data/volume"),
            *(self._compose.image, mode, "/data/volume"),
        )

    def _has_ended(self, name: str) -> bool:
        status: str = self._compose.inspect(name)["State"]["Status"]
        return status in {"restarting", "exited"}
