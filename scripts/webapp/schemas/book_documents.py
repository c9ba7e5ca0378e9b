"""JSON documents about books."""

from typing import Self
from urllib.parse import quote

from jobs.books.batch_status import BatchStatus, ChapterProgress, OutputStatus
from jobs.request import SpeechStatus
from scripts.webapp.guard.proxies import ROOT_PATH
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
    """Job ids of its parts in order; each part can be heard while it is spoken."""


class FileDocument(Document):
    """One file of a book."""

    name: str
    status: SpeechStatus | None
    """Null while its parts are not all finished."""
    audio_seconds: float | None
    link: str
    """Address for the download once it is finished."""
    beside: list[str]
    """Links to its captions and timings."""
    problem: str


class BatchDocument(Document):
    """A book and its progress."""

    id: str
    title: str
    author: str
    status: SpeechStatus
    fraction: float
    """Share of its text that is spoken, 0 to 1."""
    characters: int
    audio_seconds: float
    problem: str
    """What keeps it from being finished, and what to do; empty if nothing does."""
    outdated_parts: int
    """Parts that were spoken under other rules than today's and are being spoken anew."""
    kept_parts: int
    """Parts that were spoken under other rules and that it goes on with."""
    chapters: list[ChapterDocument]
    files: list[FileDocument]
    link: str
    """Address of this document; DELETE cancels the book, POST to /retry retries failed parts."""

    @classmethod
    def of(cls, book: BatchStatus) -> Self:
        """Describe a book."""
        return cls(
            id=book.batch_id,
            title=book.manifest.title,
            author=book.manifest.author,
            status=book.status,
            fraction=book.fraction,
            characters=book.characters,
            audio_seconds=book.audio_seconds,
            problem=book.problem,
            outdated_parts=len(book.outdated_parts),
            kept_parts=len(book.kept_parts),
            chapters=[_describe_chapter(chapter) for chapter in book.chapters],
            files=[_describe_file(book.batch_id, output) for output in book.outputs],
            link=batch_link(book.batch_id),
        )


class ListedChapter(Document):
    """A chapter of a book that was read but not queued."""

    index: int
    """Number for the field `chapters` of an upload, from 1."""
    title: str
    characters: int


class SkippedChapter(Document):
    """Front or back matter that is not spoken unless `include_all` is set."""

    title: str
    reason: str


class BookContents(Document):
    """The chapters of a book."""

    title: str
    author: str
    language: str
    """Language tag in the book or as found in its text; empty if neither tells."""
    chapters: list[ListedChapter]
    left_out: list[SkippedChapter]
    warnings: list[str]
    """Sentences for the user: a language that is not or wrongly stated, a page that is missing."""


class PartsDocument(Document):
    """What of an uploaded book was spoken before."""

    parts: int
    spoken: int
    """Parts of these that are finished."""
    outdated: int
    """Finished parts that were spoken under other rules than today's."""
    change: str
    """How the rules differ; empty if they do not."""
    kept: bool
    """The book goes on with the outdated parts; else they are spoken anew."""


class BatchReceipt(Document):
    """A book that was accepted."""

    id: str
    title: str
    author: str
    chapters: list[str]
    """Titles of the chapters that are spoken."""
    unspeakable: list[str]
    """Titles of chapters that hold nothing to speak."""
    begun: PartsDocument | None
    """Null if nothing of it was spoken before."""
    link: str


class BatchSummary(Document):
    """A book in the list."""

    id: str
    title: str
    author: str
    owner: str | None
    """Whose it is; null where nobody is named."""
    is_open: bool
    """It is neither finished nor cancelled."""
    link: str


def batch_link(batch_id: str) -> str:
    """Return the address of a book."""
    return f"{ROOT_PATH.get()}/v1/batches/{batch_id}"


def _describe_chapter(chapter: ChapterProgress) -> ChapterDocument:
    return ChapterDocument(
        title=chapter.title,
        status=_choose_status(chapter),
        characters=chapter.characters,
        fraction=chapter.fraction,
        audio_seconds=chapter.audio_seconds,
        jobs=[part.job_id for part in chapter.parts],
    )


def _choose_status(chapter: ChapterProgress) -> SpeechStatus:
    """Return "running" as long as parts are spoken: the page plays a running chapter."""
    states = {part.status for part in chapter.parts}
    is_begun = chapter.status is SpeechStatus.QUEUED and SpeechStatus.FINISHED in states
    if chapter.status is not SpeechStatus.FINISHED and (SpeechStatus.RUNNING in states or is_begun):
        return SpeechStatus.RUNNING
    return chapter.status


def _describe_file(batch_id: str, output: OutputStatus) -> FileDocument:
    files, result = f"{batch_link(batch_id)}/files", output.result
    return FileDocument(
        name=output.name,
        status=output.status,
        audio_seconds=result and result.audio_seconds,
        link=f"{files}/{quote(output.name)}",
        beside=[f"{files}/{quote(name)}" for name in (result.files if result else ())],
        problem=output.error_message,
    )
