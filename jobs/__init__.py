"""PRODUCER SIDE: put text into the queue, get a WAV file back. This is all that a web app imports.

    from jobs import SpeechQueue, SpeechRequest

    queue = SpeechQueue()
    job = queue.submit(SpeechRequest(text="Hello from the web app."), queue="interactive")
    result = job.wait(timeout_seconds=60)
    print(result.path, result.audio_seconds)

Beside an application that has a ``jobs`` folder of its own, the same names are found under
``kokoro_tts_processor``; imports inside this package are relative for that reason. This file is run
under either name, and `jobs.second_name` has all other modules shared.
"""

from pathlib import Path

if __name__ == "jobs":
    from .second_name import borrow_modules

    borrow_modules(__name__, Path(__file__).resolve().parent)

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
from .queue.queue import SpeechQueue
from .request import SpeechProgress, SpeechRequest, SpeechResult, SpeechStatus
from .settings import QUEUES, QueueSettings
from .voices import LANGUAGES, VOICES

JobFacts = JobInfo
"""The older name of `JobInfo`, kept for producers that import it."""

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
