"""The supervisor's side of the model process: start it, send it jobs, kill it."""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Iterable
from typing import Any

from jobs.child import child_command, child_environment
from worker.settings import WorkerSettings
from worker.supervision.channel import Channel, ChannelClosed

CHANNEL_DESCRIPTOR = 3
"""File descriptor at which the model process finds its end of the channel."""

TIMEOUT_SIGNAL = signal.SIGUSR1
"""Raises `JobTimeout` in the Python code of the model process."""

EXIT_SECONDS = 2.0
"""Seconds allowed for exit, after the channel was closed, before SIGKILL."""

EXIT_POLL_SECONDS = 0.01

SPIN_COUNT = "50000"
"""How often an OpenMP thread polls before it sleeps, about 0.1 ms. Sleeping at once
(OMP_WAIT_POLICY=PASSIVE) costs a fifth of the speed on cores that the worker has to itself.
OpenMP's default, six times this value, costs more than that on cores that the worker shares."""


def _environment() -> dict[str, str]:
    """Return what the model process inherits: it sends no telemetry, and needs no key for it."""
    given = child_environment()
    return {name: value for name, value in given.items() if not name.startswith("OTEL_")}


class ModelProcess:
    """A running model process and the channel to it."""

    def __init__(self, settings: WorkerSettings, worker_name: str) -> None:
        """Start the process and tell it what to load; it answers ``ready`` or ``refused``."""
        ours, theirs = socket.socketpair()
        # A new interpreter instead of a fork: threads and CUDA do not survive a fork.
        self.pid = os.posix_spawn(
            sys.executable,
            child_command("-m", "worker.supervision.model_main", str(os.getpid())),
            {"GOMP_SPINCOUNT": SPIN_COUNT, **_environment()},
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), CHANNEL_DESCRIPTOR)],
            # A group of its own: Ctrl-C reaches the supervisor alone, and a kill the whole group.
            setpgroup=0,
        )
        theirs.close()
        self._channel = Channel(ours)
        self._status: int | None = None
        self.is_ready = False
        """The process waits for a job: the model is loaded, the last job's memory is released."""
        self.jobs_done = 0
        self.device = ""
        """Where the model runs, for example ``cuda:1``; empty until it is loaded."""
        self.arithmetic = ""
        """Precisions of the model, for example ``int8/fp32/int8``; empty until it is loaded."""
        self.is_tentative = False
        """Its arithmetic was chosen without a verdict of a trial."""
        self.is_outdated = False
        """A trial has chosen other arithmetic since: it is replaced before its next job."""
        self.host_bytes = 0
        """Memory of the process after its last job."""
        self.accelerator_bytes = 0
        """Memory on the device after the last job."""
        self.is_suspect = False
        """A timeout has interrupted a job; the process is replaced before the next one."""
        self.send({"settings": settings.for_child(), "worker": worker_name})

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; if the process has died, the next `receive` raises."""
        with contextlib.suppress(ChannelClosed):
            self._channel.send(message)

    def receive(
        self, timeout_seconds: float, *, wake: Iterable[socket.socket] = ()
    ) -> dict[str, Any] | None:
        """Return the next message, or None after `timeout_seconds` or when `wake` is readable.

        Raises:
            ChannelClosed: the process has died.
        """
        message = self._channel.receive(timeout_seconds, wake=wake)
        if message is not None and message["event"] in {"ready", "idle"}:
            self.is_ready = True
            self.device = message.get("device", self.device)
            self.arithmetic = message.get("arithmetic", self.arithmetic)
            self.is_tentative = message.get("is_tentative", self.is_tentative)
            self.host_bytes = message["host_bytes"]
            self.accelerator_bytes = message["accelerator_bytes"]
        return message

    def measure_bytes(self) -> int:
        """Return the memory of the process now or, once it has ended, after its last job."""
        import psutil

        try:
            return int(psutil.Process(self.pid).memory_info().rss)
        except psutil.Error:
            return self.host_bytes

    def start_job(self, job: dict[str, Any]) -> None:
        """Send a job to the process."""
        self.is_ready = False
        self.jobs_done += 1
        self.send(job)

    def interrupt(self) -> None:
        """Raise `JobTimeout` in the Python code of the process."""
        self.is_suspect = True
        os.kill(self.pid, TIMEOUT_SIGNAL)

    def kill(self) -> str:
        """Kill the process group at once and return how the process ended."""
        if self._status is None:
            self._kill_group()
        return self.await_exit()

    def await_exit(self) -> str:
        """Wait for a process that has closed its channel and return how it ended, for people.

        A process that does not exit, for example in a native library's exit handler, is killed.
        """
        deadline = time.monotonic() + EXIT_SECONDS
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
                self._channel.close()
            elif time.monotonic() > deadline:
                self._kill_group()
            else:
                time.sleep(EXIT_POLL_SECONDS)
        if os.WIFSIGNALED(self._status):
            return f"was killed by {signal.Signals(os.WTERMSIG(self._status)).name}"
        return f"exited with code {os.waitstatus_to_exitcode(self._status)}"

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    @property
    def has_exited(self) -> bool:
        """The process has ended, and its exit status was read."""
        return self._status is not None
