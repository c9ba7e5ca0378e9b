"""Routes of books: upload, progress, download."""

import hashlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from pydantic import Json
from starlette.responses import FileResponse

from jobs.books.batch import BookBatch, open_batch
from jobs.books.batch_status import BatchStatus
from jobs.books.manifest import batch_dir
from jobs.books.spoken_parts import find_spoken
from jobs.callback import AllowedHosts
from jobs.errors import QueueFull, UnknownBatch
from jobs.files import find_file
from jobs.playback.encoders import MEDIA_TYPES
from jobs.queue.queue import SpeechQueue
from jobs.request import MAX_PAUSE_SCALE, Reading
from jobs.voices import MAX_SPEED, MIN_SPEED
from scripts.webapp.gateway import JobId, OpenGateway, choose_owner
from scripts.webapp.guard.idempotency import IdempotencyKey, answer_once
from scripts.webapp.schemas.book_documents import (
    BatchDocument,
    BatchReceipt,
    BatchSummary,
    BookContents,
    PartsDocument,
    batch_link,
)
from scripts.webapp.schemas.fields import CallbackUrl, Owner
from scripts.webapp.schemas.job_documents import QueueName
from scripts.webapp.schemas.openapi import problems
from scripts.webapp.schemas.problems import NotNow
from scripts.webapp.streaming.finished_files import KnownFile, serve_stored
from scripts.webapp.streaming.responses import unless_gone
from scripts.webapp.uploads import UploadedBook, read_contents, read_upload

router = APIRouter(prefix="/v1/batches", tags=["books"], responses=problems(401, 403, 503))

_TYPES = MEDIA_TYPES | {
    "m4b": "audio/mp4",
    "epub": "application/epub+zip",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
    "json": "application/json",
}


PAGE_BOOKS = 200
MAX_PAGE_BOOKS = 1_000

FORM_LIMITS: Any = {"max_files": 1, "max_fields": 32, "max_part_size": 16_384}
"""A book and its options: what else a form may bring would be kept in memory."""


@router.post("", status_code=202, responses=problems(413, 422), form_limits=FORM_LIMITS)
async def upload_book(
    gateway: OpenGateway,
    request: Request,
    response: Response,
    file: Annotated[UploadFile, File(description="EPUB, PDF, Markdown, HTML or text")],
    *,
    format: Annotated[  # noqa: A002  # its name on the wire
        Literal["m4b", "mp3", "flac", "opus", "wav", "epub"] | None,
        Form(description="epub: the book itself, to read along"),
    ] = None,
    voice: Annotated[str | None, Form(description="By the book's language unless given")] = None,
    speed: Annotated[float | None, Form(ge=MIN_SPEED, le=MAX_SPEED)] = None,
    language: Annotated[str | None, Form(description="The book's own unless given")] = None,
    roles: Annotated[
        str | None,
        Form(
            description="Who speaks what, as TOML or JSON: names with voices and speeds",
            examples=['{"dialogue": "bf_emma"}'],
        ),
    ] = None,
    reading: Annotated[Reading, Form(description="plain: without the reading rules")] = "full",
    pause_scale: Annotated[
        float | None,
        Form(ge=0.0, le=MAX_PAUSE_SCALE, description="The server's unless given"),
    ] = None,
    chapters: Annotated[str | None, Form(examples=["1", "2-5,8"])] = None,
    split: Annotated[bool, Form(description="A file for each chapter")] = False,
    include_all: Annotated[bool, Form(description="Keep front and back matter")] = False,
    keep_parts: Annotated[
        bool, Form(description="Go on with parts that were spoken under other rules")
    ] = False,
    queue: Annotated[QueueName, Form(description="Where it waits: bulk is served last")] = "bulk",
    owner: Annotated[Owner | None, Form(description="The token's owner unless given")] = None,
    callback_url: Annotated[
        CallbackUrl | None,
        Form(description="Who is told when the whole book has finished, failed or been cancelled"),
    ] = None,
    metadata: Annotated[
        Json[dict[str, str]] | None,
        Form(
            description="Labels of your own as JSON, for the message", examples=['{"user": "42"}']
        ),
    ] = None,
    idempotency_key: IdempotencyKey = None,
) -> BatchReceipt:
    """Upload a book to be read aloud. The same book with the same options is the same batch."""
    if callback_url is not None:
        AllowedHosts(gateway.settings.webhook_hosts).check(callback_url)
    options = {
        "format": format,
        "output_dir": str(gateway.settings.output_dir.absolute()),
        "split": split,
        "voice": voice,
        "speed": speed,
        "language": language,
        "roles": roles,
        "reading": reading,
        "pause_scale": pause_scale,
        "chapters": chapters,
        "include_all": include_all,
    }
    whose = choose_owner(owner, gateway)
    if whose:
        options["owner"] = whose

    async def upload() -> dict[str, Any]:
        book = await unless_gone(request, read_upload(file.file, file.filename or "", options))
        open_it = partial(
            _open,
            keeps_parts=keep_parts,
            queue_name=queue,
            callback_url=callback_url,
            metadata=metadata,
        )
        begun = await run_sync(open_it, gateway.queue.blocking, book)
        manifest = book.manifest
        receipt = BatchReceipt(
            id=manifest.batch_id,
            title=manifest.title,
            author=manifest.author,
            chapters=[chapter.title for chapter in manifest.chapters],
            unspeakable=list(book.unspeakable),
            begun=PartsDocument(**begun) if begun else None,
            link=batch_link(manifest.batch_id),
        )
        return receipt.model_dump(mode="json")

    wish: dict[str, Any] = {
        "queue": queue,
        "options": options,
        "keep_parts": keep_parts,
        "name": file.filename,
    }
    wish |= {"callback_url": callback_url, "metadata": metadata} if callback_url else {}
    if idempotency_key is not None:
        wish["sha256"] = await run_sync(_digest_of, file.file)
    key = (whose, idempotency_key)
    receipt = await answer_once(gateway, response, key, wish, upload)
    response.headers["Location"] = receipt["link"]
    return BatchReceipt(**receipt)


@router.post("/contents", responses=problems(413, 422), form_limits=FORM_LIMITS)
async def list_contents(
    request: Request,
    file: Annotated[UploadFile, File(description="EPUB, PDF, Markdown, HTML or text")],
    *,
    include_all: Annotated[
        bool, Form(description="Keep front and back matter", examples=[True])
    ] = False,
) -> BookContents:
    """List the chapters of a book with their numbers; nothing is queued."""
    options = {"include_all": include_all}
    reading = read_contents(file.file, file.filename or "", options)
    return BookContents(**await unless_gone(request, reading))


@router.get("", responses=problems(422))
async def list_books(
    gateway: OpenGateway,
    response: Response,
    owner: Owner | None = None,
    cursor: Annotated[str, Query(pattern="^[0-9]{1,9}$")] = "0",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_BOOKS)] = PAGE_BOOKS,
) -> list[BatchSummary]:
    """List the books, the last changed one first; X-Next-Cursor is where the next page begins."""
    books, following = await gateway.books.list_books(int(cursor), limit, owner)
    if following is not None:
        response.headers["X-Next-Cursor"] = str(following)
    return books


@router.get("/{job_id}", responses=problems(404))
async def show_book(job_id: JobId, gateway: OpenGateway) -> BatchDocument:
    """Show how far a book is, chapter by chapter and file by file."""
    return BatchDocument.of(await gateway.books.read_status(job_id))


@router.delete("/{job_id}", status_code=202, responses=problems(404))
async def cancel_book(job_id: JobId, gateway: OpenGateway) -> BatchDocument:
    """Stop making a book; what is finished stays."""
    await gateway.books.change(job_id, BookBatch.cancel)
    return BatchDocument.of(await gateway.books.read_status(job_id))


@router.post("/{job_id}/retry", status_code=202, responses=problems(404, 429))
async def retry_book(
    job_id: JobId,
    gateway: OpenGateway,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> BatchDocument:
    """Submit failed and cancelled parts again."""

    async def retry() -> dict[str, Any]:
        await gateway.books.change(job_id, BookBatch.retry)
        book = await gateway.books.read_status(job_id)
        return BatchDocument.of(book).model_dump(mode="json")

    key, body = (choose_owner(None, gateway), idempotency_key), {"retry": job_id}
    return BatchDocument(**await answer_once(gateway, response, key, body, retry))


@router.head("/{job_id}/files/{name}", include_in_schema=False)
@router.get(
    "/{job_id}/files/{name}",
    response_class=FileResponse,
    responses=problems(404, 409)
    | {200: {"description": "The file, with ranges", "content": {"audio/*": {}, "text/*": {}}}},
)
async def download_file(job_id: JobId, name: str, gateway: OpenGateway) -> Response:
    """Download a finished file of a book, or its captions or timings."""
    book = await gateway.books.read_status(job_id)
    if name not in _finished_names(book):
        raise UnknownBatch(f"{name!r} is no finished file of book {job_id}")
    path = Path(batch_dir(Path(), job_id)) / name
    result = {output.name: output.result for output in book.outputs}.get(name)
    media_type = _TYPES.get(path.suffix[1:], "application/octet-stream")
    stored = await serve_stored(
        gateway.settings.output_dir,
        str(path),
        media_type=media_type,
        as_download=True,
        redirects=gateway.settings.web_store_redirect,
    )
    if stored is not None:
        if result and stored.sha256 != result.sha256:
            raise NotNow(f"{name!r} is not the file that was made; retry the book")
        return stored
    found = await run_sync(find_file, gateway.settings.output_dir, str(path))
    # Whoever may write to the volume could have put another file there.
    if result and not await run_sync(gateway.books.digests.is_whole, found, result.sha256):
        raise NotNow(f"{name!r} is not the file that was made; remove it, and retry the book")
    return KnownFile(
        found,
        media_type=media_type,
        filename=name,
        stat_result=await run_sync(found.stat),
    )


def _digest_of(file: BinaryIO) -> str:
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a spool
    file.seek(0)
    return digest


def _open(
    queue: SpeechQueue,
    book: UploadedBook,
    *,
    keeps_parts: bool,
    **wishes: Any,
) -> dict[str, Any] | None:
    begun = find_spoken(book.manifest, queue.settings).document(is_kept=keeps_parts)
    batch = open_batch(
        book.manifest,
        book.cover,
        queue,
        keeps_parts=keeps_parts,
        **wishes,
    )
    # The manifest is on disk: the next `advance` submits what does not fit into the queue now.
    with suppress(QueueFull):
        for _ in batch.submit_parts():
            pass
    return begun


def _finished_names(book: BatchStatus) -> set[str]:
    results = [(output.name, output.result) for output in book.outputs if output.result]
    return {name for output, result in results for name in (output, *result.files)}
