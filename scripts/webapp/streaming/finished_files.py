"""Finished files: found below the output directory and nowhere else, served with ranges."""

import re
from collections.abc import Generator, Iterator
from contextlib import closing
from email.utils import formatdate
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from jobs.files import find_file
from jobs.files.object_store import ObjectStore, StoredObject
from jobs.files.stores import borrow_file, find_store, find_stored
from jobs.playback.encoders import MEDIA_TYPES, StreamEncoder, StreamFormat, decode_file
from jobs.playback.pcm import BLOCK_BYTES, SAMPLE_BYTES

STREAMED = {"Accept-Ranges": "none"}
"""Said of what is encoded as it is sent: whoever asks for a range gets all of it."""

_RANGE = re.compile("bytes=([0-9]{0,18})-([0-9]{0,18})")


class KnownFile(FileResponse):
    """A file that a client is not sent again while it has not changed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or say that the client has it."""
        if _knows(Headers(scope=scope), self.headers.get("etag", "")):
            names = ("etag", "last-modified", "cache-control")
            kept = {name: self.headers[name] for name in names if name in self.headers}
            await Response(status_code=304, headers=kept)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


class StoredFile(Response):
    """A file in the object store: streamed from there with ranges, or the client is sent there."""

    def __init__(
        self,
        store: ObjectStore,
        found: StoredObject,
        *,
        media_type: str,
        disposition: str,
        redirects: bool = False,
    ) -> None:
        """Answer with the object that was `found`; nothing of it is read yet."""
        self._store, self._found, self._redirects = store, found, redirects
        self.sha256 = found.sha256
        self.status_code, self.media_type, self.background = 200, media_type, None
        name = quote(found.name.rpartition("/")[2], safe="")
        etag = f'"{found.sha256}"' if found.sha256 else found.etag
        self.init_headers(
            {
                "accept-ranges": "bytes",
                "content-disposition": f"{disposition}; filename*=utf-8''{name}",
                "etag": etag,
                "last-modified": formatdate(found.modified_seconds, usegmt=True),
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, a range of it, or where it is."""
        asked, etag = Headers(scope=scope), self.headers["etag"]
        if _knows(asked, etag):
            await Response(status_code=304, headers={"etag": etag})(scope, receive, send)
            return
        # The page has leave to talk to this server alone.
        if self._redirects and asked.get("sec-fetch-site", "none") != "same-origin":
            url = await run_sync(self._store.sign, self._found.name)
            there = {"location": url, "cache-control": "no-store"}
            await Response(status_code=307, headers=there)(scope, receive, send)
            return
        size = self._found.size_bytes
        is_same = asked.get("if-range", etag) in {etag, self.headers["last-modified"]}
        span = _read_range(asked.get("range") if is_same else None, size)
        start, end = span or (0, size)
        if span and start >= end:
            refusal = {"content-range": f"bytes */{size}"}
            await Response("no such range", 416, refusal)(scope, receive, send)
            return
        if span:
            self.headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        status = 206 if span else 200
        self.headers["content-length"] = str(end - start)
        blocks = self._store.read_range(self._found.name, start, end)
        sends_body = scope["method"] != "HEAD"
        # Before the answer begins, so that a store that is away is an answer of its own.
        block = await run_sync(next, blocks, b"") if sends_body else b""
        head = {"status": status, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        while block:
            await send({"type": "http.response.body", "body": block, "more_body": True})
            block = await run_sync(next, blocks, b"")
        await send({"type": "http.response.body", "body": b""})


def _knows(asked: Headers, etag: str) -> bool:
    known = asked.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return bool(known and tags & {etag, "*"})


def _read_range(wanted: str | None, size: int) -> tuple[int, int] | None:
    """Return first byte and the one after the last; None where several ranges are wanted, or none.

    An empty range means that there is no such one.
    """
    found = _RANGE.fullmatch(wanted or "")
    if found is None:
        return None
    first, last = found[1], found[2]
    if not first:
        return (max(0, size - int(last)), size) if last and int(last) else (0, 0)
    end = min(int(last) + 1, size) if last else size
    return int(first), end


async def serve_stored(
    output_dir: Path,
    output_file: str,
    *,
    media_type: str,
    as_download: bool = False,
    redirects: bool = False,
) -> StoredFile | None:
    """Answer with a finished file that is in the object store; None where it is not in one.

    Raises:
        UnknownJob: it is in neither, though there is a store.
        StoreUnavailable: the store does not answer.
    """
    found = await run_sync(find_stored, output_dir, output_file)
    store = find_store(output_dir)
    if found is None or store is None:
        return None
    return StoredFile(
        store,
        found,
        media_type=media_type,
        disposition="attachment" if as_download else "inline",
        redirects=redirects,
    )


async def serve_audio(
    output_dir: Path,
    output_file: str,
    audio_format: StreamFormat | None = None,
    *,
    start_sample: int = 0,
    as_download: bool = False,
    redirects: bool = False,
    probed_bytes: int = 0,
    sends_body: bool = True,
) -> Response:
    """Answer with a finished file, or with its audio from elsewhere or otherwise as a stream.

    Args:
        output_dir: Where finished files are.
        output_file: The file's name below it, as a job's record states it.
        audio_format: What is wanted; None is that of the file.
        start_sample: The first one that is sent.
        as_download: Let a browser save it rather than play it.
        redirects: Send the client to the object store, where the file is in one.
        probed_bytes: What a player asks of a stream first, to see whether there are ranges.
        sends_body: Whether a stream is wanted and not only what its headers are.

    Raises:
        UnknownJob: there is no such file, or it is not below the output directory.
        StoreUnavailable: the object store does not answer.
    """
    suffix = output_file.rpartition(".")[2]
    media_type = MEDIA_TYPES.get(suffix, "application/octet-stream")
    if audio_format in {None, suffix} and not start_sample:
        stored = await serve_stored(
            output_dir,
            output_file,
            media_type=media_type,
            as_download=as_download,
            redirects=redirects,
        )
        if stored is not None:
            return stored
        path = await run_sync(find_file, output_dir, output_file)
        return KnownFile(
            path,
            media_type=media_type,
            filename=path.name,
            stat_result=await run_sync(path.stat),
            content_disposition_type="attachment" if as_download else "inline",
        )
    audio_format = audio_format or format_of(output_file)
    if not sends_body:
        if await run_sync(find_stored, output_dir, output_file) is None:
            await run_sync(find_file, output_dir, output_file)
        return describe_stream(audio_format)
    pieces = read_audio(output_dir, output_file, audio_format, start_sample=start_sample)
    media_type = MEDIA_TYPES[audio_format]
    # Before the answer begins, so that what cannot be read is an answer of its own.
    if probed_bytes:
        return answer_probe(await run_sync(_take, pieces, probed_bytes), media_type)
    first = await run_sync(next, pieces, b"")
    return StreamingResponse(chain((first,), pieces), headers=STREAMED, media_type=media_type)


def describe_stream(audio_format: StreamFormat) -> Response:
    """Answer HEAD for what is encoded as it is sent, so that its length is not known."""
    return StreamingResponse(iter(()), headers=STREAMED, media_type=MEDIA_TYPES[audio_format])


def answer_probe(beginning: bytes, media_type: str | None) -> Response:
    """Answer with the beginning, of which Safari asks two bytes before it plays anything."""
    place = f"bytes 0-{len(beginning) - 1}/*"
    headers = {"Content-Range": place, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    return Response(beginning, 206, headers=headers, media_type=media_type)


def _take(pieces: Generator[bytes, None, None], count: int) -> bytes:
    taken = b""
    with closing(pieces):
        for piece in pieces:
            taken += piece
            if len(taken) >= count:
                break
    return taken[:count]


def format_of(name: str) -> StreamFormat:
    """Return the format of a file, by its name."""
    suffix = name.rpartition(".")[2]
    for known in ("flac", "mp3", "opus", "m4a"):
        if suffix == known:
            return known
    return "wav"


def read_audio(
    output_dir: Path, output_file: str, audio_format: StreamFormat, *, start_sample: int = 0
) -> Generator[bytes, None, None]:
    """Yield a finished file's audio in a format, in pieces; as it is where nothing is to change."""
    with borrow_file(output_dir, output_file) as path:
        if path.suffix == f".{audio_format}" and not start_sample:
            with path.open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    yield block
        else:
            yield from encode_file(path, audio_format, start_sample=start_sample)


def encode_finished(
    output_dir: Path, output_file: str, audio_format: StreamFormat
) -> Iterator[bytes]:
    """Yield a finished file's audio as `encode_file` does, wherever the file is."""
    with borrow_file(output_dir, output_file) as path:
        yield from encode_file(path, audio_format)


def encode_file(
    path: Path, audio_format: StreamFormat, *, start_sample: int = 0
) -> Iterator[bytes]:
    """Yield a finished file's audio as a stream: the bytes that were sent while it was spoken."""
    encoder = StreamEncoder(audio_format)
    passed_bytes = start_sample * SAMPLE_BYTES
    for pcm in decode_file(path):
        yield encoder.feed(pcm[passed_bytes:])
        passed_bytes = max(0, passed_bytes - len(pcm))
    yield encoder.finish()
