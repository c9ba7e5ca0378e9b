"""A job's finished files on their way from the output directory to the object store.

What lies beside the audio goes first, then the audio, then the sidecar: a file without a sidecar
of its own digest is not finished. Afterwards nothing is left in the directory but parts of books,
which whoever assembles them here need not fetch.
"""

import json
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from jobs.assembly import AssemblyResult, result_file
from jobs.errors import OutputExists, StoreUnavailable
from jobs.files.object_store import ObjectStore
from jobs.playback.chunk_timings import timings_file
from jobs.request import PARTS_DIR, RESERVED_DIRS, SpeechRequest, SpeechResult
from worker.disk import disk_errors, hash_file

ROUNDS = 3
"""How often an upload is begun again because another worker's files came between."""

CACHE_SECONDS = 86_400.0
"""How long a part that is in the store stays here unused."""

Result = TypeVar("Result", SpeechResult, AssemblyResult)

log = logging.getLogger(__name__)


def read_sidecar(store: ObjectStore, output_file: str) -> bytes | None:
    """Return the sidecar of a finished file; None where there is none, or it is another file's.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    sidecar = store.read(sidecar_name(output_file))
    audio = store.head(output_file) if sidecar else None
    if sidecar is None or audio is None:
        return None
    with suppress(ValueError, TypeError, KeyError):
        if json.loads(sidecar)["sha256"] == audio.sha256:
            return sidecar
    return None


def find_uploaded(
    store: ObjectStore, request: SpeechRequest, *, run: str = ""
) -> SpeechResult | None:
    """Return the result of this very job if its file is complete in the store, else None.

    Args:
        store: Where it would be.
        request: Whose file is looked for.
        run: If given, only a file that was made for this name of a run counts.
    """
    sidecar = read_sidecar(store, request.output_file)
    try:
        result = SpeechResult.model_validate_json(sidecar or b"")
    except ValueError:
        return None
    if result.job_id != request.job_id or run not in {"", result.run}:
        return None
    return name_object(store, result.model_copy(update={"metadata": request.metadata}))


def check_free(store: ObjectStore, request: SpeechRequest, *, overwrite: bool) -> bool:
    """Make sure that nobody else's object would be replaced; return whether none is there.

    Raises:
        OutputExists: other content stands under the name, and `overwrite` is false.
    """
    found = store.head(request.output_file)
    is_free = overwrite or request.output_name is None
    if found and not is_free and found.job_id != request.job_id:
        raise OutputExists(
            f"{store.name_object(request.output_file)} already holds other content; choose another "
            "output name, move it away, or ask for overwrite"
        )
    return found is None


def name_object(store: ObjectStore, result: Result) -> Result:
    """Return the result with the object's own address and a signed one."""
    place = store.name_object(result.output_file)
    url = store.sign(result.output_file)
    return result.model_copy(update={"path": place, "object": place, "url": url})


def upload_output(
    store: ObjectStore,
    result: Result,
    output_dir: Path,
    *,
    confirm: Callable[[], None],
    watch: Callable[[], None],
    replaces: bool,
) -> Result:
    """Upload a finished file of `output_dir` and what belongs to it; return the result of that.

    Args:
        store: Where it goes.
        result: What the sidecar in the directory says.
        output_dir: Where the file is; it is removed afterwards unless it is a book's part.
        confirm: Called before the sidecar is uploaded; it may raise.
        watch: Called before each part of a large file; it may raise.
        replaces: Whether other content may be there.

    Raises:
        OutputExists: other content came to stand under the name.
        StoreUnavailable: it could not be uploaded; the files stay in the directory.
        OutputError: they cannot be read, or removed.
    """
    started = time.monotonic()
    audio = output_dir / result.output_file
    beside = _files_beside(audio, result)
    place = store.name_object(result.output_file)
    stored = result.model_copy(update={"path": place, "object": place})
    sidecar = stored.model_dump_json(indent=1).encode() + b"\n"
    with disk_errors(audio):
        digests = {path: hash_file(path) for path in beside}
        size_bytes = audio.stat().st_size
        for _ in range(ROUNDS):
            for path, sha256 in digests.items():
                name = path.relative_to(output_dir).as_posix()
                _upload(store, name, path, sha256=sha256, job_id=result.job_id, watch=watch)
            _upload(
                store,
                result.output_file,
                audio,
                sha256=result.sha256,
                job_id=result.job_id,
                watch=watch,
                replaces=replaces,
            )
            confirm()
            store.write(sidecar_name(result.output_file), sidecar, job_id=result.job_id)
            # Another worker, which counts as dead, may have uploaded its own between the two.
            if read_sidecar(store, result.output_file) == sidecar:
                break
        else:
            raise StoreUnavailable(
                f"another worker writes {place}, too; the job is looked at again"
            )
    seconds = time.monotonic() - started
    log.info("job %s uploaded: %d bytes in %.2f s", result.job_id, size_bytes, seconds)
    remove_uploaded(result, output_dir)
    return name_object(store, stored)


def remove_uploaded(result: SpeechResult | AssemblyResult, output_dir: Path) -> None:
    """Remove the files of a result that is in the store, unless they are those of a book's part."""
    audio = output_dir / result.output_file
    # A book's files stay, as they are looked for here; parts are fetched from the store otherwise.
    if not result.output_file.startswith(tuple(f"{folder}/" for folder in RESERVED_DIRS)):
        with disk_errors(audio):
            for path in (audio, *_files_beside(audio, result), result_file(audio)):
                path.unlink(missing_ok=True)


def _upload(
    store: ObjectStore,
    name: str,
    path: Path,
    *,
    sha256: str,
    job_id: str,
    watch: Callable[[], None],
    replaces: bool = True,
) -> None:
    """Upload one file unless its very bytes are there, from a run that broke off."""
    found = store.head(name)
    if found and (found.sha256, found.size_bytes) == (sha256, path.stat().st_size):
        return
    if found:  # from now on nothing is finished under this name
        store.delete([sidecar_name(name)])
    how = {"sha256": sha256, "job_id": job_id}
    store.upload(name, path, **how, watch=watch, replaces=replaces or found is not None)


def remove_cached_parts(output_dir: Path) -> None:
    """Remove the parts of books that were not used here for a day; all are in the store."""
    oldest = time.time() - CACHE_SECONDS
    with suppress(FileNotFoundError), os.scandir(output_dir / PARTS_DIR) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < oldest:
                    Path(entry).unlink()


def sidecar_name(output_file: str) -> str:
    """Return the name of a finished file's sidecar."""
    return f"{output_file}.json"


def _files_beside(audio: Path, result: SpeechResult | AssemblyResult) -> list[Path]:
    if isinstance(result, AssemblyResult):
        return [audio.with_name(name) for name in result.files]
    return [timings_file(audio)]
