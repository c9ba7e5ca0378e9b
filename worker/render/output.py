"""The finished file and what lies beside it: whose name it is, and how all appear whole or not.

Order of a publication, so that a crash at any point leaves what a re-run can finish:

1. the audio is written to a hidden ``.partial`` file beside its final name, and made safe;
2. the result is left in the work directory: these bytes are meant for that name;
3. the timings get their final name, then the audio, then the sidecar, which says that all is there.

After a crash between two of these the work directory still says that they are this job's, and a
re-run publishes all of them again from the journal.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from jobs.assembly import result_file
from jobs.errors import InputError, InvalidRequest, OutputExists
from jobs.files import sync_directory
from jobs.playback.chunk_timings import read_timings, timings_file
from jobs.request import SpeechRequest, SpeechResult, check_output_name
from worker.disk import disk_errors, hash_file, write_all


@dataclass(frozen=True, slots=True)
class OutputPlace:
    """Where a job's files go."""

    job_id: str
    file: Path
    """The finished audio."""
    timings: Path
    """When what of it is heard; see `jobs.playback.chunk_timings`."""
    sidecar: Path
    """Its result as JSON."""
    claim: Path
    """The result in the work directory, while it is being published."""
    is_own_name: bool
    """The file is called by the job's id, so that no other job's can stand there."""

    def partial_file(self, execution_id: str, kind: str) -> Path:
        """Return the hidden name under which a run writes before it renames."""
        return self.file.with_name(f".{self.job_id}.{execution_id}.{kind}.partial")


def place_output(request: SpeechRequest, output_dir: Path, job_dir: Path) -> OutputPlace:
    """Return where the files of `request` go; directories on the way are made.

    Raises:
        InvalidRequest: the name leads out of the output directory, by itself or by a symlink.
        OutputError: the directory cannot be made.
    """
    if request.output_name is not None:
        check_output_name(request.output_name)
    root = Path(os.path.realpath(output_dir))
    file = root / request.output_file
    timings, sidecar = timings_file(file), result_file(file)
    _check_inside(root, file.parent)
    for path in (file, timings, sidecar):
        if path.is_symlink():
            raise InvalidRequest(
                f"{path} is a symbolic link; remove it or choose another output name"
            )
    with disk_errors(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
    _check_inside(root, file.parent)
    return OutputPlace(
        job_id=request.job_id,
        file=file,
        timings=timings,
        sidecar=sidecar,
        claim=job_dir / "result.json",
        is_own_name=request.output_name is None,
    )


def find_finished(
    place: OutputPlace, request: SpeechRequest, *, run: str = ""
) -> SpeechResult | None:
    """Return the result of this very job if its file stands complete beside it, else None.

    Args:
        place: Where the files would be.
        request: Whose file is looked for.
        run: If given, only a file that was made for this name of a run counts.
    """
    for sidecar, timings in ((place.sidecar, place.timings), _earlier_names(place)):
        result = _read_result(sidecar)
        if (
            result is not None
            and run in {"", result.run}
            and _is_complete(place, result)
            and _has_timings(timings, result)
        ):
            # As this worker sees the path, and with this producer's labels.
            return result.model_copy(update={"path": str(place.file), "metadata": request.metadata})
    return None


def is_published(place: OutputPlace) -> bool:
    """Return whether this job's audio has its name already, perhaps without its sidecar."""
    claim = _read_result(place.claim)
    return claim is not None and _is_complete(place, claim)


def check_free(place: OutputPlace, *, overwrite: bool) -> None:
    """Make sure that publishing would replace nobody else's file.

    Raises:
        OutputExists: other content stands under the name, and `overwrite` is false; or a directory.
    """
    taken = [path for path in (place.file, place.timings, place.sidecar) if path.exists()]
    for path in taken:
        if not path.is_file():
            raise OutputExists(f"{path} is not a file; move it or choose another output name")
    if not taken or overwrite or place.is_own_name or _is_ours(place):
        return
    raise OutputExists(
        f"{taken[0]} already holds other content; choose another output name, move it away, "
        "or ask for overwrite"
    )


def publish_file(
    place: OutputPlace,
    partial: Path,
    result: SpeechResult,
    *,
    timings: Iterable[bytes],
    overwrite: bool,
) -> None:
    """Give the finished audio its name, with its timings before it and its sidecar after it.

    Args:
        place: Where they go.
        partial: The audio under its hidden name.
        result: What the sidecar says.
        timings: The lines of the timings.
        overwrite: Replace other content that stands there.

    Raises:
        OutputExists: as `check_free`, for a file that came while the job was running.
        OutputError: one of the renames failed.
    """
    check_free(place, overwrite=overwrite)
    sidecar = (result.model_dump_json(indent=1).encode() + b"\n",)
    _write_safely(place.claim, place.claim.with_suffix(".partial"), sidecar)
    _write_safely(place.timings, place.partial_file("timings", "jsonl"), timings)
    with disk_errors(place.file):
        partial.replace(place.file)
        sync_directory(place.file.parent)
    _write_safely(place.sidecar, place.partial_file("result", "json"), sidecar)
    earlier, earlier_timings = _earlier_names(place)
    if (known := _read_result(earlier)) is not None and known.job_id == place.job_id:
        with disk_errors(earlier):
            earlier.unlink(missing_ok=True)
            earlier_timings.unlink(missing_ok=True)


def remove_partials(place: OutputPlace) -> None:
    """Remove what earlier runs of this job left unfinished; only the lock's holder may."""
    with disk_errors(place.file.parent):
        for path in place.file.parent.glob(f".{place.job_id}.*.partial"):
            path.unlink(missing_ok=True)


def _check_inside(root: Path, directory: Path) -> None:
    resolved = Path(os.path.realpath(directory))
    if not resolved.is_relative_to(root):
        raise InvalidRequest(
            f"{directory} leads out of the output directory through a symbolic link to {resolved}; "
            "remove the link or choose another output name"
        )


def _is_ours(place: OutputPlace) -> bool:
    places = (place.sidecar, place.claim, _earlier_names(place)[0])
    results = [_read_result(path) for path in places]
    if place.file.exists():
        return any(result is not None and _is_complete(place, result) for result in results)
    return any(result is not None and result.job_id == place.job_id for result in results)


def _is_complete(place: OutputPlace, result: SpeechResult) -> bool:
    """Return whether the file is the one of this job's `result`, unchanged."""
    if result.job_id != place.job_id or not place.file.is_file():
        return False
    with disk_errors(place.file):
        return hash_file(place.file) == result.sha256


def _earlier_names(place: OutputPlace) -> tuple[Path, Path]:
    """Return where versions up to 2026 had a file's result and timings, without its extension."""
    return place.file.with_suffix(".json"), place.file.with_suffix(".timings.jsonl")


def _has_timings(timings_path: Path, result: SpeechResult) -> bool:
    """Say whether the timings beside the file are there to the end."""
    chunks = end = end_sample = 0
    try:
        for timing in read_timings(timings_path):
            chunks, end, end_sample = chunks + 1, timing.end, timing.end_sample
    except InputError:
        return False
    samples = round(result.audio_seconds * result.sample_rate)
    return (chunks, end, end_sample) == (result.chunks, result.characters, samples)


def _read_result(path: Path) -> SpeechResult | None:
    """Return the result that `path` holds, or None if it holds none that can be read."""
    try:
        return SpeechResult.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write_safely(path: Path, partial: Path, blocks: Iterable[bytes]) -> None:
    with disk_errors(path):
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                for block in blocks:
                    write_all(descriptor, block)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            partial.replace(path)
            sync_directory(path.parent)
        finally:
            partial.unlink(missing_ok=True)
