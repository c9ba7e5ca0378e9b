"""Makes statuses of books, for tests of what users are shown."""

from __future__ import annotations

from jobs.assembly import AssemblyResult
from jobs.books.batch_status import BatchStatus, OutputStatus, PartStatus
from jobs.books.manifest import BookChapter, BookOutput, BookPart, Manifest
from jobs.request import SpeechProgress, SpeechRequest, SpeechStatus

PART_CHARACTERS = 1_650
"""At the usual pace 100 seconds of audio."""

DONE, FAILED, RUNNING = SpeechStatus.FINISHED, SpeechStatus.FAILED, SpeechStatus.RUNNING
QUEUED, CANCELLED = SpeechStatus.QUEUED, SpeechStatus.CANCELLED


def make_status(
    *chapters: list[SpeechStatus],
    output: SpeechStatus | None = None,
    title: str = "Tales",
    is_cancelled: bool = False,
) -> BatchStatus:
    """Return a book whose chapters have parts in these states; a running one is half done."""
    manifest = Manifest(
        title=title,
        source="tales.epub",
        format="m4b",
        chapters=tuple(
            BookChapter(title=f"Chapter {at}", parts=tuple(_make_part(at, n) for n in range(count)))
            for at, count in enumerate(map(len, chapters), 1)
        ),
        outputs=(BookOutput(name="Tales.m4b", title=title, chapters=tuple(range(len(chapters)))),),
    )
    return BatchStatus(
        batch_id=manifest.batch_id,
        manifest=manifest,
        is_cancelled=is_cancelled,
        parts=tuple(
            _make_part_status(at, number, status)
            for at, states in enumerate(chapters)
            for number, status in enumerate(states, 1)
        ),
        outputs=(_make_output(manifest, output),),
    )


def _make_part(chapter: int, number: int) -> BookPart:
    text = f"Chapter {chapter} part {number}. ".ljust(PART_CHARACTERS, "x")
    return BookPart(request=SpeechRequest(text=text))


def _make_part_status(chapter: int, number: int, status: SpeechStatus) -> PartStatus:
    progress = SpeechProgress(
        chunks=1,
        characters=PART_CHARACTERS // 2,
        characters_total=PART_CHARACTERS,
        audio_seconds=50.0,
        processing_seconds=12.5,
        real_time_factor=0.25,
    )
    is_running, is_done = status is RUNNING, status is DONE
    return PartStatus(
        chapter=chapter,
        number=number,
        job_id=f"{chapter:016}{number:016}",
        characters=PART_CHARACTERS,
        status=status,
        progress=progress if is_running else SpeechProgress(),
        audio_seconds=100.0 if is_done else 50.0 * is_running,
        processing_seconds=20.0 * is_done,
        worker=f"w{number}" if is_running else "",
        error_name="SilentAudio" if status is FAILED else "",
        error_message="no sound" if status is FAILED else "",
    )


def _make_output(manifest: Manifest, status: SpeechStatus | None) -> OutputStatus:
    output = manifest.outputs[0]
    result = AssemblyResult(
        job_id="1" * 32,
        batch_id=manifest.batch_id,
        path="/output/Tales.m4b",
        output_file="Tales.m4b",
        format="m4b",
        sample_rate=24_000,
        audio_seconds=321.0,
        processing_seconds=1.0,
        real_time_factor=0.01,
        chunks=len(manifest.parts),
        characters=sum(chapter.characters for chapter in manifest.chapters),
        sha256="0" * 64,
        chapters=(),
    )
    return OutputStatus(
        name=output.name,
        job_id="1" * 32,
        chapters=output.chapters,
        needed_chapters=output.chapters,
        status=status,
        progress=SpeechProgress(characters=1, characters_total=4),
        worker="w9" if status is RUNNING else "",
        error_name="OutputError" if status is FAILED else "",
        error_message="no space left" if status is FAILED else "",
        result=result if status is DONE else None,
    )
