"""Jobs over HTTP: submit, look, list, cancel, retry, follow."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from jobs.errors import InvalidRequest
from jobs.files.stores import sign_file
from jobs.request import SpeechStatus
from jobs.voices import LANGUAGES, VOICES
from scripts.webapp.gateway import JobId, OpenGateway, choose_owner
from scripts.webapp.guard.idempotency import IdempotencyKey, answer_once
from scripts.webapp.guard.request_log import RequestMetrics
from scripts.webapp.job_pages import read_page
from scripts.webapp.json_route import JsonRoute
from scripts.webapp.schemas.fields import Owner
from scripts.webapp.schemas.job_documents import (
    JobDocument,
    JobList,
    JobReceipt,
    JobSubmission,
    Links,
    OwnerDocument,
    QueueDocument,
    VoiceDocument,
)
from scripts.webapp.schemas.openapi import problems
from scripts.webapp.schemas.problems import NotNow
from scripts.webapp.streaming.job_poller import JobView
from scripts.webapp.streaming.server_sent_events import event_id, stream_events

router = APIRouter(
    prefix="/v1", tags=["jobs"], responses=problems(401, 403, 503), route_class=JsonRoute
)

PAGE_JOBS = 50
MAX_PAGE_JOBS = 200
LastEventId = Annotated[str, Header(max_length=100)]
_GENDERS: dict[str, Literal["female", "male"]] = {"f": "female", "m": "male"}


@router.post("/jobs", status_code=202, responses=problems(409, 413, 422, 429))
async def submit_job(
    submission: JobSubmission,
    gateway: OpenGateway,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> JobReceipt:
    """Put a text into the queue. The same request is the same job, whoever sends it."""
    owner = choose_owner(submission.owner, gateway)
    request = await run_sync(submission.to_request, gateway.settings.pause_scale, owner)

    async def submit() -> dict[str, Any]:
        job = await gateway.queue.submit(
            request,
            queue=submission.queue,
            again=submission.again,
            overwrite=submission.overwrite,
        )
        return JobReceipt(id=job.id, is_new=job.is_new, links=Links.of(job.id)).model_dump()

    body = submission.model_dump(exclude=None if submission.owner else {"owner"})
    receipt = await answer_once(gateway, response, (owner, idempotency_key), body, submit)
    response.headers["Location"] = receipt["links"]["self"]
    return JobReceipt(**receipt)


@router.get("/jobs", responses=problems(422))
async def list_jobs(
    gateway: OpenGateway,
    status: SpeechStatus | None = None,
    owner: Owner | None = None,
    cursor: Annotated[str, Query(pattern="^[0-9]{1,9}$")] = "0",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_JOBS)] = PAGE_JOBS,
) -> JobList:
    """List jobs: those that run, those that wait in their order, then the ended, latest first.

    A page of one owner's may have fewer than `limit`, or none, although more come.
    """
    connection = gateway.queue.blocking.connection
    page = await asyncio.to_thread(read_page, connection, status, int(cursor), limit, owner=owner)
    return JobList(
        jobs=[JobDocument.of(facts) for facts in page.jobs],
        next_cursor=None if page.next_start is None else str(page.next_start),
    )


@router.get("/jobs/{job_id}", responses=problems(404))
async def show_job(job_id: JobId, gateway: OpenGateway) -> JobDocument:
    """Show one job: state, progress, result or error."""
    document = JobDocument.of(await gateway.queue.job(job_id).facts())
    if document.result and document.result.get("object"):
        # What the worker has signed may have run out.
        signed = await run_sync(sign_file, gateway.settings.output_dir, document.file)
        document.result["url"] = signed or document.result.get("url", "")
    return document


@router.delete("/jobs/{job_id}", status_code=202, responses=problems(404))
async def cancel_job(
    job_id: JobId, gateway: OpenGateway, *, force: bool = False, keep_partial: bool = False
) -> JobDocument:
    """Cancel a job: at once where it waits, after its chunk where it runs.

    With `force` it does not wait for the chunk; with `keep_partial` the same text, submitted again,
    goes on after the chunks that are done. A job that has ended stays as it is.
    """
    job = gateway.queue.job(job_id)
    await job.cancel(force=force, keep_partial=keep_partial)
    return JobDocument.of(await job.facts())


@router.post("/jobs/{job_id}/retry", status_code=202, responses=problems(404, 409, 429))
async def retry_job(
    job_id: JobId,
    gateway: OpenGateway,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> JobReceipt:
    """Submit a failed or cancelled job once more, as it was."""

    async def retry() -> dict[str, Any]:
        await gateway.queue.job(job_id).facts()
        try:
            job = await gateway.queue.retry(job_id)
        except InvalidRequest as exc:
            raise NotNow(str(exc)) from exc
        return JobReceipt(id=job.id, is_new=job.is_new, links=Links.of(job.id)).model_dump()

    key, body = (choose_owner(None, gateway), idempotency_key), {"retry": job_id}
    return JobReceipt(**await answer_once(gateway, response, key, body, retry))


async def _open_view(
    job_id: JobId, gateway: OpenGateway, last_event_id: LastEventId = ""
) -> AsyncIterator[JobView]:
    async with gateway.watch.follow(job_id) as view:
        if view.facts.status.is_terminal and event_id(view.facts) == last_event_id:
            raise HTTPException(204)  # tells a browser not to come again
        yield view


@router.get(
    "/jobs/{job_id}/events",
    response_class=EventSourceResponse,
    responses=problems(404)
    | {
        200: {"description": "The job's states as they come", "content": {"text/event-stream": {}}},
        204: {"description": "The job has ended, and the client has its last event"},
    },
)
async def follow_job(
    view: Annotated[JobView, Depends(_open_view)], last_event_id: LastEventId = ""
) -> AsyncIterator[ServerSentEvent]:
    """Follow a job by events: queued, started, progress, then finished, failed or cancelled."""
    async for event in stream_events(view, last_event_id):
        yield event


@router.get("/metrics", response_class=PlainTextResponse)
async def show_metrics(request: Request) -> str:
    """Show how many requests this gateway has answered, in Prometheus's text format."""
    metrics: RequestMetrics = request.app.state.metrics
    return metrics.write()


@router.get("/queue")
async def show_queue(gateway: OpenGateway) -> QueueDocument:
    """Show what waits, what runs and which workers are alive."""
    overview = await gateway.queue.overview()
    return QueueDocument(
        waiting=overview.waiting,
        waiting_characters=overview.waiting_characters,
        running=overview.running,
        finished=overview.finished,
        failed=overview.failed,
        cancelled=overview.cancelled,
        workers=list(overview.workers),
        owners={name: OwnerDocument(**asdict(load)) for name, load in overview.owners.items()},
    )


@router.get("/voices")
async def list_voices() -> list[VoiceDocument]:
    """List the voices of the catalogue, by language."""
    return [
        VoiceDocument(
            name=name,
            language=name[0],
            language_name=LANGUAGES[name[0]],
            gender=_GENDERS[name[1]],
        )
        for name in VOICES
    ]
