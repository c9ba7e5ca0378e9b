"""PRODUCER SIDE: put text into the queue, get a WAV file back. This is all that a web app imports.

    from jobs import SpeechQueue, SpeechRequest

    queue = SpeechQueue()
    job = queue.submit(SpeechRequest(text="Hello from the web app."), queue="interactive")
    result = job.wait(timeout_seconds=60)
    print(result.path, result.audio_seconds)

Beside an application that has a ``jobs`` folder of its own, the same names are found under
``kokoro_tts_processor``; imports inside this package are relative for that reason. This file is
run under either name, and `jobs.second_name` has all other modules shared. A name is imported when
it is asked for: whoever wants the list of voices does not wait for Redis.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "jobs":
    from .second_name import borrow_modules

    borrow_modules(__name__, Path(__file__).resolve().parent)

if TYPE_CHECKING:
    from .errors import (
        Cancelled,
        InvalidRequest,
        JobFailed,
        QueueFull,
        QueueUnavailable,
        SpeechError,
        UnknownJob,
    )
    from .files import find_file
    from .queue.async_queue import AsyncSpeechJob, AsyncSpeechQueue
    from .queue.connection import connect
    from .queue.job import SpeechJob
    from .queue.job_info import JobInfo
    from .queue.job_info import JobInfo as JobFacts
    from .queue.queue import SpeechQueue
    from .request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus
    from .settings import QUEUES, QueueSettings
    from .voices import LANGUAGES, VOICES

_HOMES = {
    "errors": "Cancelled InvalidRequest JobFailed QueueFull QueueUnavailable SpeechError "
    "UnknownJob",
    "files": "find_file",
    "queue.async_queue": "AsyncSpeechJob AsyncSpeechQueue",
    "queue.connection": "connect",
    "queue.job": "SpeechJob",
    "queue.job_info": "JobInfo",
    "queue.queue": "SpeechQueue",
    "request": "SpeechProgress SpeechRequest SpeechResult SpeechStatus",
    "settings": "QUEUES QueueSettings",
    "voices": "LANGUAGES VOICES",
}
"""Module to the names that this package takes from it."""

_MODULES = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "LANGUAGES",
    "QUEUES",
    "VOICES",
    "AsyncSpeechJob",
    "AsyncSpeechQueue",
    "Cancelled",
    "InvalidRequest",
    "JobFacts",
    "JobFailed",
    "JobInfo",
    "QueueFull",
    "QueueSettings",
    "QueueUnavailable",
    "SpeechError",
    "SpeechJob",
    "SpeechProgress",
    "SpeechQueue",
    "SpeechRequest",
    "SpeechResult",
    "SpeechStatus",
    "UnknownJob",
    "connect",
    "find_file",
]


def __getattr__(name: str) -> Any:
    """Import a name, or a module at the top such as ``jobs.errors``, when it is first asked for."""
    if name == "JobFacts":  # the older name of JobInfo, kept for producers that import it
        return __getattr__("JobInfo")
    if name in _MODULES:
        found = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    elif name in _HOMES:
        found = import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found
