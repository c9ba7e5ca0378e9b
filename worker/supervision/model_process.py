"""The parent's hold on the horse: start it, talk to it, end it, see how it died."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from worker.settings import WorkerSettings

READ_BYTES = 1 << 16


class ChannelClosed(Exception):
    """The other side is gone."""


class Channel:
    """One end of the line; not for use by several threads."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connected stream socket."""
        self._socket = connection
        self._partial = bytearray()
        self._messages: deque[dict[str, Any]] = deque()

    def send(self, message: dict[str, Any]) -> None:
        """Write one message.

        Raises:
            ChannelClosed: nobody reads it any more.
        """
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError as exc:
            raise ChannelClosed(str(exc)) from exc

    def receive(
        self, timeout_seconds: float | None = None, *, wake: Iterable[socket.socket] = ()
    ) -> dict[str, Any] | None:
        """Return the next message, or None after `timeout_seconds` or when `wake` is readable.

        Raises:
            ChannelClosed: the other side has gone and all it sent has been read.
        """
        while not self._messages:
            readable, _, _ = select.select([self._socket, *wake], [], [], timeout_seconds)
            if self._socket not in readable:
                return None
            self._read_available()
        return self._messages.popleft()

    def close(self) -> None:
        """Close this end; the other sees the end of the file."""
        self._socket.close()

    def _read_available(self) -> None:
        try:
            received = self._socket.recv(READ_BYTES)
        except ConnectionError as exc:
            raise ChannelClosed(str(exc)) from exc
        if not received:
            raise ChannelClosed("end of file")
        self._partial += received
        if b"\n" in received:
            *lines, self._partial = self._partial.split(b"\n")
            self._messages.extend(json.loads(line) for line in lines)


CHANNEL_DESCRIPTOR = 3
"""Where the horse finds its end of the socket pair."""

TIMEOUT_SIGNAL = signal.SIGUSR1
"""Raises `JobTimeout` in the horse's Python code."""

DYING_SECONDS = 2.0
"""From the horse's last word to its end; after that it is helped along."""

DYING_POLL_SECONDS = 0.01

SPIN_COUNT = "50000"
"""How often a thread of the model looks before it sleeps, about a tenth of a millisecond. Sleeping
at once (OMP_WAIT_POLICY=PASSIVE) costs a fifth of the speed where the cores are the worker's own;
OpenMP's own limit, six times this, costs more than that where they are not."""


class ModelProcess:
    """A running horse process and the channel to it."""

    def __init__(self, settings: WorkerSettings, worker_name: str) -> None:
        """Start the process and tell it what to load; it answers ``ready`` or ``refused``."""
        ours, theirs = socket.socketpair()
        # A fresh interpreter instead of a fork: threads and CUDA do not survive one.
        # -P: a `jobs` or `worker` folder where the user happens to stand must not be imported.
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", "worker.supervision.model_main", str(os.getpid())],
            {"GOMP_SPINCOUNT": SPIN_COUNT, **os.environ},
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), CHANNEL_DESCRIPTOR)],
            # Its own group: Ctrl-C in the terminal reaches the parent alone, a kill reaches all.
            setpgroup=0,
        )
        theirs.close()
        self._channel = Channel(ours)
        self._status: int | None = None
        self.is_ready = False
        """It waits for a job: everything is loaded, and the last job's memory is released."""
        self.jobs_done = 0
        self.device = ""
        """Where the model runs, for example ``cuda:1``; empty until it is loaded."""
        self.host_bytes = 0
        """Its memory after the last job."""
        self.accelerator_bytes = 0
        """Memory of its device after the last job."""
        self.is_suspect = False
        """A job was broken off inside it by a timeout; it is replaced before the next one."""
        self.send({"settings": settings.model_dump(mode="json"), "worker": worker_name})

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; a horse that has died is noticed at the next `receive`."""
        with contextlib.suppress(ChannelClosed):
            self._channel.send(message)

    def receive(
        self, timeout_seconds: float, *, wake: Iterable[socket.socket] = ()
    ) -> dict[str, Any] | None:
        """Return the next message, or None when the time is up or `wake` became readable.

        Raises:
            ChannelClosed: the horse has died.
        """
        message = self._channel.receive(timeout_seconds, wake=wake)
        if message is not None and message["event"] in {"ready", "idle"}:
            self.is_ready = True
            self.device = message.get("device", self.device)
            self.host_bytes = message["host_bytes"]
            self.accelerator_bytes = message["accelerator_bytes"]
        return message

    def measure_bytes(self) -> int:
        """Return the memory that it holds now; after the last job where the kernel does not say."""
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return self.host_bytes
        return int(pages) * resource.getpagesize()

    def order(self, job: dict[str, Any]) -> None:
        """Give the horse a job."""
        self.is_ready = False
        self.jobs_done += 1
        self.send(job)

    def interrupt(self) -> None:
        """Raise `JobTimeout` in the horse's Python code."""
        self.is_suspect = True
        os.kill(self.pid, TIMEOUT_SIGNAL)

    def kill(self) -> str:
        """End the process group at once, whatever it does, and say how it ended."""
        if self._status is None:
            self._kill_group()
        return self.bury()

    def bury(self) -> str:
        """Wait for a horse that is dying and return how it ended, for people.

        One that has hung up but does not end, for example in a native library's exit handler, is
        killed after a moment.
        """
        deadline = time.monotonic() + DYING_SECONDS
        while self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._status = status
                self._channel.close()
            elif time.monotonic() > deadline:
                self._kill_group()
            else:
                time.sleep(DYING_POLL_SECONDS)
        if os.WIFSIGNALED(self._status):
            return f"was killed by {signal.Signals(os.WTERMSIG(self._status)).name}"
        return f"exited with code {os.waitstatus_to_exitcode(self._status)}"

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    @property
    def is_buried(self) -> bool:
        """Its end has been seen."""
        return self._status is not None
