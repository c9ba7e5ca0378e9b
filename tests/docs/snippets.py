"""The commands and programs of README.md and docs/, and somebody who types them in order.

What a block of Markdown needs beside this package and the model stands behind its language, as in
```` ```sh needs-docker ````: such a block is read, not run. The same goes for ``python part``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.local_stack.parent_death import end_with_parent
from tests.conftest import ROOT, eventually

BLOCK = re.compile(r"^```(sh|python)( [\w-]+)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
READY = {"ktts up": "ready", "ktts web": "http://", "ktts status --watch": "alive"}
"""Commands that go on until Ctrl-C, and what they say once they are at work."""

STEP_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Snippet:
    """One block of a document."""

    document: str
    line: int
    language: str
    need: str
    """What it would need to run; empty where it is run."""
    code: str


def find_snippets(document: Path) -> Iterator[Snippet]:
    """Yield the blocks of a document in their order."""
    text = document.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        need = (match[2] or "").strip()
        yield Snippet(str(document.relative_to(ROOT)), line, match[1], need, match[3])


def split_commands(code: str) -> Iterator[str]:
    """Yield the commands of a block, without comments; what goes on in the next line is joined."""
    for line in code.replace("\\\n", " ").splitlines():
        command = re.sub(r"(^|\s+)#.*", "", line).strip()
        if command:
            yield command


class Person:
    """Somebody with an empty home and several terminals."""

    def __init__(self, desk: Path, environment: Mapping[str, str], port: int) -> None:
        """Sit down at `desk`; whatever stands on port 8880 is on `port` instead."""
        self.desk = desk
        self.environment = dict(environment)
        self._port = str(port)
        self._job_id = "none"
        self._open: dict[str, tuple[subprocess.Popen[bytes], Path]] = {}

    def type(self, command: str) -> None:
        """Run one command to its end, or until it is at work if it goes on."""
        command = re.sub(r"\bID\b", self._job_id, command.replace("8880", self._port))
        long = next((name for name in READY if _begins(command, name)), None)
        if long:
            self._open_terminal(command, long)
            return
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.desk,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=STEP_SECONDS,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        found = re.findall(r"\b[0-9a-f]{8,32}\b", done.stdout)
        if found and command.startswith(("ktts submit", "curl")):
            self._job_id = found[-1]

    def run_program(self, code: str) -> None:
        """Save a program, and run it as somebody would whose project it is in."""
        code = code.replace("8880", self._port)
        (self.desk / "program.py").write_text(code, encoding="utf-8")
        self.type("python program.py")

    def leave(self) -> None:
        """Press Ctrl-C in every terminal; each command ends without a complaint."""
        for name in list(self._open):
            self._close_terminal(name)

    def _open_terminal(self, command: str, name: str) -> None:
        if name in self._open:
            self._close_terminal(name)
        said = self.desk.parent / f"terminal-{len(list(self.desk.parent.iterdir()))}.txt"
        words = ["/bin/bash", "-c", f"exec {command}"]
        if command.startswith("KTTS_"):
            words = ["/usr/bin/env", *command.split()]
        with said.open("wb") as log:
            process = subprocess.Popen(
                end_with_parent(words, signal.SIGTERM),
                cwd=self.desk,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._open[name] = process, said
        eventually(
            lambda: READY[name] in said.read_text() or process.poll() is not None, STEP_SECONDS
        )
        assert process.poll() is None, f"{command}\n{said.read_text()}"

    def _close_terminal(self, name: str) -> None:
        process, said = self._open.pop(name)
        process.send_signal(signal.SIGINT)
        assert process.wait(STEP_SECONDS) in {0, 130}, said.read_text()
        assert "Traceback" not in said.read_text()


def clean_home(folder: Path, model_dir: Path) -> dict[str, str]:
    """Return the environment of a person who has only the package, the model and a tone engine."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    (programs / "aplay").write_text("#!/bin/sh\nexec cat >/dev/null\n")
    (programs / "aplay").chmod(0o755)
    home = folder / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    own = Path(sys.executable).parent
    return kept | {
        "HOME": str(home),
        "PATH": f"{programs}:{own}:/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "KTTS_MODEL_DIR": str(model_dir),
        "KTTS_SYNTHESIZER": "tests.fakes.tone:load_engine",
    }


def _begins(command: str, name: str) -> bool:
    words = [word for word in command.split() if not word.startswith("KTTS_")]
    wanted = name.split()
    return words[:2] == wanted[:2] and set(wanted) <= set(words)
