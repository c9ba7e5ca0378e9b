"""One of our own programs, kept running by the command that started it."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from jobs.child import child_command, safe_path
from jobs.errors import StartupError
from scripts.local_stack.parent_death import end_with_parent

FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 30.0
"""A program that dies at once is started again after 1, 2, 4 and at last every 30 seconds."""

STEADY_SECONDS = 60.0
"""A program that has lived this long starts with the first delay again."""

LAST_WORDS_SECONDS = 1.0
"""How long an ended program's output may take to arrive."""

_COMPLAINT = re.compile("^ktts(?: worker)?: ")
"""How our programs begin what went wrong."""


def _with_safe_path(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment: these programs need its secrets."""
    whole = {**environment, "PYTHONSAFEPATH": "1"}
    if "PYTHONPATH" in whole:
        whole["PYTHONPATH"] = safe_path(whole["PYTHONPATH"])
    return whole


class Child:
    """``python -m <module>`` in a process group of its own; what it prints goes to `show`."""

    def __init__(
        self,
        name: str,
        module: str,
        environment: Mapping[str, str],
        show: Callable[[str], None],
        tell: Callable[[str], None],
        *,
        arguments: Sequence[str] = (),
    ) -> None:
        """Describe the program; nothing is started. `tell` gets what happens to it."""
        self.name = name
        self._module = module
        self._arguments = arguments
        self._environment = environment
        self._show = show
        self._tell = tell
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._last_words = ""
        self._started_at = 0.0
        self._next_start = 0.0
        self._delay = FIRST_DELAY_SECONDS

    @property
    def pid(self) -> int | None:
        """Process id of the last start."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """The process has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program; it dies with this process, and must be started by the main thread."""
        command = child_command("-m", self._module, *self._arguments)
        self._process = subprocess.Popen(
            end_with_parent(command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_with_safe_path(self._environment),
            text=True,
            errors="replace",
            process_group=0,  # Ctrl-C in the terminal is for us; we end it in order
        )
        self._started_at = time.monotonic()
        self._reader = threading.Thread(
            target=self._pass_on, args=(self._process.stdout,), name=self.name, daemon=True
        )
        self._reader.start()

    def keep_running(self) -> None:
        """Start the program again if it has ended, after a growing delay.

        Raises:
            StartupError: it ended with 78, which no other attempt would change; says why.
        """
        if self._process is None or self.is_running:
            return
        now = time.monotonic()
        if not self._next_start:
            self._read_last_words()
            if self._process.returncode == StartupError.exit_code:
                raise StartupError(f"{self.name} cannot start: {self._last_words}")
            if now - self._started_at > STEADY_SECONDS:
                self._delay = FIRST_DELAY_SECONDS
            self._tell(
                f"{self.name} ended with {self._process.returncode}; "
                f"starting it again in {self._delay:.0f} s"
            )
            self._next_start = now + self._delay
            self._delay = min(2 * self._delay, LONGEST_DELAY_SECONDS)
        elif now >= self._next_start:
            self._next_start = 0.0
            self.start()

    def terminate(self) -> None:
        """Ask the program to end."""
        if self._process is not None and self.is_running:
            self._process.terminate()

    def kill(self) -> None:
        """End the program and whatever else is in its process group."""
        if self._process is None:
            return
        if self.is_running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._read_last_words()

    def _pass_on(self, output: IO[str]) -> None:
        with output:
            for line in output:
                self._last_words = _COMPLAINT.sub("", line.strip()) or self._last_words
                self._show(f"{self.name} | {line.rstrip()}")

    def _read_last_words(self) -> None:
        if self._reader is not None:
            self._reader.join(LAST_WORDS_SECONDS)
