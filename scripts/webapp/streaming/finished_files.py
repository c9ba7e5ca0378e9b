"""Finished files: found below the output directory and nowhere else, served with ranges."""

from collections.abc import Iterator
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from jobs.files import find_file
from jobs.playback.encoders import MEDIA_TYPES, StreamEncoder, StreamFormat, decode_file
from jobs.playback.pcm import BLOCK_BYTES, SAMPLE_BYTES


class KnownFile(FileResponse):
    """A file that a client is not sent again while it has not changed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or say that the client has it."""
        known = Headers(scope=scope).get("if-none-match", "")
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        if known and tags & {self.headers.get("etag", ""), "*"}:
            names = ("etag", "last-modified", "cache-control")
            kept = {name: self.headers[name] for name in names if name in self.headers}
            await Response(status_code=304, headers=kept)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


async def serve_audio(
    output_dir: Path,
    output_file: str,
    audio_format: StreamFormat | None = None,
    *,
    start_sample: int = 0,
    as_download: bool = False,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with a finished file, or with its audio from elsewhere or otherwise as a stream.

    Args:
        output_dir: Where finished files are.
        output_file: The file's name below it, as a job's record states it.
        audio_format: What is wanted; None is that of the file.
        start_sample: The first one that is sent.
        as_download: Let a browser save it rather than play it.
        headers: Beside the usual ones.

    Raises:
        UnknownJob: there is no such file, or it is not below the output directory.
    """
    path = await run_sync(find_file, output_dir, output_file)
    if (audio_format is None or path.suffix == f".{audio_format}") and not start_sample:
        return KnownFile(
            path,
            headers=headers,
            media_type=MEDIA_TYPES.get(path.suffix[1:], "application/octet-stream"),
            filename=path.name,
            stat_result=await run_sync(path.stat),
            content_disposition_type="attachment" if as_download else "inline",
        )
    audio_format = audio_format or format_of(path.name)
    return StreamingResponse(
        read_audio(path, audio_format, start_sample=start_sample),
        headers=headers,
        media_type=MEDIA_TYPES[audio_format],
    )


def format_of(name: str) -> StreamFormat:
    """Return the format of a file, by its name."""
    suffix = name.rpartition(".")[2]
    for known in ("flac", "mp3", "opus", "m4a"):
        if suffix == known:
            return known
    return "wav"


def read_audio(path: Path, audio_format: StreamFormat, *, start_sample: int = 0) -> Iterator[bytes]:
    """Yield a finished file's audio in a format, in pieces; as it is where nothing is to change."""
    if path.suffix == f".{audio_format}" and not start_sample:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block
        return
    yield from encode_file(path, audio_format, start_sample=start_sample)


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
