"""The functions that a job may name, and no others.

A job is data: a name and JSON arguments. The name is looked up in `TASKS`; no job can make a worker
import anything else.
"""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.assembly import ASSEMBLY_TASK, AssemblyRequest, AssemblyResult
from jobs.books.manifest import BookOutput, Manifest
from jobs.books.store import fetch_part, is_cancelled, read_book
from jobs.errors import InvalidRequest
from jobs.files.stores import find_store
from jobs.playback.journal import journal_dir
from jobs.queue.job_record import TASK
from jobs.queue.queue import check_length
from jobs.request import SpeechProgress, SpeechRequest, SpeechResult
from worker.disk import disk_errors
from worker.engine import Engine
from worker.render.journal_writer import hold_lock, remove_work
from worker.render.render import render_speech
from worker.settings import WorkerSettings
from worker.speed import write_speed
from worker.stored_files import (
    check_free,
    find_uploaded,
    remove_cached_parts,
    remove_uploaded,
    upload_output,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What the model process passes to a task."""

    engine: Engine
    settings: WorkerSettings
    job_id: str
    execution_id: str
    checkpoint: Callable[[SpeechProgress], None]
    """Called after every chunk; raises to stop the job there."""
    confirm: Callable[[], None]
    """Called before the result becomes visible; raises if another worker holds the job by now."""


class Task(Protocol):
    """A function that a job may name."""

    def __call__(self, context: TaskContext, /, **arguments: Any) -> SpeechResult | AssemblyResult:
        """Do the work and return the producer's result."""


def run_task(
    name: str, arguments: dict[str, Any], context: TaskContext
) -> SpeechResult | AssemblyResult:
    """Run the task that a job names.

    Raises:
        InvalidRequest: there is no such task, or its arguments are wrong.
        SpeechError: whatever the task raises.
    """
    task = TASKS.get(name)
    if task is None:
        raise InvalidRequest(f"function {name!r} is not one that this worker runs")
    return task(context, **arguments)


def synthesize_speech(context: TaskContext, /, **arguments: Any) -> SpeechResult:
    """Speak one request into a file.

    Raises:
        InvalidRequest: the arguments are not those that `SpeechQueue.submit` writes.
    """
    if set(arguments) != {"request", "run", "overwrite"} or not isinstance(
        arguments["request"], dict
    ):
        raise InvalidRequest("the job's arguments are not a request, a run and an overwrite flag")
    request = SpeechRequest(**arguments["request"])
    if request.job_id != context.job_id:
        raise InvalidRequest(f"job {context.job_id} carries a request that is {request.job_id}")
    check_length(request, context.settings.max_characters)
    spoken = _ChunkCount()

    def checkpoint(progress: SpeechProgress) -> None:
        spoken.see(progress)
        context.checkpoint(progress)

    run, overwrite = str(arguments["run"]), bool(arguments["overwrite"])
    output_dir = context.settings.output_dir
    store, is_new = find_store(output_dir), False
    if store is not None:
        remove_cached_parts(output_dir)
        if uploaded := find_uploaded(store, request, run=run):
            remove_uploaded(uploaded, output_dir)
            return uploaded
        is_new = check_free(store, request, overwrite=overwrite)
        log.info("job %s is resumed only by workers that share %s", *_journal_of(context))
    result = render_speech(
        request,
        context.engine,
        output_dir=output_dir,
        work_dir=context.settings.work_dir,
        execution_id=context.execution_id,
        run=run,
        overwrite=overwrite,
        checkpoint=checkpoint,
        confirm=context.confirm,
    )
    if store is not None:
        result = upload_output(
            store,
            result,
            output_dir.resolve(),
            confirm=context.confirm,
            watch=lambda: context.checkpoint(_all_done(result)),
            replaces=overwrite or request.output_name is None or not is_new,
        )
    if spoken.has_grown:
        write_speed(result)
    return result


def _journal_of(context: TaskContext) -> tuple[str, str]:
    return context.job_id, f"{context.settings.work_dir} of {socket.gethostname()}"


def _all_done(result: SpeechResult | AssemblyResult) -> SpeechProgress:
    """Return the progress of a job whose file is made and being uploaded."""
    return SpeechProgress(
        chunks=result.chunks,
        characters=result.characters,
        characters_total=result.characters,
        audio_seconds=result.audio_seconds,
        processing_seconds=result.processing_seconds,
        real_time_factor=result.real_time_factor,
    )


def assemble_book(context: TaskContext, /, **arguments: Any) -> AssemblyResult:
    """Make one file of a book out of its finished parts.

    Raises:
        InvalidRequest: the arguments are not those that `SpeechQueue.submit_assembly` writes, or
            the book was cancelled.
        UnknownBatch: the book is not in this worker's output directory.
        PartsMissing: a part is missing, or is not the one that the manifest names.
    """
    # Imported when needed: it loads the libraries of all formats.
    from worker.books.assemble import assemble_output

    if set(arguments) != {"request"} or not isinstance(arguments["request"], dict):
        raise InvalidRequest("the job's arguments are not a request to assemble")
    request = AssemblyRequest(**arguments["request"])
    if request.job_id != context.job_id:
        raise InvalidRequest(f"job {context.job_id} carries a request that is {request.job_id}")
    output_dir = context.settings.output_dir
    manifest = read_book(output_dir, request.batch_id)
    output = _find_output(manifest, request)

    def check_not_cancelled() -> None:
        if is_cancelled(output_dir, request.batch_id):
            raise InvalidRequest(f"book {request.batch_id} was cancelled; submit it again")

    def confirm() -> None:
        check_not_cancelled()
        context.confirm()

    check_not_cancelled()
    stored = find_store(output_dir)
    job_dir = journal_dir(context.settings.work_dir, context.job_id)
    with disk_errors(job_dir), hold_lock(job_dir):
        try:
            if stored is not None:
                for part in manifest.parts:
                    context.checkpoint(SpeechProgress())
                    fetch_part(output_dir, part)
            made = assemble_output(
                manifest,
                output,
                job_id=context.job_id,
                output_dir=output_dir,
                execution_id=context.execution_id,
                checkpoint=context.checkpoint,
                confirm=confirm,
                reading_off=context.settings.reading_off,
            )
            if stored is None:
                return made
            return upload_output(
                stored,
                made,
                output_dir.resolve(),
                confirm=confirm,
                watch=lambda: context.checkpoint(_all_done(made)),
                replaces=True,
            )
        finally:
            remove_work(job_dir)


def _find_output(manifest: Manifest, request: AssemblyRequest) -> BookOutput:
    for output in manifest.outputs:
        if output.name == request.output:
            return output
    raise InvalidRequest(f"book {request.batch_id} has no file {request.output!r}")


class _ChunkCount:
    """Tells whether this run has spoken any chunk of the job."""

    def __init__(self) -> None:
        self._first: int | None = None
        self.has_grown = False

    def see(self, progress: SpeechProgress) -> None:
        if self._first is None:
            self._first = progress.chunks
        self.has_grown = progress.chunks > self._first


TASKS: dict[str, Task] = {TASK: synthesize_speech, ASSEMBLY_TASK: assemble_book}
"""The allow-list."""
