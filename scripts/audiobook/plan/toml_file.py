"""Reads a TOML file that a user wrote, with no package beside the standard library."""

import tomllib
from pathlib import Path
from typing import Any

from jobs.errors import InputError
from scripts.audiobook.text.text_file import read_file

MAX_BYTES = 16 * 1024 * 1024


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file, with or without a byte order mark.

    Raises:
        InputError: it is missing, too large, not UTF-8 or not TOML; the message has the line.
    """
    try:
        return tomllib.loads(read_file(path, MAX_BYTES).decode("utf-8-sig"))
    except UnicodeDecodeError as exc:
        raise InputError(
            f"{str(path)!r} is not UTF-8 at byte {exc.start}; save it as UTF-8"
        ) from exc
    except tomllib.TOMLDecodeError as exc:
        raise InputError(f"{str(path)!r} is not TOML: {exc}; put text into quotes") from exc
    except RecursionError as exc:
        raise InputError(f"{str(path)!r} is nested too deeply to be read") from exc
