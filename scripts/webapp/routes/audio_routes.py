"""A job's audio: the finished file with ranges, or what a running job has and what comes."""

import re
from contextlib import AsyncExitStack
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jobs.errors import Cancelled, JobFailed
from jobs.playback.encoders import MEDIA_TYPES, StreamFormat
from jobs.playback.pcm import SAMPLE_RATE
from jobs.request import SpeechStatus
from scripts.webapp.gateway import Gateway, JobId, OpenGateway
from scripts.webapp.schemas.openapi import problems
from scripts.webapp.schemas.problems import NotNow
from scripts.webapp.streaming.finished_files import (
    answer_probe,
    describe_stream,
    format_of,
    serve_audio,
)
from scripts.webapp.streaming.live_stream import follow_audio, open_follower
from scripts.webapp.streaming.responses import JobStream, begin, unless_gone

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["audio"], responses=problems(401, 403, 503))

MAX_START_SECONDS = 10_000_000.0
"""Longer than any job's audio; a bound, so that a number stays a number."""

_AUDIO = {
    "description": "The audio; chunked and without ranges while the job runs",
    "content": {
        media_type: {"schema": {"type": "string", "format": "binary"}}
        for media_type in sorted(set(MEDIA_TYPES.values()))
    },
}
_PROBE = re.compile("bytes=0-([0-9]{1,4})")

_TEXT = {"text/plain": {"schema": {"type": "string"}}}


@router.head("/audio", include_in_schema=False)
@router.get(
    "/audio",
    response_class=Response,
    responses=problems(404, 409, 422)
    | {
        200: _AUDIO,
        307: {"description": "It is at another address (KTTS_WEB_STORE_REDIRECT)"},
        206: _AUDIO | {"description": "The ranges that were asked for"},
        400: {"description": "The Range header cannot be read", "content": _TEXT},
        416: {"description": "The range begins after the end", "content": _TEXT},
    },
)
async def hear_job(
    job_id: JobId,
    gateway: OpenGateway,
    request: Request,
    format: Annotated[StreamFormat | None, Query()] = None,  # noqa: A002  # its name in the URL
    start_seconds: Annotated[
        float,
        Query(
            ge=0,
            le=MAX_START_SECONDS,
            allow_inf_nan=False,
            description="Begin here: a stream without ranges, also of a finished file",
        ),
    ] = 0.0,
    *,
    download: bool = False,
) -> Response:
    """Hear a job: its file when finished, before that its chunks as they come, from the first one.

    While the job waits, so does the answer. A job that fails while it is heard breaks the
    connection: a stream that ends properly is the whole audio.
    """
    facts = await gateway.queue.job(job_id).facts()
    start_sample = round(start_seconds * SAMPLE_RATE)
    audio_format = format or format_of(facts.output_file)
    probed = _PROBE.fullmatch(request.headers.get("range", ""))
    probed_bytes = int(probed[1]) + 1 if probed else 0
    if facts.status is not SpeechStatus.FINISHED and request.method == "GET":
        try:
            stream = await follow_running(gateway, request, job_id, audio_format, start_sample)
        except (JobFailed, Cancelled) as exc:
            raise NotNow(f"there is no audio: {exc}") from exc
        if stream is not None:
            if not probed_bytes:
                return stream
            return answer_probe(await stream.take(probed_bytes), stream.media_type)
    elif facts.status is not SpeechStatus.FINISHED:
        return describe_stream(audio_format)
    return await serve_audio(
        gateway.settings.output_dir,
        facts.output_file,
        format,
        start_sample=start_sample,
        as_download=download,
        redirects=gateway.settings.web_store_redirect,
        probed_bytes=probed_bytes,
        sends_body=request.method == "GET",
    )


async def follow_running(
    gateway: Gateway,
    request: Request,
    job_id: str,
    audio_format: StreamFormat,
    start_sample: int,
) -> JobStream | None:
    """Return a stream of a running job that has begun, or None where it has finished meanwhile.

    Raises:
        JobFailed: the job ended without audio.
        Cancelled: somebody cancelled it.
    """
    async with AsyncExitStack() as resources:
        view = await resources.enter_async_context(gateway.watch.follow(job_id))
        work_dir = gateway.settings.work_dir
        follower = await unless_gone(request, open_follower(view, work_dir, job_id))
        if follower is None:
            return None
        resources.enter_context(follower)
        audio = follow_audio(view, follower, audio_format, start_sample=start_sample)
        pieces = await unless_gone(request, begin(audio))
        return JobStream(
            pieces,
            resources=resources.pop_all(),
            media_type=MEDIA_TYPES[audio_format],
            headers={"Accept-Ranges": "none", "Cache-Control": "no-store"},
        )
