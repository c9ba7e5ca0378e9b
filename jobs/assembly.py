"""The wire types of an assembly: finished parts become one file of a book."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from .errors import InvalidRequest
from .formats import BookFormat
from .request import SpeechStatus, WireModel, check_output_name

ASSEMBLY_TASK = "worker.tasks.assemble_book"
"""The function that a worker runs for it, by name."""

_BATCH_ID = re.compile("[0-9a-f]{32}")


class AssemblyRequest(WireModel):
    """One file of a batch is to be made; all else is in the batch's manifest."""

    batch_id: str
    output: str
    """Name of one of the manifest's outputs."""

    def __init__(self, /, **fields: Any) -> None:
        """Check the fields.

        Raises:
            InvalidRequest: one is missing, or would lead out of the batch's directory.
        """
        try:
            super().__init__(**fields)
        except ValidationError as exc:
            raise InvalidRequest("an assembly names a batch_id and an output, both text") from exc
        if not _BATCH_ID.fullmatch(self.batch_id):
            raise InvalidRequest(f"batch id {self.batch_id!r} is not 32 hexadecimal digits")
        if "/" in self.output:
            raise InvalidRequest(f"output {self.output!r} must be a file's name alone")
        check_output_name(self.output)

    @property
    def job_id(self) -> str:
        """The identity: the same file of the same book is one job."""
        document = json.dumps({"assemble": self.output, "batch": self.batch_id}, sort_keys=True)
        return hashlib.sha256(document.encode()).hexdigest()[:32]

    @property
    def output_file(self) -> str:
        """Where the file goes, relative to the output directory."""
        return f"books/{self.batch_id}/{self.output}"


class ChapterMark(WireModel):
    """Where a chapter begins in a file."""

    title: str
    start_seconds: float


class AssemblyResult(WireModel):
    """A finished file of a book and the facts about it."""

    job_id: str
    batch_id: str
    status: SpeechStatus = SpeechStatus.FINISHED
    path: str
    """Absolute path of the finished file as the worker sees it; in a store, the object."""
    output_file: str
    """The same file relative to the output directory."""
    format: BookFormat
    sample_rate: int
    """Samples per second."""
    audio_seconds: float
    processing_seconds: float
    """Time that assembling took; the parts' own is in their results."""
    real_time_factor: float
    """Processing over audio."""
    chunks: int
    """Parts that it is made of."""
    characters: int
    """Characters of these parts' texts."""
    sha256: str
    """Of the finished file."""
    chapters: tuple[ChapterMark, ...]
    loudness_lufs: float | None = None
    """Integrated loudness before the gain; None where it was not measured, or all is silence."""
    gain_db: float = 0.0
    """What was added to every sample."""
    files: tuple[str, ...] = ()
    """Names of what lies beside it: captions, timings."""
    object: str = Field(default="", exclude_if=lambda name: not name)
    """The file in the object store, ``s3://bucket/key``; left out where there is no store."""
    url: str = Field(default="", exclude_if=lambda url: not url)
    """Signed address of that for who has no key; good for KTTS_OUTPUT_STORE_URL_SECONDS."""


def result_file(audio_file: Path) -> Path:
    """Return where the result of a finished file is: ``Book.m4b.json``.

    The extension stays, so that no name can make it collide with another file's result or with a
    book's ``manifest.json``.
    """
    return audio_file.with_name(f"{audio_file.name}.json")
