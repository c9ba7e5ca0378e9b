"""Every error that this project raises on purpose, for producers and workers alike.

::

    SpeechError
    ├── InvalidRequest              the request itself must change
    │   ├── EmptyText               nothing in it, or nothing that can be spoken
    │   ├── TextTooLong
    │   ├── UnknownVoice
    │   └── MissingLanguage         its pronunciation packages are not installed
    ├── SynthesisError              the model could not speak this text
    │   ├── ChunkTooLong            the model would cut it; we refuse instead
    │   └── SilentAudio             no audio, or not a number, for text that has phonemes
    ├── OutputError      retryable  disk full, permission, rename failed
    ├── StoreUnavailable retryable  the object store of finished files does not answer
    │   └── StoreRefused retryable  it does: bucket, key or a right is wrong
    ├── OutputExists                other content already stands under that name
    ├── JournalBusy      retryable  another process is at work on the same job
    ├── CorruptJournal              a render's journal cannot be read; a re-run starts it anew
    ├── JobTimeout                  a chunk or the whole job took longer than its limit
    ├── PoisonedJob                 its model process died again and again without one new chunk
    ├── WorkerStopping   retryable  asked to stop between two chunks
    ├── InputError                  a file of the user's cannot be read as text
    ├── QueueUnavailable retryable  Redis does not answer, or refuses to write
    ├── QueueFull        retryable  the bound in jobs or characters is reached
    │   └── OwnerQueueFull retryable  the bound of one owner; others still submit
    ├── UnknownJob                  no such job, or forgotten since
    │   └── UnknownBatch            no book of this id in the output directory
    ├── PartsMissing                a book's parts are not all there; the message names them
    ├── Cancelled                   somebody asked for it
    ├── JobFailed                   what ``SpeechJob.result()`` raises; names the remote error
    ├── DownloadFailed   retryable  a package or a model file could not be fetched
    └── StartupError                device or model unusable; the process exits 78, no job is taken

``retryable`` says whether the same request can succeed later without anybody changing it.
``exit_code`` is what a command ends with (see ``sysexits.h``); 2 is a wrong command line.
"""

from typing import ClassVar


class SpeechError(Exception):
    """Base of every error raised on purpose; the message says what is wrong and what to do."""

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 70


class InvalidRequest(SpeechError, ValueError):
    """The request cannot be carried out as it stands; ``field`` is its wrong part, or empty."""

    exit_code: ClassVar[int] = 65
    field: str = ""


class EmptyText(InvalidRequest):
    """The text holds nothing that can be spoken."""


class TextTooLong(InvalidRequest):
    """The text is longer than the configured limit."""


class UnknownVoice(InvalidRequest):
    """The voice is not in the catalogue or not in the model directory."""


class MissingLanguage(InvalidRequest):
    """The packages that pronounce this language are not installed on the worker."""


class SynthesisError(SpeechError):
    """The model could not speak this text."""


class ChunkTooLong(SynthesisError):
    """A chunk has more phonemes than the model reads; it is refused, never cut."""


class SilentAudio(SynthesisError):
    """The model returned no audio, or not a number, for text that has phonemes."""


class OutputError(SpeechError):
    """A file could not be written: disk full, permission, rename failed."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 74


class StoreUnavailable(SpeechError):
    """The object store of finished files does not answer; what is spoken is kept for later."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 74


class StoreRefused(StoreUnavailable):
    """The object store answers that there is no such bucket or key, or that the key may not."""


class OutputExists(SpeechError):
    """Other content already stands under the requested name."""

    exit_code: ClassVar[int] = 73


class JournalBusy(SpeechError):
    """Another process is at work on the same job; its journal has one writer at a time."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 75


class CorruptJournal(SpeechError):
    """A render's journal cannot be read; the next run sets it aside and starts anew."""


class JobTimeout(SpeechError):
    """A chunk or the whole job took longer than its limit."""


class PoisonedJob(SpeechError):
    """The process that speaks it died again and again without finishing one more chunk."""


class WorkerStopping(SpeechError):
    """The worker was asked to stop and put the job back between two chunks."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 75


class InputError(SpeechError):
    """A file of the user's cannot be read as text."""

    exit_code: ClassVar[int] = 66


class QueueUnavailable(SpeechError):
    """Redis cannot be reached or does not accept writes."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 69


class QueueFull(SpeechError):
    """The bound in queued jobs or characters is reached; try again later."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 75


class OwnerQueueFull(QueueFull):
    """As much of one owner's work waits as may; try again later."""


class UnknownJob(SpeechError):
    """There is no job of this id, or its record has expired."""

    exit_code: ClassVar[int] = 68


class UnknownBatch(UnknownJob):
    """There is no book of this id in the output directory."""


class PartsMissing(SpeechError):
    """Parts of a book failed, or their files are gone or damaged; nothing was assembled."""


class Cancelled(SpeechError):
    """Somebody cancelled the job."""

    exit_code: ClassVar[int] = 1


class JobFailed(SpeechError):
    """The job ended without a file; ``error_name`` is the class that the worker raised."""

    def __init__(self, message: str, *, error_name: str = "SpeechError") -> None:
        """Keep the remote error's class name beside its message."""
        super().__init__(message)
        self.error_name = error_name


class DownloadFailed(SpeechError):
    """A package or a model file could not be fetched, or is not the one that was pinned."""

    retryable: ClassVar[bool] = True
    exit_code: ClassVar[int] = 69


class StartupError(SpeechError):
    """The device or the model cannot be used; no job was taken."""

    exit_code: ClassVar[int] = 78


def find_error(name: str) -> type[SpeechError]:
    """Return the error class called `name`, or `JobFailed` for a name that is not ours."""
    classes = [SpeechError]
    for known in classes:
        if known.__name__ == name:
            return known
        classes.extend(known.__subclasses__())
    return JobFailed
