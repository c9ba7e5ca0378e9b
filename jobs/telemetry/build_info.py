"""Which version, commit and model this is."""

import json
import os
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ..places import default_cache_dir

NAME = "kokoro-tts-processor"
WEIGHTS_NAME = "kokoro-v1_0.pth"


def read_labels() -> dict[str, str]:
    """Return version, commit and model as labels of a metric; empty where one is not known."""
    return {"version": read_version(), "commit": read_commit(), "model": read_model(model_dir())}


def read_version() -> str:
    """Return the version of the installed package; empty in a checkout that is not installed."""
    try:
        return distribution(NAME).version
    except PackageNotFoundError:
        return ""


@cache
def read_commit() -> str:
    """Return the commit of a checkout, or the one that a wheel was built of; empty if unknown."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        packed = root / "scripts" / "COMMIT"  # written by hatch_build.py
        return packed.read_text(encoding="ascii").strip() if packed.exists() else ""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"],
            capture_output=True,
            check=True,
            text=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def model_dir() -> Path:
    """Return where the model is looked for."""
    return Path(os.environ.get("KTTS_MODEL_DIR") or default_cache_dir() / "model")


def read_model(directory: Path) -> str:
    """Return precision and checksum of the weights in `directory`; empty where there are none."""
    try:
        source = json.loads((directory / "SOURCE.json").read_text(encoding="utf-8"))
        weights = {file["path"]: file["sha256"][:12] for file in source["files"]}
        return f"{source['precision']} {weights[WEIGHTS_NAME]}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
