"""Where things are: directories, queues, a `ktts up` on this machine, and this installation."""

import json
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path

DISTRIBUTION = "kokoro-tts-processor"

DRIVER = Path("/proc/driver/nvidia")
"""There where NVIDIA's driver is loaded."""

LOCK_NAME = "lock"
"""The file that holds the note; whoever runs the server holds its lock."""

QUEUES = ("interactive", "default", "bulk")
"""Queue names in the order in which workers look at them."""


def default_data_dir() -> Path:
    """Where files live unless told otherwise: the platform's data directory for the user."""
    root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(root) / "ktts"


def default_cache_dir() -> Path:
    """Where downloads live unless told otherwise; safe to delete."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "ktts"


def install_command(extra: str) -> str:
    """Return the command that adds `extra` to this installation, from where that came.

    The project is on no index: its checkout or its wheel has to be named. On Linux without a card,
    what brings PyTorch asks PyTorch's own index for the build without CUDA.
    """
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import unquote, urlsplit

    place = Path(__file__).resolve().parents[1]
    source = str(place) if (place / "pyproject.toml").is_file() else DISTRIBUTION
    try:
        found = distribution(DISTRIBUTION)
        url = urlsplit(json.loads(found.read_text("direct_url.json") or "{}").get("url", ""))
    except (PackageNotFoundError, ValueError):
        url = urlsplit("")
    if source == DISTRIBUTION and url.scheme == "file":
        source = unquote(url.path)
    elif source == DISTRIBUTION and url.scheme:
        source = url.geturl()
    heavy = extra in {"all", "worker"} and sys.platform == "linux"
    is_cpu = heavy and not DRIVER.exists()
    index = "--extra-index-url https://download.pytorch.org/whl/cpu " if is_cpu else ""
    return f"{sys.executable} -m pip install {index}'{source}[{extra}]'"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who uses a data directory."""

    pid: int
    url: str
    """Address of its server."""
    output_dir: str
    """Where its workers put finished files."""
    is_lasting: bool
    """True for `ktts up`; False where it ends with one command's work."""
    work_dir: str = ""
    """Where its workers keep unfinished audio; empty in notes of older versions."""

    @property
    def is_alive(self) -> bool:
        """Whether the process that wrote the note still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # alive, and somebody else's
            return True
        return True


def parse_claim(note: bytes) -> Claim | None:
    """Return what a note says; None for an empty one, or one that is still being written."""
    known = {field.name for field in fields(Claim)}
    try:
        return Claim(**{name: value for name, value in json.loads(note).items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return None


def find_running(directory: Path) -> Claim | None:
    """Return the `ktts up` that runs on `directory`, or None."""
    try:
        claim = parse_claim((directory / LOCK_NAME).read_bytes())
    except OSError:
        return None
    return claim if claim is not None and claim.is_lasting and claim.is_alive else None
