"""Which version, commit and model this is."""

from __future__ import annotations

import json
import os
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from jobs.places import default_cache_dir

NAME = "kokoro-tts-processor"
WEIGHTS_NAME = "kokoro-v1_0.pth"


def describe_version() -> str:
    """Return one line with the version, the commit, and precision and checksum of the weights."""
    try:
        version = distribution(NAME).version
    except PackageNotFoundError:
        version = "not installed; run from a checkout"
    return f"ktts {version} (commit {_read_commit()}, model {_describe_model()})"


def _read_commit() -> str:
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        packed = root / "scripts" / "COMMIT"  # written by hatch_build.py
        return packed.read_text(encoding="ascii").strip() if packed.exists() else "unknown"
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            check=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _describe_model() -> str:
    directory = Path(os.environ.get("KTTS_MODEL_DIR") or default_cache_dir() / "model")
    try:
        source = json.loads((directory / "SOURCE.json").read_text(encoding="utf-8"))
        weights = {file["path"]: file["sha256"][:12] for file in source["files"]}
        return f"{source['precision']} {weights[WEIGHTS_NAME]} in {directory}"
    except (OSError, ValueError, KeyError, TypeError):
        return f"not in {directory}"
