"""The books on disk: which there are, which of them are open, and what of them is finished.

Disk is the truth for a batch; Redis only holds its jobs. A file counts as finished when its result
stands beside it, which is written last.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..assembly import AssemblyRequest, AssemblyResult, result_file
from ..errors import InputError, InvalidRequest, OutputError, UnknownBatch
from ..files import sync_directory, write_file
from ..playback.chunk_timings import read_timings, timings_file
from ..request import SpeechResult
from .manifest import BookOutput, BookPart, Manifest, batch_dir, books_dir, manifest_file


def write_book(output_dir: Path, manifest: Manifest, cover: bytes | None) -> None:
    """Make a book known: its cover first, then the manifest that refers to it.

    Raises:
        InvalidRequest: the manifest names a cover and there is none, or not this one.
        OutputError: it cannot be written; nothing was submitted.
    """
    batch_id = manifest.batch_id
    directory = batch_dir(output_dir, batch_id)
    for name in (*(output.name for output in manifest.outputs), manifest.cover or "cover"):
        AssemblyRequest(batch_id=batch_id, output=name)
    try:
        if manifest.cover is not None:
            if hashlib.sha256(cover or b"").hexdigest() != manifest.cover_sha256:
                raise InvalidRequest("the cover is not the one that the manifest names")
            write_file(directory / manifest.cover, cover or b"")
        write_file(manifest_file(output_dir, batch_id), manifest.model_dump_json().encode())
        sync_directory(books_dir(output_dir))
        sync_directory(output_dir)
    except OSError as exc:
        raise OutputError(
            f"cannot write {directory}: {exc.strerror}; nothing was submitted"
        ) from exc


def read_book(output_dir: Path, batch_id: str) -> Manifest:
    """Read a book's manifest.

    Raises:
        UnknownBatch: there is none of this id.
        InputError: it is not one that this version wrote.
    """
    path = manifest_file(output_dir, batch_id)
    if not path.is_file():
        raise UnknownBatch(f"there is no book {batch_id!r} in {output_dir}")
    manifest = Manifest.read(path)
    if manifest.batch_id != batch_id:
        raise InputError(f"{path} was changed after it was written; run `ktts audiobook` again")
    return manifest


def list_books(output_dir: Path) -> Iterator[tuple[str, int]]:
    """Yield the id of each book that has a manifest, and when its directory last changed (ns)."""
    with suppress(FileNotFoundError), os.scandir(books_dir(output_dir)) as entries:
        for entry in entries:
            if manifest_file(output_dir, entry.name).is_file():
                yield entry.name, entry.stat().st_mtime_ns


def is_cancelled(output_dir: Path, batch_id: str) -> bool:
    """Say whether nobody wants the book any more."""
    return _cancelled_file(output_dir, batch_id).exists()


def mark_cancelled(output_dir: Path, batch_id: str) -> None:
    """Write down that nobody wants the book; raises OutputError if that cannot be written."""
    path = _cancelled_file(output_dir, batch_id)
    try:
        write_file(path, b"")
    except OSError as exc:
        raise OutputError(f"cannot write {path}: {exc.strerror}; nothing was cancelled") from exc


def unmark_cancelled(output_dir: Path, batch_id: str) -> None:
    """The book is wanted again."""
    _cancelled_file(output_dir, batch_id).unlink(missing_ok=True)


def part_files(output_dir: Path, part: BookPart) -> tuple[Path, Path, Path]:
    """Return where a part's audio, timings and result are; the result is written last."""
    audio = output_dir / part.request.output_file
    return audio, timings_file(audio), audio.with_suffix(".json")


def find_part(output_dir: Path, part: BookPart, job_id: str = "") -> SpeechResult | None:
    """Return the result of a finished part whose files are all there, else None.

    Args:
        output_dir: Where parts are.
        part: Which one.
        job_id: Of it, where the caller has worked it out already.
    """
    audio, timings, result_path = part_files(output_dir, part)
    try:
        result = SpeechResult.model_validate_json(result_path.read_bytes())
    except (OSError, ValueError):
        return None
    is_own = result.job_id == (job_id or part.request.job_id)
    is_whole = is_own and audio.is_file() and timings.is_file()
    return result if is_whole else None


def find_damage(output_dir: Path, part: BookPart) -> str:
    """Return what is wrong with a part's files, empty where nothing is; reads all of them."""
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
    """Let a part count as not finished; its audio is replaced when it has been made again."""
    _, _, result_path = part_files(output_dir, part)
    result_path.unlink(missing_ok=True)


def touch_part(output_dir: Path, part: BookPart) -> None:
    """Make a part's files young again, so that they are not removed for their age."""
    with suppress(FileNotFoundError):
        for path in part_files(output_dir, part):
            os.utime(path)


def find_output(output_dir: Path, batch_id: str, output: BookOutput) -> AssemblyResult | None:
    """Return the result of a book's finished file if both are there, else None."""
    audio = batch_dir(output_dir, batch_id) / output.name
    return _read_result(audio) if audio.is_file() else None


def find_outputs(
    output_dir: Path, batch_id: str, outputs: Iterable[BookOutput]
) -> dict[str, AssemblyResult]:
    """Return the results of a book's finished files, by name.

    A file that somebody took away since has been made: it is not made again for that alone.
    """
    directory = batch_dir(output_dir, batch_id)
    found = ((output.name, _read_result(directory / output.name)) for output in outputs)
    return {name: result for name, result in found if result is not None}


def drop_lost_result(output_dir: Path, batch_id: str, output: BookOutput) -> None:
    """Remove the result of a finished file that is not there any more: it is wanted again."""
    audio = batch_dir(output_dir, batch_id) / output.name
    if not audio.exists():
        result_file(audio).unlink(missing_ok=True)


def _read_result(audio: Path) -> AssemblyResult | None:
    try:
        return AssemblyResult.model_validate_json(result_file(audio).read_bytes())
    except (OSError, ValueError):
        return None


def _cancelled_file(output_dir: Path, batch_id: str) -> Path:
    return batch_dir(output_dir, batch_id) / "cancelled"
