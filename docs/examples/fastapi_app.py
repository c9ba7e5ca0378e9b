"""A FastAPI application: uvicorn fastapi_app:app, then POST {"text": "..."} to /speak."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel

from jobs import (
    AsyncSpeechQueue,
    InvalidRequest,
    JobFailed,
    QueueFull,
    SpeechRequest,
    UnknownJob,
    find_file,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the queue once for the whole application."""
    async with AsyncSpeechQueue() as queue:
        app.state.queue = queue
        yield


app = FastAPI(lifespan=lifespan)


class Speak(BaseModel):
    """What a client sends."""

    text: str
    voice: str = "af_heart"


@app.post("/speak")
async def speak(wish: Speak, request: Request) -> FileResponse:
    """Wait for the audio without keeping a thread: thousands may wait at once."""
    queue: AsyncSpeechQueue = request.app.state.queue
    try:
        wanted = SpeechRequest(text=wish.text, voice=wish.voice, format="mp3")
        job = await queue.submit(wanted, queue="interactive")
        result = await job.wait(timeout_seconds=60)
    except InvalidRequest as exc:
        raise HTTPException(422, str(exc)) from exc
    except QueueFull as exc:
        raise HTTPException(429, str(exc), {"Retry-After": "30"}) from exc
    except TimeoutError as exc:
        raise HTTPException(504, str(exc)) from exc
    except JobFailed as exc:
        raise HTTPException(500, str(exc)) from exc
    # Not result.path: that is where the worker sees the volume. And checked: a job's record is what
    # anybody who may submit has written.
    file = find_file(queue.settings.output_dir, result.output_file)
    return FileResponse(file, media_type="audio/mpeg")


@app.get("/jobs/{job_id}")
async def show(job_id: str, request: Request) -> dict[str, object]:
    """Say how far a job is."""
    try:
        facts = await request.app.state.queue.job(job_id).facts()
    except UnknownJob as exc:
        raise HTTPException(404, str(exc)) from exc
    return {"status": facts.status, "fraction": facts.progress.fraction}
