"""Books as the gateway describes them."""

from __future__ import annotations

from typing import Self
from urllib.parse import quote

from jobs.assembly import AssemblyResult
from jobs.books.batch_status import BatchFacts, OutputFacts, PartFacts
from jobs.books.manifest import Manifest
from jobs.request import SpeechStatus
from scripts.webapp.schemas.job_documents import Document


class ChapterDocument(Document):
    """A chapter of a book."""

    title: str
    status: SpeechStatus
    characters: int
    fraction: float
    """Share of its text that is spoken, 0 to 1."""
    audio_seconds: float
    jobs: list[str]
    """Its parts in order; each is a job, and can be heard while it is spoken."""


class FileDocument(Document):
    """One file of a book."""

    name: str
    status: SpeechStatus | None
    """Null while parts of it are missing."""
    audio_seconds: float | None
    link: str
    """Where it is downloaded once it is finished."""
    beside: list[str]
    """Links to its captions and timings."""
    problem: str


class BatchDocument(Document):
    """A book and where it stands."""

    id: str
    title: str
    author: str
    status: SpeechStatus
    fraction: float
    """Share of its text that is spoken, 0 to 1."""
    characters: int
    audio_seconds: float
    problem: str
    """What keeps it from being finished, and what to do; empty where nothing does."""
    chapters: list[ChapterDocument]
    files: list[FileDocument]
    link: str
    """This book; DELETE cancels it, POST to /retry tries what has failed again."""

    @classmethod
    def of(cls, manifest: Manifest, facts: BatchFacts) -> Self:
        """Describe a book."""
        parts: list[list[PartFacts]] = [[] for _ in manifest.chapters]
        for part in facts.parts:
            parts[part.chapter].append(part)
        return cls(
            id=facts.batch_id,
            title=manifest.title,
            author=manifest.author,
            status=facts.status,
            fraction=facts.characters_done / facts.characters,
            characters=facts.characters,
            audio_seconds=facts.audio_seconds,
            problem=facts.problem,
            chapters=[
                _describe_chapter(chapter.title, own)
                for chapter, own in zip(manifest.chapters, parts, strict=True)
            ],
            files=[_describe_file(facts.batch_id, output) for output in facts.outputs],
            link=batch_link(facts.batch_id),
        )


class ListedChapter(Document):
    """A chapter of a book that was only looked into."""

    index: int
    """What `chapters` of an upload calls it; from 1."""
    title: str
    characters: int


class BookContents(Document):
    """What is in a book."""

    title: str
    author: str
    language: str
    """As the book states it; empty where it does not."""
    chapters: list[ListedChapter]


class BatchReceipt(Document):
    """A book that was accepted."""

    id: str
    title: str
    author: str
    chapters: list[str]
    """Titles of what is spoken."""
    unspeakable: list[str]
    """Titles of chapters that hold nothing to speak."""
    link: str


class BatchSummary(Document):
    """A book in the list."""

    id: str
    title: str
    author: str
    is_open: bool
    """Something of it is yet to be done, and somebody wants it."""
    link: str


def batch_link(batch_id: str) -> str:
    """Return where a book is."""
    return f"/v1/batches/{batch_id}"


def _describe_chapter(title: str, parts: list[PartFacts]) -> ChapterDocument:
    characters = sum(part.characters for part in parts)
    return ChapterDocument(
        title=title,
        status=_status_of([part.status for part in parts]),
        characters=characters,
        fraction=sum(part.characters_done for part in parts) / characters,
        audio_seconds=sum(part.audio_seconds for part in parts),
        jobs=[part.job_id for part in parts],
    )


def _status_of(states: list[SpeechStatus | None]) -> SpeechStatus:
    if set(states) == {SpeechStatus.FINISHED}:
        return SpeechStatus.FINISHED
    for status in (SpeechStatus.RUNNING, SpeechStatus.FAILED, SpeechStatus.CANCELLED):
        if status in states:
            return status
    return SpeechStatus.RUNNING if SpeechStatus.FINISHED in states else SpeechStatus.QUEUED


def _describe_file(batch_id: str, output: OutputFacts) -> FileDocument:
    files = f"{batch_link(batch_id)}/files"
    result = output.result if isinstance(output.result, AssemblyResult) else None
    return FileDocument(
        name=output.name,
        status=output.status,
        audio_seconds=result and result.audio_seconds,
        link=f"{files}/{quote(output.name)}",
        beside=[f"{files}/{quote(name)}" for name in (result.files if result else ())],
        problem=output.error_message,
    )
