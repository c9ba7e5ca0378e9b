"""Reads the TOML files that a user has written or edited."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from jobs.errors import InputError

MAX_BYTES = 16 * 1024 * 1024


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; a byte order mark is no part of it.

    Raises:
        InputError: it is missing, far too large, not UTF-8 or not TOML; the message has the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise InputError(f"{str(path)!r} cannot be read: {exc.strerror}") from exc
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_BYTES // 2**20} MiB; split it")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise InputError(
            f"{str(path)!r} is not UTF-8 at byte {exc.start}; save it as UTF-8"
        ) from exc
    except tomllib.TOMLDecodeError as exc:
        raise InputError(f"{str(path)!r} is not TOML: {exc}; put text into quotes") from exc
    except RecursionError as exc:
        raise InputError(f"{str(path)!r} is nested too deeply to be read") from exc
