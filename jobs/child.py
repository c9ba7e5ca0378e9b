"""How every Python child of ours starts: it imports nothing from where it stands, and knows little.

A folder called ``base64.py`` where somebody happens to start a command is not ours to run, and a
program that reads a stranger's book has no use for the password of Redis.
"""

import os
import sys
from collections.abc import Collection, Mapping

_SECRET_WORDS = ("PASSWORD", "REDIS_URL", "SECRET", "TOKEN")
"""In the names of our own settings that children do not get."""

_PLAIN_NAMES = frozenset(
    {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"}
)
_PLAIN_PREFIXES = ("COVERAGE_", "LC_", "PYTHON", "XDG_")
"""What a program needs to run at all."""


def child_command(*arguments: str) -> list[str]:
    """Return the command line of a Python child, for example ``-m worker``."""
    return [sys.executable, "-P", *arguments]


def child_environment(
    environment: Mapping[str, str] | None = None, *, only: Collection[str] | None = None
) -> dict[str, str]:
    """Return what a child inherits: no secrets of ours, and no folder that depends on where it is.

    Args:
        environment: What is inherited; None is this process's own.
        only: Names of what is inherited beside what any program needs; None is all but secrets.
    """
    given = os.environ if environment is None else environment
    kept = {
        name: value
        for name, value in given.items()
        if name in _PLAIN_NAMES
        or name.startswith(_PLAIN_PREFIXES)
        or (not _is_secret(name) if only is None else name in only)
    }
    if folders := safe_path(kept.pop("PYTHONPATH", "")):
        kept["PYTHONPATH"] = folders
    return kept | {"PYTHONSAFEPATH": "1"}


def safe_path(folders: str) -> str:
    """Return a PYTHONPATH without what is relative to the current directory."""
    return os.pathsep.join(filter(os.path.isabs, folders.split(os.pathsep)))


def _is_secret(name: str) -> bool:
    is_ours = name.startswith(("KTTS_", "REDIS_"))
    return is_ours and any(word in name for word in _SECRET_WORDS)
