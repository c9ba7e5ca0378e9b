"""The functions that a job may name, and no others.

A job is data: a name and JSON arguments. The name is looked up in `TASKS`; nothing is ever imported
because a job says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from jobs.errors import InvalidRequest
from jobs.order import TASK
from jobs.queue import check_length
from jobs.speech import SpeechProgress, SpeechRequest, SpeechResult
from worker.engine import Engine
from worker.render import render_speech
from worker.settings import WorkerSettings
from worker.speed import write_speed


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a task gets from the process that runs it."""

    engine: Engine
    settings: WorkerSettings
    job_id: str
    execution_id: str
    checkpoint: Callable[[SpeechProgress], None]
    """Called after every chunk; raises to stop the job there."""
    confirm: Callable[[], None]
    """Called before the result becomes visible; raises if the job is somebody else's by now."""


class Task(Protocol):
    """A function that a job may name."""

    def __call__(self, context: TaskContext, /, **arguments: Any) -> SpeechResult:
        """Do the work and return what the producer gets."""


def run_task(name: str, arguments: dict[str, Any], context: TaskContext) -> SpeechResult:
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

    result = render_speech(
        request,
        context.engine,
        output_dir=context.settings.output_dir,
        work_dir=context.settings.work_dir,
        execution_id=context.execution_id,
        run=str(arguments["run"]),
        overwrite=bool(arguments["overwrite"]),
        checkpoint=checkpoint,
        confirm=context.confirm,
    )
    if spoken.has_grown:
        write_speed(result)
    return result


class _ChunkCount:
    """Tells a job that was spoken here from one that was finished before."""

    def __init__(self) -> None:
        self._first: int | None = None
        self.has_grown = False

    def see(self, progress: SpeechProgress) -> None:
        if self._first is None:
            self._first = progress.chunks
        self.has_grown = progress.chunks > self._first


TASKS: dict[str, Task] = {TASK: synthesize_speech}
"""The allow-list."""
