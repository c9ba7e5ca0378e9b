"""Clients that the registries have, installed once into the cache, apart from our own packages."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobs.settings import default_cache_dir

HERE = Path(__file__).parent
INSTALL_SECONDS = 280


def find_python() -> Path:
    """Return the Python of an environment with the clients of requirements.txt; else skip."""
    place = _prepare(
        HERE / "requirements.txt",
        [sys.executable, "-m", "venv", "venv"],
        ["venv/bin/pip", "install", "-q", "-r", "requirements.txt"],
    )
    return place / "venv" / "bin" / "python"


def find_node_folder() -> Path:
    """Return a folder with the clients of package.json in node_modules; else skip."""
    if not shutil.which("npm"):
        pytest.skip("no npm on PATH; on Debian: apt-get install npm")
    options = ("--no-audit", "--no-fund", "--ignore-scripts")
    return _prepare(HERE / "package.json", ["npm", "install", *options])


def _prepare(listed: Path, *commands: Sequence[str]) -> Path:
    """Return a folder of the cache in which `commands` have ended well once for this list."""
    digest = hashlib.sha256(listed.read_bytes() + sys.version.encode()).hexdigest()[:12]
    place = default_cache_dir() / "clients" / f"{listed.stem}-{digest}"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.copy(listed, place)
            for command in commands:
                _run(command, place)
            (place / "complete").touch()
    return place


def _run(command: Sequence[str], place: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{command[0]} took longer than {INSTALL_SECONDS} s to install the clients")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        pytest.skip(f"the clients could not be installed: {said[-1]}")
