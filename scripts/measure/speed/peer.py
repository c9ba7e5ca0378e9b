"""The parent's side of a peer: a child process that is asked one text at a time."""

import json
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jobs.child import child_command
from jobs.errors import StartupError
from scripts.local_stack.parent_death import end_with_parent
from scripts.measure.memory.process_memory import peak_bytes
from scripts.measure.speed.contestant import Take


class Peer:
    """Another front end of Kokoro, in a process of its own."""

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        """Describe it; nothing is started. What it says goes to `log`."""
        self.name = name
        self._command = child_command("-m", module, *arguments)
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start it; return the seconds until it takes a text.

        Raises:
            StartupError: it ends before; says with which words.
        """
        started = time.monotonic()
        with self._log.open("w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                end_with_parent(self._command, signal.SIGKILL),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                text=True,
                process_group=0,  # Ctrl-C in the terminal is for us; we end it in order
            )
        self._hear(self._process)
        return time.monotonic() - started

    def speak(self, text: str) -> Take:
        """Speak one text.

        Raises:
            StartupError: it has ended; says with which words.
        """
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("start it first")
        started = time.monotonic()
        try:
            self._process.stdin.write(f"{json.dumps(text)}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        answer = self._hear(self._process)
        return Take(
            characters=len(text),
            audio_seconds=answer["audio_seconds"],
            wall_seconds=time.monotonic() - started,
            first_chunk_seconds=answer["first_chunk_seconds"],
        )

    def peak_bytes(self) -> int | None:
        """Return the most memory that it has held; None where the system does not tell."""
        return peak_bytes(self._process.pid) if self._process else None

    def stop(self) -> None:
        """End it; it has nothing to lose."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _hear(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise self._ended()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ended(self) -> StartupError:
        words = self._log.read_text(encoding="utf-8", errors="replace").strip()
        return StartupError(
            f"{self.name} has ended: {words.rpartition(chr(10))[2] or 'it said nothing'}"
        )
