"""Small files that appear whole or not at all, and survive a power cut."""

import os
from pathlib import Path
from uuid import uuid4

from ..errors import UnknownJob


def write_file(path: Path, data: bytes) -> None:
    """Make `data` safe under `path`, in place of what stands there; directories are made.

    Raises:
        OSError: it cannot be written; what stood there still does.
    """
    partial = path.with_name(f".{path.name}.{uuid4().hex}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    sync_directory(path.parent)


def find_file(output_dir: Path, output_file: str) -> Path:
    """Return the path of a finished file by its name in a job's record.

    Whoever may submit may write any name there: only a file below the output directory is found.

    Raises:
        UnknownJob: there is none, or the name or a link leads out of the output directory.
    """
    root = Path(os.path.realpath(output_dir))
    path = Path(os.path.realpath(root / output_file.replace("\0", "")))
    if "\0" in output_file or not path.is_relative_to(root) or not path.is_file():
        raise UnknownJob(f"the file {output_file!r} is gone; submit the job again with again=true")
    return path


def sync_directory(directory: Path) -> None:
    """Make the names in `directory` survive a power cut, as fsync does for a file's bytes."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
