"""Books on disk: which there are, which are cancelled, and which of their files are finished.

The disk decides what is finished; Redis holds only the jobs. A file is finished when its result is
beside it: the result is written last.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..assembly import AssemblyRequest, AssemblyResult, result_file
from ..errors import InputError, InvalidRequest, OutputError, UnknownBatch, UnknownJob
from ..files import sync_directory, write_file
from ..files.stores import find_store
from ..playback.chunk_timings import find_timings, read_timings, timings_file
from ..request import SpeechResult
from ..settings import QUEUES
from ..telemetry.trace import TRACEPARENT, read_traceparent
from .manifest import BookOutput, BookPart, Manifest, batch_dir, books_dir, manifest_file
from .page_marks import pages_file

BOOK_QUEUE = "bulk"
"""Queue of the jobs of books that name none."""

QUEUE_FILE = "queue"
"""Beside the manifest; not in it, so that the same book is the same batch in each queue."""


def write_book(output_dir: Path, manifest: Manifest, cover: bytes | None) -> None:
    """Write a book's cover, then the manifest that names it.

    Raises:
        InvalidRequest: the manifest names a cover that is missing or is another picture, or pages
            that are not there.
        OutputError: a file cannot be written; nothing was submitted.
    """
    batch_id = manifest.batch_id
    directory = batch_dir(output_dir, batch_id)
    for name in (*(output.name for output in manifest.outputs), manifest.cover or "cover"):
        AssemblyRequest(batch_id=batch_id, output=name)  # refuses a name that is not plain
    if manifest.pages_key and not pages_file(output_dir, batch_id).is_file():
        raise InvalidRequest("the pages that the manifest names are not there")
    try:
        if manifest.cover is not None:
            if hashlib.sha256(cover or b"").hexdigest() != manifest.cover_sha256:
                raise InvalidRequest("the cover is not the one that the manifest names")
            write_file(directory / manifest.cover, cover or b"")
        write_file(manifest_file(output_dir, batch_id), manifest.dump().encode())
        sync_directory(books_dir(output_dir))
        sync_directory(output_dir)
        _upload_plan(output_dir, manifest)
    except OSError as exc:
        raise OutputError(
            f"cannot write {directory}: {exc.strerror}; nothing was submitted"
        ) from exc


def read_book(output_dir: Path, batch_id: str) -> Manifest:
    """Read a book's manifest.

    Raises:
        UnknownBatch: no book has this id.
        InputError: it was changed, or was not written by this version.
    """
    path = manifest_file(output_dir, batch_id)
    if not path.is_file():
        _fetch_plan(output_dir, batch_id)
    if not path.is_file():
        raise UnknownBatch(f"there is no book {batch_id!r} in {output_dir}")
    manifest = Manifest.read(path)
    if manifest.batch_id != batch_id:
        raise InputError(f"{path} was changed after it was written; run `ktts audiobook` again")
    return manifest


def list_books(output_dir: Path) -> Iterator[tuple[str, int]]:
    """Yield the batch id of each book with a manifest, and when its directory last changed (ns)."""
    with suppress(FileNotFoundError), os.scandir(books_dir(output_dir)) as entries:
        for entry in entries:
            if manifest_file(output_dir, entry.name).is_file():
                yield entry.name, entry.stat().st_mtime_ns


def has_book(output_dir: Path, batch_id: str) -> bool:
    """Return whether `batch_id` is a book's id; job ids look the same."""
    # An id from a user becomes part of a path, so it may hold only letters and digits.
    return batch_id.isalnum() and manifest_file(output_dir, batch_id).is_file()


def keep_traceparent(output_dir: Path, batch_id: str, traceparent: str) -> None:
    """Keep what a book was submitted in, for the parts that are submitted later; empty: nothing.

    Raises:
        OutputError: it cannot be written.
    """
    _keep_word(batch_dir(output_dir, batch_id) / TRACEPARENT, traceparent)


def keep_queue(output_dir: Path, batch_id: str, name: str) -> None:
    """Keep the queue that a book waits in, for the parts that are submitted later.

    Raises:
        OutputError: it cannot be written.
    """
    _keep_word(batch_dir(output_dir, batch_id) / QUEUE_FILE, name if name != BOOK_QUEUE else "")


def find_queue(output_dir: Path, batch_id: str) -> str:
    """Return the queue that a book waits in."""
    with suppress(OSError, ValueError):
        name = (batch_dir(output_dir, batch_id) / QUEUE_FILE).read_text(encoding="ascii")
        if name in QUEUES:
            return name
    return BOOK_QUEUE


def _keep_word(path: Path, word: str) -> None:
    try:
        if word:
            write_file(path, word.encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror}; nothing was submitted") from exc


def find_traceparent(output_dir: Path, batch_id: str) -> str:
    """Return the trace context that a book was submitted in; empty where there was none."""
    with suppress(OSError, ValueError):
        path = batch_dir(output_dir, batch_id) / TRACEPARENT
        return read_traceparent(path.read_text(encoding="ascii"))
    return ""


def is_cancelled(output_dir: Path, batch_id: str) -> bool:
    """Return whether the book has a cancel mark."""
    path = _cancelled_file(output_dir, batch_id)
    stored = find_store(output_dir)
    return path.exists() or bool(stored and stored.head(_name_of(output_dir, path)))


def mark_cancelled(output_dir: Path, batch_id: str) -> None:
    """Write the cancel mark; raises OutputError if it cannot be written."""
    path = _cancelled_file(output_dir, batch_id)
    try:
        write_file(path, b"")
        if stored := find_store(output_dir):
            stored.write(_name_of(output_dir, path), b"")
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror}; nothing was cancelled") from exc


def unmark_cancelled(output_dir: Path, batch_id: str) -> None:
    """Remove the cancel mark if there is one."""
    path = _cancelled_file(output_dir, batch_id)
    path.unlink(missing_ok=True)
    if stored := find_store(output_dir):
        stored.delete([_name_of(output_dir, path)])


def part_files(output_dir: Path, part: BookPart) -> tuple[Path, Path, Path]:
    """Return the paths of a part's audio, timings and result; the result is written last."""
    audio = output_dir / part.request.output_file
    earlier = audio.with_suffix(".json")  # where earlier versions had it
    is_earlier = earlier.exists() and not result_file(audio).exists()
    return audio, find_timings(audio), earlier if is_earlier else result_file(audio)


def fetch_part(output_dir: Path, part: BookPart) -> None:
    """Fetch a part from the object store, if there is one and the part here is not the same.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    audio, _, _ = part_files(output_dir, part)
    fetch_finished(output_dir, audio, [timings_file(audio)])


def fetch_finished(output_dir: Path, audio: Path, beside: Iterable[Path]) -> None:
    """Fetch a finished file and what lies beside it from the object store; the result last.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    stored = find_store(output_dir)
    sidecar = stored.read(_name_of(output_dir, result_file(audio))) if stored else None
    if stored is None or sidecar is None:
        return
    with suppress(FileNotFoundError):
        if audio.is_file() and result_file(audio).read_bytes() == sidecar:
            return
    with suppress(UnknownJob):
        for path in (*beside, audio):
            stored.download(_name_of(output_dir, path), path)
        write_file(result_file(audio), sidecar)


def fetch_output(output_dir: Path, batch_id: str, output: BookOutput) -> None:
    """Fetch a finished file of a book from the object store, with its captions; as `fetch_part`."""
    audio = batch_dir(output_dir, batch_id) / output.name
    stored = find_store(output_dir)
    sidecar = stored.read(_name_of(output_dir, result_file(audio))) if stored else None
    with suppress(ValueError):
        names = AssemblyResult.model_validate_json(sidecar or b"").files
        fetch_finished(output_dir, audio, [audio.with_name(name) for name in names])


def find_part(output_dir: Path, part: BookPart, job_id: str = "") -> SpeechResult | None:
    """Return the result of a part if all its files are there, else None.

    Args:
        output_dir: Directory of finished files.
        part: The part.
        job_id: Its job's id, if the caller has computed it already.
    """
    audio, timings, result_path = part_files(output_dir, part)
    try:
        result = SpeechResult.model_validate_json(result_path.read_bytes())
    except (OSError, ValueError):
        return None
    is_own = result.job_id == (job_id or part.request.job_id)
    return result if is_own and audio.is_file() and timings.is_file() else None


def find_damage(output_dir: Path, part: BookPart) -> str:
    """Read all files of a part; return what is wrong with them, or an empty string."""
    audio, timings, _ = part_files(output_dir, part)
    result = find_part(output_dir, part)
    if result is None:
        return "its files are not all there"
    try:
        with audio.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != result.sha256:
                return "its audio is not what was made"
        end = 0
        for timing in read_timings(timings):
            end = timing.end
    except (OSError, InputError) as exc:
        return str(exc)
    return "" if end == len(part.request.text) else "its timings break off"


def drop_part(output_dir: Path, part: BookPart) -> None:
    """Delete a part's result: it is spoken again, and its audio is replaced then."""
    _, _, result_path = part_files(output_dir, part)
    result_path.unlink(missing_ok=True)
    if stored := find_store(output_dir):
        stored.delete([_name_of(output_dir, result_path)])


def touch_part(output_dir: Path, part: BookPart) -> None:
    """Set the time of a part's files to now, so that the janitor does not remove them as old."""
    with suppress(FileNotFoundError):
        for path in part_files(output_dir, part):
            os.utime(path)


def find_output(output_dir: Path, batch_id: str, output: BookOutput) -> AssemblyResult | None:
    """Return the result of a book's file if file and result are there, else None."""
    audio = batch_dir(output_dir, batch_id) / output.name
    return _read_result(audio) if audio.is_file() else None


def find_outputs(
    output_dir: Path, batch_id: str, outputs: Iterable[BookOutput]
) -> dict[str, AssemblyResult]:
    """Return the results of a book's finished files, by name.

    A file whose result is there counts as finished even if the user has moved it away.
    """
    directory = batch_dir(output_dir, batch_id)
    found = ((output.name, _read_result(directory / output.name)) for output in outputs)
    return {name: result for name, result in found if result is not None}


def drop_lost_result(output_dir: Path, batch_id: str, output: BookOutput) -> None:
    """Delete the result of a finished file that is gone, so that the file is assembled again."""
    is_here = (batch_dir(output_dir, batch_id) / output.name).exists()
    if not is_here and find_store(output_dir) is None:
        drop_result(output_dir, batch_id, output)


def drop_result(output_dir: Path, batch_id: str, output: BookOutput) -> None:
    """Delete the result of a finished file: it is assembled again, and is replaced then."""
    path = result_file(batch_dir(output_dir, batch_id) / output.name)
    path.unlink(missing_ok=True)
    if stored := find_store(output_dir):
        stored.delete([_name_of(output_dir, path)])


def _read_result(audio: Path) -> AssemblyResult | None:
    try:
        return AssemblyResult.model_validate_json(result_file(audio).read_bytes())
    except (OSError, ValueError):
        return None


def _upload_plan(output_dir: Path, manifest: Manifest) -> None:
    """Upload what a worker elsewhere needs of a book; the manifest last."""
    stored = find_store(output_dir)
    if stored is None:
        return
    directory = batch_dir(output_dir, manifest.batch_id)
    plan = manifest_file(output_dir, manifest.batch_id)
    paths = [directory / manifest.cover] if manifest.cover else []
    paths += [pages_file(output_dir, manifest.batch_id)] if manifest.pages_key else []
    kept = directory / "kept.json"
    for path in (*paths, *([kept] if kept.is_file() else []), plan):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        name = _name_of(output_dir, path)
        stored.upload(name, path, sha256=sha256, job_id=manifest.batch_id)


def _fetch_plan(output_dir: Path, batch_id: str) -> None:
    stored = find_store(output_dir)
    if stored is None:
        return
    plan = manifest_file(output_dir, batch_id)
    if stored.head(_name_of(output_dir, plan)) is None:
        return
    names = ("kept.json", pages_file(output_dir, batch_id).name, "cover")
    for found in stored.list_folder(f"books/{batch_id}/"):
        name = found.name.rpartition("/")[2]
        if name.startswith(names):
            with suppress(UnknownJob):
                stored.download(found.name, plan.with_name(name))
    stored.download(_name_of(output_dir, plan), plan)


def _name_of(output_dir: Path, path: Path) -> str:
    return path.relative_to(output_dir).as_posix()


def _cancelled_file(output_dir: Path, batch_id: str) -> Path:
    return batch_dir(output_dir, batch_id) / "cancelled"
