"""A job's words: its text, and captions of its file or of what it has spoken so far."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, StreamingResponse

from jobs.errors import InputError, UnknownJob
from jobs.files import find_file
from jobs.files.stores import borrow_file, find_stored
from jobs.playback.caption_files import VTT_HEADER, format_vtt, format_word
from jobs.playback.captions import make_cues
from jobs.playback.chunk_timings import (
    ChunkTiming,
    find_timings,
    read_timings,
    timings_file,
)
from jobs.playback.journal import journal_dir
from jobs.playback.live_audio import JournalFollower
from jobs.playback.pcm import SAMPLE_RATE
from jobs.playback.sentence_times import time_sentences
from jobs.queue import keys
from jobs.queue.connection import queue_errors
from jobs.queue.job_info import JobInfo
from jobs.queue.job_record import decode_call
from jobs.request import SpeechStatus
from scripts.webapp.gateway import Gateway, JobId, OpenGateway
from scripts.webapp.schemas.openapi import problems
from scripts.webapp.schemas.problems import NotNow

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["audio"], responses=problems(401, 403, 503))

PIECE_CUES = 200


@router.get(
    "/captions.vtt",
    response_class=StreamingResponse,
    responses=problems(404, 409)
    | {200: {"description": "WebVTT", "content": {"text/vtt": {"schema": {"type": "string"}}}}},
)
async def caption_job(
    job_id: JobId, gateway: OpenGateway, *, words: bool = False
) -> StreamingResponse:
    """Caption a job by sentences, or by words where the model knows when each is heard.

    While the job runs these are the captions of what can be heard so far.
    """
    facts = await gateway.queue.job(job_id).facts()
    request = await run_sync(_read_request, gateway, job_id)
    pieces = _write(request, _timings_of(gateway, facts), words=words)
    # The first piece comes before the answer, so that what cannot be read is an answer of its own.
    first = await run_sync(next, pieces, "")
    return StreamingResponse(_chain(first, pieces), media_type="text/vtt")


@router.get("/text", response_class=PlainTextResponse, responses=problems(404, 409, 422))
async def show_text(
    job_id: JobId,
    gateway: OpenGateway,
    characters: Annotated[int | None, Query(ge=1, description="Only the beginning")] = None,
) -> str:
    """Show what a job speaks, as it was submitted."""
    request = await run_sync(_read_request, gateway, job_id)
    text: str = request["text"]
    return text[:characters]


def _read_request(gateway: Gateway, job_id: str) -> dict[str, Any]:
    with queue_errors():
        data = gateway.queue.blocking.connection.hget(keys.job(job_id), "data")
    if data is None:
        raise UnknownJob(f"there is no job {job_id!r}, or its record has expired")
    _, arguments = decode_call(data if isinstance(data, bytes) else None)
    request: dict[str, Any] = arguments.get("request", {})
    if not isinstance(request.get("text"), str):
        raise NotNow(f"job {job_id} assembles a book; its words lie beside the book's file")
    return request


def _timings_of(gateway: Gateway, facts: JobInfo) -> Iterator[ChunkTiming]:
    output_dir, file = gateway.settings.output_dir, facts.output_file
    if facts.status is not SpeechStatus.FINISHED:
        yield from _read_journal(journal_dir(gateway.settings.work_dir, facts.job_id))
    elif find_stored(output_dir, file) is None:
        yield from read_timings(find_timings(find_file(output_dir, file)))
    else:
        with borrow_file(output_dir, str(timings_file(Path(file)))) as path:
            yield from read_timings(path)


def _read_journal(job_dir: Path) -> Iterator[ChunkTiming]:
    try:
        follower = JournalFollower(job_dir)
    except FileNotFoundError:
        return
    with follower:
        for line, _ in follower.new_chunks():
            yield ChunkTiming(line.start, line.end, line.sample_offset, line.end_sample, line.words)


def _write(
    request: dict[str, Any], timings: Iterator[ChunkTiming], *, words: bool
) -> Iterator[str]:
    reading = request.get("reading", "full")
    sentences = time_sentences(
        request["text"],
        timings,
        sample_rate=SAMPLE_RATE,
        reading=reading,
        speakers=request.get("speakers", ()),
    )
    cues: Iterator[str]
    if words:
        cues = (format_word(word, each.speaker) for each in sentences for word in each.words)
    else:
        cues = map(format_vtt, make_cues(sentences))
    try:
        yield VTT_HEADER + "".join(islice(cues, PIECE_CUES))
        while piece := "".join(islice(cues, PIECE_CUES)):
            yield piece
    except InputError as exc:
        raise NotNow(f"there are no captions: {exc}") from exc


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
