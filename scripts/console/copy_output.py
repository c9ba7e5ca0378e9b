"""From the output directory to where the user wants the file."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from jobs.errors import OutputError, OutputExists, UnknownJob
from jobs.files import find_file
from jobs.files.stores import borrow_file, find_store
from jobs.request import SpeechResult
from jobs.settings import QueueSettings

COPY_BYTES = 1 << 20


def check_target(target: Path, *, overwrite: bool) -> None:
    """Refuse a place that the finished file could not go to, before any work is done.

    Raises:
        OutputExists: something is there and `overwrite` is false.
        OutputError: its directory is missing or not writable, or it is a directory itself.
    """
    if target.is_dir():
        raise OutputError(f"{str(target)!r} is a directory; name a file in it")
    if not target.parent.is_dir():
        raise OutputError(f"directory {str(target.parent)!r} does not exist; make it first")
    if target.exists() and not overwrite:
        raise OutputExists(f"{str(target)!r} exists; choose another name or give --overwrite")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(f"directory {str(target.parent)!r} is not writable for you")


@contextmanager
def borrow_output(result: SpeechResult, settings: QueueSettings) -> Iterator[Path | None]:
    """Yield the finished file as `find_output` does; one in the object store is fetched for that.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    if is_stored(result, settings):
        with borrow_file(settings.output_dir, result.output_file) as path:
            yield path
    else:
        yield find_output(result, settings)


def is_stored(result: SpeechResult, settings: QueueSettings) -> bool:
    """Return whether the file is in an object store that this process has settings of."""
    return bool(result.object) and find_store(settings.output_dir) is not None


def find_output(result: SpeechResult, settings: QueueSettings) -> Path | None:
    """Return the finished file as this process sees it, or None where it is out of reach.

    The directory of the settings comes first, then the worker's own path, which is the same
    machine's where nothing is mounted. Whoever may submit may write any path there: `deliver` and
    `pipe` hand over nothing but the bytes that the result names.
    """
    with suppress(UnknownJob):
        return find_file(settings.output_dir, result.output_file)
    path = Path(result.path)
    return path.absolute() if path.is_file() else None


def is_output_lost(result: SpeechResult, settings: QueueSettings) -> bool:
    """Return whether the directory can be seen and the file is not in it."""
    if result.object:
        store = find_store(settings.output_dir)
        return store is not None and store.head(result.output_file) is None
    can_look = settings.output_dir.is_dir() or Path(result.path).parent.is_dir()
    return can_look and find_output(result, settings) is None


def deliver(result: SpeechResult, source: Path, target: Path, *, overwrite: bool) -> None:
    """Copy the finished file to `target`, which appears complete or not at all.

    Raises:
        OutputExists: something appeared there in the meantime.
        OutputError: the disk is full, or the file is not the one that the result describes.
    """
    place_copy(source, target, sha256=result.sha256, remedy=_remedy(result), overwrite=overwrite)


def pipe(result: SpeechResult, source: Path, stream: BinaryIO) -> None:
    """Write the finished file to `stream`.

    Raises:
        OutputError: the file is not the one that the result describes; nothing was written.
    """
    with source.open("rb") as finished:
        if hashlib.file_digest(finished, "sha256").hexdigest() != result.sha256:
            raise OutputError(f"{str(source)!r} {_remedy(result)}")
        finished.seek(0)
        shutil.copyfileobj(finished, stream)
    stream.flush()


def place_copy(source: Path, target: Path, *, sha256: str, remedy: str, overwrite: bool) -> None:
    """Copy `source` to `target`, complete or not at all; `remedy` is for other bytes than expected.

    Raises:
        OutputExists: something is there and `overwrite` is false.
        OutputError: the disk is full, or the copy has not the digest `sha256`.
    """
    partial: Path | None = None
    try:
        with source.open("rb") as finished:
            descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
            partial = Path(name)
            with os.fdopen(descriptor, "wb") as copy:
                digest = _copy(finished, copy)
        if digest != sha256:
            raise OutputError(f"{str(source)!r} {remedy}")
        partial.chmod(_default_mode())
        check_target(target, overwrite=overwrite)
        partial.replace(target)
    except OSError as exc:
        raise OutputError(
            f"cannot write {str(target)!r}: {exc.strerror}; the file stays at {str(source)!r}"
        ) from exc
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _remedy(result: SpeechResult) -> str:
    return f"is not the file that job {result.job_id} made; give --again"


def _copy(source: BinaryIO, copy: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := source.read(COPY_BYTES):
        digest.update(block)
        copy.write(block)
    copy.flush()
    os.fsync(copy.fileno())
    return digest.hexdigest()


def _default_mode() -> int:
    """Return the mode that a new file gets here; mkstemp makes it private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
